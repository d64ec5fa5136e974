package tidings

import (
	"slices"
	"strings"
	"time"
)

// Doc is a release made ready for matching by any number of filters, also at the same time.
type Doc struct {
	topics   []string
	language string              // lower case
	day      int                 // of Published in the site's zone, 20250316; 0: not published
	text     string              // all words, folded, with a blank on either side of each; a line break between fields
	words    map[string]struct{} // those of text
}

// NewDoc makes a release ready for matching. The zone is the one that after: and before: count days in.
func NewDoc(r *Release, zone *time.Location) *Doc {
	d := &Doc{topics: slices.Clone(r.Topics), language: strings.ToLower(r.Language)}
	if !r.Published.IsZero() {
		y, m, day := r.Published.In(zone).Date()
		d.day = y*10000 + int(m)*100 + day
	}
	text := make([]byte, 0, len(r.Title)+len(r.Summary)+len(r.Body.Text)+len(r.Body.Text)/8+64)
	for _, field := range r.Sought() {
		text = append(appendWords(text, field, nil), " \n"...)
	}
	d.text = string(append(text, ' '))
	d.words = make(map[string]struct{}, len(d.text)/16)
	for w := range strings.SplitSeq(d.text, " ") {
		d.words[w] = struct{}{}
	}
	return d
}

// Sought are the texts of a release that a filter's words are sought in. A phrase stands within one of them.
func (r *Release) Sought() []string {
	return append([]string{r.Title, r.Summary, r.Body.Text, r.Office}, r.Authors...)
}

func (t *term) matches(d *Doc) bool {
	switch t.kind {
	case topicTerm:
		return slices.ContainsFunc(t.list, func(slug string) bool { return slices.Contains(d.topics, slug) })
	case langTerm:
		return slices.ContainsFunc(t.list, d.speaks)
	case wordTerm:
		return t.stands(d)
	case orTerm:
		return slices.ContainsFunc(t.kids, func(k *term) bool { return k.matches(d) })
	case andTerm:
		return !slices.ContainsFunc(t.kids, func(k *term) bool { return !k.matches(d) })
	case afterTerm:
		return d.day != 0 && d.day >= t.day
	case beforeTerm:
		return d.day != 0 && d.day < t.day
	default: // notTerm
		return !t.kids[0].matches(d)
	}
}

// speaks reports whether the release is in the language or in a variety of it (RFC 4647 §3.3.1).
func (d *Doc) speaks(language string) bool {
	rest, ok := strings.CutPrefix(d.language, language)
	return ok && (rest == "" || rest[0] == '-')
}

// stands reports whether the words stand in the text. The set of words answers for most releases; the text is searched
// for what it cannot know: the sequence, and what is inside a run of CJK.
func (t *term) stands(d *Doc) bool {
	for _, w := range t.list {
		if _, ok := d.words[w]; !ok && !IsRun(w) {
			return false
		}
	}
	return len(t.list) == 1 && !IsRun(t.list[0]) || strings.Contains(d.text, t.find)
}
