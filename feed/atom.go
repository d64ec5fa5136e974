package feed

import (
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/feeds"

	"github.com/tidings/tidings"
)

// atomDocument is a feed by RFC 4287, with the tombstones of RFC 6721.
type atomDocument struct {
	Lang       string `xml:"xml:lang,attr"`
	Tombstones string `xml:"xmlns:at,attr,omitempty"`
	feeds.AtomFeed
	Links     []atomLink    `xml:"link"`
	Generator atomGenerator `xml:"generator"`
	Entries   []atomEntry   `xml:"entry"`
	Deleted   []atomDeleted `xml:"at:deleted-entry"`
}

// FeedXml hands the whole document to the encoder; the promoted one would hand over gorilla's part alone.
func (d *atomDocument) FeedXml() any { return d } //nolint:revive // the name is gorilla's

type atomGenerator struct {
	URI  string `xml:"uri,attr"`
	Name string `xml:",chardata"`
}

// atomLink is a link with the title and the language that gorilla's has no room for.
type atomLink struct {
	feeds.AtomLink
	Language string `xml:"hreflang,attr,omitempty"`
	Title    string `xml:"title,attr,omitempty"`
}

// atomDeleted says that an entry was withdrawn: RFC 6721 §3.
type atomDeleted struct {
	Ref     string       `xml:"ref,attr"`
	When    string       `xml:"when,attr"`
	Lang    string       `xml:"xml:lang,attr"`
	Comment *atomComment `xml:"at:comment"`
	Links   []atomLink   `xml:"link"`
}

type atomComment struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
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
			Id:      o.id,
			Updated: o.updated.Format(time.RFC3339),
			Author:  newAtomAuthor(o.author), // RFC 4287 §4.1.1: speaks for entries that name nobody
		},
		Links: []atomLink{ // no alternates in other formats: some readers take the last alternate for the page
			newAtomLink("self", mediaType(tidings.Atom), o.self(tidings.Atom)),
			newAtomLink("alternate", "text/html", o.home),
		},
		Generator: atomGenerator{URI: generatorURI, Name: generator},
	}
	doc.Author.Uri = o.site.URL()
	for i := range o.entries {
		if e := &o.entries[i]; e.withdrawal != nil {
			doc.Tombstones = nsTombstones
			doc.Deleted = append(doc.Deleted, newAtomDeleted(e))
		} else {
			doc.Entries = append(doc.Entries, newAtomEntry(o, e))
		}
	}
	return doc
}

func newAtomDeleted(e *entry) atomDeleted {
	out := atomDeleted{Ref: e.id, When: e.updated.Format(time.RFC3339), Lang: e.language}
	if e.withdrawal.reason != "" {
		out.Comment = &atomComment{Type: "text", Text: e.withdrawal.reason}
	}
	if to := e.withdrawal.successor; to != "" {
		out.Links = []atomLink{newAtomLink("related", "text/html", to)}
	}
	return out
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
		Links: atomPages(e),
	}
	if e.summary != "" {
		out.Summary = &feeds.AtomSummary{Type: "text", Content: e.summary}
	}
	if content := e.content(); content != "" {
		out.Content = &feeds.AtomContent{Type: "html", Content: content}
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

// atomPages are the entry's pages in all languages. Some readers take the first alternate for the page and some the last: its
// own stands in both places, which are two combinations of type and language (RFC 4287 §4.1.2).
func atomPages(e *entry) []atomLink {
	pages := []atomLink{newAtomLink("alternate", "text/html", e.url)}
	if len(e.alternates) == 0 {
		return pages
	}
	for _, a := range append(slices.Clone(e.alternates), alternate{language: e.language, url: e.url}) {
		page := newAtomLink("alternate", "text/html", a.url)
		page.Language = a.language
		pages = append(pages, page)
	}
	return pages
}

func newAtomLink(rel, mediaType, href string) atomLink {
	return atomLink{AtomLink: feeds.AtomLink{Rel: rel, Type: mediaType, Href: href}}
}

func newAtomAuthor(name string) *feeds.AtomAuthor {
	return &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: name}}
}
