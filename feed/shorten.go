package feed

import (
	"html"
	"unicode/utf8"

	"github.com/tidings/tidings"
)

// shorten makes an entry that is too large small: its content becomes its lead and a link to its page, where the whole is.
// Where that is not enough, because the summary, the names or the attachments are without measure, they are cut too.
func (e *entry) shorten() {
	if e.size() <= largestEntry {
		return
	}
	e.html = e.pointer()
	if e.size() <= largestEntry {
		return
	}
	summary := tidings.Release{Body: tidings.Body{Text: e.summary}}
	e.summary, e.title, e.note = summary.Lead(leadLength), cut(e.title, leadLength), cut(e.note, leadLength)
	e.html = e.pointer()
	for e.size() > largestEntry {
		e.attachments = e.attachments[:len(e.attachments)/2]
		e.authors = e.authors[:len(e.authors)/2]
		e.topics = e.topics[:len(e.topics)/2]
		e.alternates = e.alternates[:len(e.alternates)/2]
		if len(e.attachments)+len(e.authors)+len(e.topics)+len(e.alternates) == 0 {
			return
		}
	}
}

// pointer is a content that leads to the release's page.
func (e *entry) pointer() string {
	return "<p>" + html.EscapeString(e.summary) + "</p>\n" + link(e.url, e.title)
}

// size is about how many octets the entry takes in a feed.
func (e *entry) size() int {
	const around = 100 // what a format writes around each of a list
	n := len(e.title) + len(e.summary) + len(e.note) + len(e.html)
	for _, name := range e.authors {
		n += around + len(name)
	}
	for _, t := range e.topics {
		n += around + len(t.slug) + len(t.label)
	}
	for _, a := range e.attachments {
		n += around + len(a.name) + len(a.url) + len(a.mediaType) + len(a.alt)
	}
	for _, a := range e.alternates {
		n += around + len(a.url)
	}
	return n
}

// cut leaves at most so many characters, the last of them an ellipsis.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
