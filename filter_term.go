package tidings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// termKind orders the terms of a canonical text.
type termKind int

const (
	topicTerm  termKind = iota // one of list
	langTerm                   // one of list
	wordTerm                   // the words of list in sequence
	orTerm                     // one of kids
	andTerm                    // all of kids
	afterTerm                  // day or later
	beforeTerm                 // earlier than day
	notTerm                    // not kids[0]
)

// term is a filter or a part of one. Terms are made by the functions below alone, which keep them canonical: equal
// meaning by order, doubling, grouping or double negation is equal text.
type term struct {
	kind termKind
	text string
	list []string
	kids []*term
	day  int // 20250316
	find string
}

// listTerm is a topicTerm or a langTerm.
func listTerm(kind termKind, list []string) *term {
	slices.Sort(list)
	list = slices.Compact(list)
	name := "topic:"
	if kind == langTerm {
		name = "lang:"
	}
	return &term{kind: kind, list: list, text: name + strings.Join(list, ",")}
}

// wordsTerm is a word or a phrase; the words are folded.
func wordsTerm(words []string) *term {
	text := strings.Join(words, " ")
	t := &term{kind: wordTerm, list: words, text: text, find: text}
	if len(words) > 1 {
		t.text = `"` + text + `"`
	}
	// A Doc's text has a blank on either side of each word: what is not CJK must match whole words.
	if !IsRun(words[0]) {
		t.find = " " + t.find
	}
	if !IsRun(words[len(words)-1]) {
		t.find += " "
	}
	return t
}

// dayTerm is an afterTerm or a beforeTerm.
func dayTerm(kind termKind, day int) *term {
	name := "after:"
	if kind == beforeTerm {
		name = "before:"
	}
	t := &term{kind: kind, day: day}
	t.text = name + t.date()
	return t
}

// date is the day of such a term.
func (t *term) date() string {
	return fmt.Sprintf("%04d-%02d-%02d", t.day/10000, t.day/100%100, t.day%100)
}

// not negates.
func not(t *term) *term {
	switch t.kind {
	case notTerm:
		return t.kids[0]
	case andTerm, orTerm:
		return &term{kind: notTerm, kids: []*term{t}, text: "-(" + t.text + ")"}
	default:
		return &term{kind: notTerm, kids: []*term{t}, text: "-" + t.text}
	}
}

// all asks for every one of the terms.
func all(terms []*term) *term {
	terms = tidy(flat(andTerm, terms))
	if len(terms) == 1 {
		return terms[0]
	}
	texts := make([]string, len(terms))
	for i, t := range terms {
		if texts[i] = t.text; t.kind == orTerm {
			texts[i] = "(" + t.text + ")"
		}
	}
	return &term{kind: andTerm, kids: terms, text: strings.Join(texts, " ")}
}

// either asks for one of the terms; topics or languages among them become one list.
func either(terms []*term) *term {
	terms = flat(orTerm, terms)
	for _, kind := range []termKind{topicTerm, langTerm} {
		terms = mergeLists(kind, terms)
	}
	terms = tidy(terms)
	if len(terms) == 1 {
		return terms[0]
	}
	texts := make([]string, len(terms))
	for i, t := range terms {
		texts[i] = t.text
	}
	return &term{kind: orTerm, kids: terms, text: strings.Join(texts, " OR ")}
}

// mergeLists makes one of all terms of a kind.
func mergeLists(kind termKind, terms []*term) []*term {
	var others []*term
	var list []string
	for _, t := range terms {
		if t.kind == kind {
			list = append(list, t.list...)
		} else {
			others = append(others, t)
		}
	}
	if list == nil {
		return terms
	}
	return append(others, listTerm(kind, list))
}

// flat takes groups of the kind apart.
func flat(kind termKind, terms []*term) []*term {
	var out []*term
	for _, t := range terms {
		if t.kind == kind {
			out = append(out, t.kids...)
		} else {
			out = append(out, t)
		}
	}
	return out
}

// tidy sorts terms and drops doubles.
func tidy(terms []*term) []*term {
	slices.SortFunc(terms, func(a, b *term) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), strings.Compare(a.text, b.text))
	})
	return slices.CompactFunc(terms, func(a, b *term) bool { return a.text == b.text })
}

// topics appends the slugs asked for: wanted says whether the term itself is, or its contrary.
func (t *term) topics(slugs []string, wanted bool) []string {
	if t.kind == topicTerm && wanted {
		return append(slugs, t.list...)
	}
	for _, k := range t.kids {
		slugs = k.topics(slugs, wanted != (t.kind == notTerm))
	}
	return slugs
}

// names reports whether a term of the kind is in it.
func (t *term) names(kind termKind) bool {
	return t.kind == kind || slices.ContainsFunc(t.kids, func(k *term) bool { return k.names(kind) })
}
