package feed

import (
	"cmp"
	"html"
	"strings"

	"github.com/tidings/tidings"
)

// words are what a feed says by itself. %s is a gap.
type words struct {
	correction string // what a correction changed
	withdrawn  string // the title of a notice; the gap is that of the release
	gone       string // all that there is to say where no reason was given
	successor  string // a link's text
	personal   string // what is in a feed of somebody's own
}

// wordsOf are those of the language; of one that we do not speak, English.
func wordsOf(language string) words {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	if base == "ko" {
		return words{
			correction: "정정: %s", withdrawn: "철회: %s", gone: "이 보도자료는 철회되었습니다.", successor: "이를 대신하는 보도자료",
			personal: "맞춤 보도자료",
		}
	}
	return words{
		correction: "Correction: %s", withdrawn: "Withdrawn: %s", gone: "This release was withdrawn.",
		successor: "The release that takes its place", personal: "Your choice of releases",
	}
}

func filled(pattern, gap string) string { return strings.Replace(pattern, "%s", gap, 1) }

// newNotice makes the entry of a withdrawn release. It has the release's id, so that a reader shows it in its place.
func newNotice(ch *Channel, t *tidings.Tombstone, language string) entry {
	language = cmp.Or(t.Language, language)
	say := wordsOf(language)
	e := entry{
		id:         asciiURL(t.URI),
		url:        ch.Site.ReleaseURL(t.Slug),
		title:      filled(say.withdrawn, oneLine(t.Title)),
		language:   oneLine(language),
		published:  whole(t.Published),
		updated:    whole(t.Withdrawn),
		withdrawal: &withdrawal{reason: clean(cut(t.Reason, longestReason))},
	}
	if e.updated.Before(e.published) {
		e.updated = e.published
	}
	e.summary = cmp.Or(e.withdrawal.reason, say.gone)
	e.html = "<p>" + html.EscapeString(e.summary) + "</p>"
	if t.Successor != "" {
		e.withdrawal.successor = ch.Site.ReleaseURL(t.Successor)
		e.html += "\n" + link(e.withdrawal.successor, say.successor)
	}
	e.shorten()
	return e
}

// longestReason is in characters.
const longestReason = 1000

// content is the entry's text as it is shown: what a correction changed comes first.
func (e *entry) content() string {
	if e.note == "" {
		return e.html
	}
	return "<p><strong>" + html.EscapeString(filled(wordsOf(e.language).correction, e.note)) + "</strong></p>\n" + e.html
}

// link is a paragraph that leads to a page.
func link(url, text string) string {
	return `<p><a href="` + html.EscapeString(url) + `">` + html.EscapeString(text) + "</a></p>"
}
