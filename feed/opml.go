package feed

import (
	"encoding/xml"

	"github.com/tidings/tidings"
)

type opmlDocument struct {
	XMLName  xml.Name      `xml:"opml"`
	Version  string        `xml:"version,attr"`
	Title    string        `xml:"head>title"`
	Owner    string        `xml:"head>ownerName"`
	OwnerID  string        `xml:"head>ownerId"` // OPML 2.0: the URL of a page about the owner
	Outlines []opmlOutline `xml:"body>outline"`
}

type opmlOutline struct {
	Text     string `xml:"text,attr"`
	Title    string `xml:"title,attr"`
	Type     string `xml:"type,attr"`
	XMLURL   string `xml:"xmlUrl,attr"`
	HTMLURL  string `xml:"htmlUrl,attr"`
	Language string `xml:"language,attr"`
}

// OPML lists every feed of the site for a reader to import: all releases, each topic in use, each language, in this
// order. Each comes once and as Atom, which alone of the XML formats says what in it is text and what is HTML; OPML 2.0
// calls the type "rss" for all of them. It bears no date: that would be the server's clock.
func OPML(site *tidings.Site, topics []tidings.Topic) ([]byte, error) {
	owner := oneLine(site.Name(site.Language))
	doc := opmlDocument{Version: "2.0", Title: owner, Owner: owner, OwnerID: site.URL()}
	add := func(sel tidings.Selection, language string) {
		title := Title(site, sel, topics, language)
		doc.Outlines = append(doc.Outlines, opmlOutline{
			Text: title, Title: title, Type: "rss", Language: oneLine(language),
			XMLURL: site.FeedURL(sel, tidings.Atom), HTMLURL: site.SelectionURL(sel),
		})
	}
	add(tidings.Selection{}, site.Language)
	for i := range topics {
		if topics[i].Ended.IsZero() {
			add(tidings.Selection{Topic: topics[i].Slug}, site.Language)
		}
	}
	for _, language := range site.Languages {
		add(tidings.Selection{Language: language}, language)
	}
	return marshal(doc)
}
