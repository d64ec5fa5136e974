package feed

import (
	"cmp"
	"fmt"
	"sort"
	"strings"
	"time"

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
	Language  string            // of the feed's own words; empty: the selection's, else the site's
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
// in pieces, has at most so many octets; and gives that JSON Feed. All formats then show the same.
func Fit(ch *Channel, octets int) (json []byte, err error) {
	all := ch.Releases
	render := func(n int) []byte {
		ch.Releases = all[:n]
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

// Title is the feed's title, and tells apart the feeds of one site: "Ministry of Trade" for all releases,
// "Energy — Ministry of Trade" for a topic, "한국어 — Ministry of Trade" for a language.
func Title(site *tidings.Site, sel tidings.Selection, topics []tidings.Topic, language string) string {
	name := oneLine(site.Name(language))
	switch {
	case sel.Topic != "":
		return topicName(topics, sel.Topic, language) + " — " + name
	case sel.Language != "":
		return languageName(sel.Language) + " — " + name
	}
	return name
}

// outline is a feed before it takes on a format. Its strings are clean.
type outline struct {
	site     *tidings.Site
	sel      tidings.Selection
	title    string
	author   string // who speaks when an entry names nobody: the site
	language string
	updated  time.Time
	entries  []entry
}

// entry is one release, ready to be written down. Its strings are clean, its URLs are ASCII, its times UTC and of whole
// seconds.
type entry struct {
	id, url     string
	title       string
	summary     string // plain text; empty when the release has no text at all
	html        string
	language    string
	authors     []string
	topics      []term
	attachments []attachment
	published   time.Time
	updated     time.Time // never before published
}

// term is a topic as a category: the slug for machines, the label in the release's language for people.
type term struct{ slug, label string }

type attachment struct {
	name, url, mediaType string
	size                 int64 // octets; 0: unknown
}

func newOutline(ch *Channel) (*outline, error) {
	language := cmp.Or(ch.Language, ch.Selection.Language, ch.Site.Language)
	out := &outline{
		site:     ch.Site,
		sel:      ch.Selection,
		title:    Title(ch.Site, ch.Selection, ch.Topics, language),
		author:   oneLine(ch.Site.Name(language)),
		language: oneLine(language),
		updated:  undated(),
		entries:  make([]entry, 0, len(ch.Releases)),
	}
	for i := range ch.Releases {
		r := &ch.Releases[i]
		if !r.Public() || r.URI == "" {
			return nil, fmt.Errorf("feed: release %d is not public, or has no URI", r.ID)
		}
		e := newEntry(ch, r, language)
		if i == 0 || e.updated.After(out.updated) {
			out.updated = e.updated
		}
		out.entries = append(out.entries, e)
	}
	return out, nil
}

// undated is when a feed without releases was updated. Atom demands a date (RFC 4287 §4.1.1), and validators call one
// before 1990 implausible.
func undated() time.Time { return time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC) }

// leadLength is how many characters of its text stand in for a summary that the press office did not write.
const leadLength = 300

// largestEntry is in octets, of all that a release brings into a feed. A larger one is shortened, so that it cannot crowd
// the others out of a feed.
const largestEntry = 60_000

func newEntry(ch *Channel, r *tidings.Release, language string) entry {
	language = cmp.Or(r.Language, language)
	e := entry{
		id:        asciiURL(r.URI),
		url:       ch.Site.ReleaseURL(r.Slug),
		title:     oneLine(r.Title),
		summary:   clean(r.Lead(leadLength)),
		html:      clean(r.Body.HTML),
		language:  oneLine(language),
		published: whole(r.Published),
		updated:   whole(r.Updated),
	}
	if e.updated.Before(e.published) {
		e.updated = e.published
	}
	authors := r.Authors
	if len(authors) == 0 {
		authors = []string{r.Office} // the office speaks where no author is named
	}
	for _, name := range authors {
		if name = oneLine(name); name != "" {
			e.authors = append(e.authors, name)
		}
	}
	for _, slug := range r.Topics {
		e.topics = append(e.topics, term{slug: oneLine(slug), label: topicName(ch.Topics, slug, language)})
	}
	for _, a := range r.Attachments {
		if a.URL == "" {
			continue
		}
		e.attachments = append(e.attachments, attachment{
			name: oneLine(a.Name), url: asciiURL(a.URL), mediaType: oneLine(a.MediaType), size: max(a.Size, 0),
		})
	}
	e.shorten()
	return e
}

// scheme is what the topics' slugs are terms of: RFC 4287 §4.2.2.2.
func (o *outline) scheme() string { return o.site.URL("topics") }

// mediaType is the format's media type as a link states it: without a charset.
func mediaType(f tidings.FeedFormat) string {
	bare, _, _ := strings.Cut(f.MediaType(), ";")
	return bare
}

func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func topicName(topics []tidings.Topic, slug, language string) string {
	for i := range topics {
		if topics[i].Slug == slug {
			return cmp.Or(oneLine(topics[i].Name(language)), oneLine(slug))
		}
	}
	return oneLine(slug)
}
