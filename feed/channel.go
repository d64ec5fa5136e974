package feed

import (
	"sort"

	"github.com/tidings/tidings"
)

// generator names the program. It carries no version, so that an upgrade alone does not make every reader fetch anew.
const (
	generator    = "Tidings"
	generatorURI = "https://github.com/tidings/tidings"
)

// Channel is what one feed shows.
type Channel struct {
	Site      *tidings.Site
	Selection tidings.Selection
	Topics    []tidings.Topic   // those in use, for their names; a topic that is missing goes by its slug
	Releases  []tidings.Release // public ones, newest first
	// Withdrawn are those that would stand among Releases, had they not been withdrawn: the newest first, by Published.
	Withdrawn  []tidings.Tombstone
	Alternates map[int64][]tidings.Alternate // of Releases, by their ids: what says the same in other languages
	Language   string                        // of the feed's own words; empty: the selection's, else the site's
	Personal   string                        // the token of a personal feed, which is of no Selection; empty: it is none
}

// Render writes the feed in one format.
func Render(format tidings.FeedFormat, ch *Channel) ([]byte, error) {
	out, err := newOutline(ch)
	if err != nil {
		return nil, err
	}
	switch format {
	case tidings.RSS:
		return encodeXML(newRSS(out))
	case tidings.Atom:
		return encodeXML(newAtom(out))
	case tidings.JSON:
		return newJSON(out).ToJSON()
	}
	return nil, tidings.Invalidf("format", "%q is none of atom, rss and json", format)
}

// Fit leaves the channel the longest run of its newest releases with which its JSON Feed, the one format that can't be read
// in pieces, has at most so many octets; and gives that JSON Feed. All formats then show the same. What was withdrawn goes
// with the releases around it.
func Fit(ch *Channel, octets int) (json []byte, err error) {
	all, withdrawn := ch.Releases, ch.Withdrawn
	render := func(n int) []byte {
		ch.Releases, ch.Withdrawn = all[:n], withdrawn
		if n < len(all) {
			ch.Withdrawn = withdrawn[:since(withdrawn, all[:n])]
		}
		doc, fault := Render(tidings.JSON, ch)
		if err == nil {
			err = fault
		}
		return doc
	}
	if json = render(len(all)); len(json) <= octets {
		return json, err
	}
	n := sort.Search(len(all), func(i int) bool { return len(render(i+1)) > octets })
	return render(n), err
}

// since counts the withdrawn ones, newest first, that are not older than the last of the releases.
func since(withdrawn []tidings.Tombstone, releases []tidings.Release) int {
	if len(releases) == 0 {
		return 0
	}
	oldest := releases[len(releases)-1].Published
	return sort.Search(len(withdrawn), func(i int) bool { return withdrawn[i].Published.Before(oldest) })
}

// Title is the feed's title, and tells apart the feeds of one site: "Ministry of Trade" for all releases,
// "Energy — Ministry of Trade" for a topic, "한국어 — Ministry of Trade" for a language, "Energy or “hydrogen”, in English —
// Ministry of Trade" for a filter.
func Title(site *tidings.Site, sel tidings.Selection, topics []tidings.Topic, language string) string {
	name := oneLine(site.Name(language))
	switch {
	case sel.Topic != "":
		return topicName(topics, sel.Topic, language) + " — " + name
	case sel.Language != "":
		return languageName(sel.Language) + " — " + name
	case sel.Query != "":
		return said(site, sel.Query, topics, language) + " — " + name
	}
	return name
}
