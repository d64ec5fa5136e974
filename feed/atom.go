package feed

import (
	"strconv"
	"time"

	"github.com/gorilla/feeds"

	"github.com/tidings/tidings"
)

// atomDocument is a feed by RFC 4287.
type atomDocument struct {
	Lang string `xml:"xml:lang,attr"`
	feeds.AtomFeed
	Links     []atomLink    `xml:"link"`
	Generator atomGenerator `xml:"generator"`
	Entries   []atomEntry   `xml:"entry"`
}

// FeedXml hands the whole document to the encoder; the promoted one would hand over gorilla's part alone.
func (d *atomDocument) FeedXml() any { return d } //nolint:revive // the name is gorilla's

type atomGenerator struct {
	URI  string `xml:"uri,attr"`
	Name string `xml:",chardata"`
}

// atomLink is a link with the title that gorilla's has no room for.
type atomLink struct {
	feeds.AtomLink
	Title string `xml:"title,attr,omitempty"`
}

type atomEntry struct {
	Lang string `xml:"xml:lang,attr"`
	feeds.AtomEntry
	Links      []atomLink         `xml:"link"`
	Authors    []feeds.AtomAuthor `xml:"author"`
	Categories []atomCategory     `xml:"category"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr"`
	Label  string `xml:"label,attr"`
}

func newAtom(o *outline) *atomDocument {
	doc := &atomDocument{
		Lang: o.language,
		AtomFeed: feeds.AtomFeed{
			Xmlns:   nsAtom,
			Title:   o.title,
			Id:      o.site.FeedURI(o.sel),
			Updated: o.updated.Format(time.RFC3339),
			Author:  newAtomAuthor(o.author), // RFC 4287 §4.1.1: speaks for entries that name nobody
		},
		Links: []atomLink{ // no alternates in other formats: some readers take the last alternate for the page
			newAtomLink("self", mediaType(tidings.Atom), o.site.FeedURL(o.sel, tidings.Atom)),
			newAtomLink("alternate", "text/html", o.site.SelectionURL(o.sel)),
		},
		Generator: atomGenerator{URI: generatorURI, Name: generator},
	}
	doc.Author.Uri = o.site.URL()
	for i := range o.entries {
		doc.Entries = append(doc.Entries, newAtomEntry(o, &o.entries[i]))
	}
	return doc
}

func newAtomEntry(o *outline, e *entry) atomEntry {
	out := atomEntry{
		Lang: e.language,
		AtomEntry: feeds.AtomEntry{
			Title:     e.title,
			Id:        e.id,
			Published: e.published.Format(time.RFC3339),
			Updated:   e.updated.Format(time.RFC3339),
		},
		Links: []atomLink{newAtomLink("alternate", "text/html", e.url)},
	}
	if e.summary != "" {
		out.Summary = &feeds.AtomSummary{Type: "text", Content: e.summary}
	}
	if e.html != "" {
		out.Content = &feeds.AtomContent{Type: "html", Content: e.html}
	}
	for _, name := range e.authors {
		out.Authors = append(out.Authors, *newAtomAuthor(name))
	}
	for _, t := range e.topics {
		out.Categories = append(out.Categories, atomCategory{Term: t.slug, Scheme: o.scheme(), Label: t.label})
	}
	for _, a := range e.attachments {
		link := newAtomLink("enclosure", a.mediaType, a.url)
		link.Title = a.name
		if a.size > 0 {
			link.Length = strconv.FormatInt(a.size, 10)
		}
		out.Links = append(out.Links, link)
	}
	return out
}

func newAtomLink(rel, mediaType, href string) atomLink {
	return atomLink{AtomLink: feeds.AtomLink{Rel: rel, Type: mediaType, Href: href}}
}

func newAtomAuthor(name string) *feeds.AtomAuthor {
	return &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: name}}
}
