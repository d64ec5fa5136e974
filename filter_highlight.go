package tidings

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fragment is a piece of a text that a filter was looked for in.
type Fragment struct {
	Text string
	Hit  bool // it is what the filter asks for
}

// Highlight takes a text apart where the filter's words and phrases stand in it. Joined, the fragments are the text. What
// the filter excludes is no hit.
func (f Filter) Highlight(text string) []Fragment { return fragments(text, f.hits(text)) }

// Snippet is the part of a text in which most of the filter's words stand together, on one line of at most so many
// characters, with an ellipsis where it was cut. Without a hit it is the beginning.
func (f Filter) Snippet(text string, most int) []Fragment {
	text = oneLine(strings.ToValidUTF8(text, ""))
	all := []rune(text)
	from, to := 0, len(all)
	if to > most {
		from, to = window(all, best(text, f.hits(text), most), most)
	}
	part := strings.TrimSpace(string(all[from:to]))
	if from > 0 {
		part = "…" + part
	}
	if to < len(all) {
		part += "…"
	}
	return f.Highlight(part)
}

// hits are where the filter's words and phrases stand in a text, none of them touching another.
func (f Filter) hits(text string) []place {
	if f.root == nil {
		return nil
	}
	var places []place
	folded := append(appendWords(nil, text, &places), ' ')
	var hits []place
	for _, t := range f.root.sought(nil, true) {
		hits = t.findIn(string(folded), places, hits)
	}
	slices.SortFunc(hits, func(a, b place) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var apart []place
	for _, h := range hits {
		if last := len(apart) - 1; last >= 0 && h.from <= apart[last].to {
			apart[last].to = max(apart[last].to, h.to)
			continue
		}
		apart = append(apart, h)
	}
	return apart
}

// sought appends the terms of words that the term asks for: wanted says whether it does itself, or its contrary.
func (t *term) sought(terms []*term, wanted bool) []*term {
	if t.kind == wordTerm && wanted {
		return append(terms, t)
	}
	for _, k := range t.kids {
		terms = k.sought(terms, wanted != (t.kind == notTerm))
	}
	return terms
}

// findIn appends where the words stand in a text, given as folded words with the place of each octet.
func (t *term) findIn(folded string, places, hits []place) []place {
	before := len(t.find) - len(strings.TrimLeft(t.find, " "))
	after := len(t.find) - len(strings.TrimRight(t.find, " "))
	for at := 0; ; at++ {
		i := strings.Index(folded[at:], t.find)
		if i < 0 {
			return hits
		}
		at += i
		hits = append(hits, place{places[at+before].from, places[at+len(t.find)-after-1].to})
	}
}

// fragments takes a text apart at its hits.
func fragments(text string, hits []place) []Fragment {
	var parts []Fragment
	at := 0
	for _, h := range append(hits, place{len(text), len(text)}) {
		if at < h.from {
			parts = append(parts, Fragment{Text: text[at:h.from]})
		}
		if h.from < h.to {
			parts = append(parts, Fragment{Text: text[h.from:h.to], Hit: true})
		}
		at = h.to
	}
	return parts
}

// best is where, in characters, those hits stand that have the most different words within most characters; zero: nowhere.
// It looks at the first hundred hits alone, since a long text may be full of them.
func best(text string, hits []place, most int) place {
	hits = hits[:min(len(hits), 100)]
	found, words := place{}, 0
	start, at := 0, 0 // of a hit: in characters and in octets
	for i, first := range hits {
		start += utf8.RuneCountInString(text[at:first.from])
		at = first.from
		near, length := map[string]bool{}, 0
		for _, h := range hits[i:] {
			n := utf8.RuneCountInString(text[first.from:h.to])
			if length > 0 && n > most {
				break
			}
			near[strings.ToLower(text[h.from:h.to])], length = true, n
		}
		if len(near) > words {
			found, words = place{start, start + length}, len(near)
		}
	}
	return found
}

// window is at most so many characters of a text that hold what was found in it, from the border of a word to that of another
// where there is one.
func window(text []rune, found place, most int) (from, to int) {
	most = max(1, most-2) // room for an ellipsis on either side
	before := max(0, min(most/4, (most-(found.to-found.from))/2))
	from = max(0, min(found.from-before, len(text)-most))
	to = min(len(text), from+most)
	for i := from; i > 0 && i <= found.from; i++ {
		if text[i-1] == ' ' {
			from = i
			break
		}
	}
	for i := to; to < len(text) && i >= max(found.to, from+most/2); i-- {
		if text[i] == ' ' {
			return from, i
		}
	}
	for to < len(text) && to > from+1 && unicode.IsMark(text[to]) {
		to--
	}
	return from, to
}
