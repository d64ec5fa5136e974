package tidings

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Interest is a filter as a form asks for it: releases with one of the topics or one of the words, in one of the languages.
// The zero value is an interest in every release.
type Interest struct {
	Topics    []string // slugs
	Words     []string // each a word, or several that must stand in sequence, as somebody types them
	Languages []string // BCP 47 tags; none: all
}

// Filter is the filter that says the same, in the language of filters:
//
//	(topic:energy,trade OR hydrogen OR "supply chain") lang:en,ko
//
// What cannot be a topic, a word or a language is an *InvalidError; blank ones too: a form leaves them out.
func (i Interest) Filter() (Filter, error) {
	topics, err := i.list("topics", topicTerm, i.Topics, isSlug)
	if err != nil {
		return Filter{}, err
	}
	languages, err := i.list("languages", langTerm, i.Languages, isLanguage)
	if err != nil {
		return Filter{}, err
	}
	if len(i.Topics)+len(i.Words)+len(i.Languages) > maxFilterTerms {
		return Filter{}, Invalidf("filter", "these are more than %d topics, words and languages; leave some out", maxFilterTerms)
	}
	wanted := topics
	for _, written := range i.Words {
		words := Words(written)
		if len(words) == 0 {
			return Filter{}, Invalidf("words", "%q has no letter and no digit; write a word, or leave it out", written)
		}
		wanted = append(wanted, wordsTerm(words))
	}
	var parts []*term
	if len(wanted) > 0 {
		parts = append(parts, either(wanted))
	}
	if parts = append(parts, languages...); len(parts) == 0 {
		return Filter{}, nil
	}
	return storable(all(parts))
}

// list is the one term of all values, or none where there are none.
func (i Interest) list(field string, kind termKind, values []string, valid func(string) bool) ([]*term, error) {
	if len(values) == 0 {
		return nil, nil
	}
	lower := make([]string, len(values))
	for n, v := range values {
		if lower[n] = strings.ToLower(v); v == "" || !valid(lower[n]) {
			return nil, Invalidf(field, "%q is none", v)
		}
	}
	return []*term{listTerm(kind, lower)}, nil
}

// Interest is the filter as a form can show it, its words folded; false: it says more than that. What it gives selects just
// what the filter does.
func (f Filter) Interest() (Interest, bool) {
	var i Interest
	wanted := f.root
	if wanted != nil && wanted.kind == andTerm && len(wanted.kids) == 2 {
		for n, k := range wanted.kids {
			if k.kind == langTerm {
				i.Languages, wanted = slices.Clone(k.list), wanted.kids[1-n]
				break
			}
		}
	}
	switch {
	case wanted == nil:
		return i, true
	case wanted.kind == langTerm && i.Languages == nil:
		i.Languages = slices.Clone(wanted.list)
		return i, true
	case wanted.kind != orTerm:
		return i.with(wanted)
	}
	ok := true
	for _, k := range wanted.kids {
		if i, ok = i.with(k); !ok {
			break
		}
	}
	return i, ok
}

// with is the interest and, besides, what a term asks for; false and no interest: that is neither topics nor words.
func (i Interest) with(t *term) (Interest, bool) {
	switch t.kind { //nolint:exhaustive // the others are what a form cannot show
	case topicTerm:
		i.Topics = append(i.Topics, t.list...)
	case wordTerm:
		i.Words = append(i.Words, strings.Join(t.list, " "))
	default:
		return Interest{}, false
	}
	return i, true
}

// Or selects what either of the filters does. What becomes too long for a filter, or has too many terms, is an *InvalidError.
func (f Filter) Or(g Filter) (Filter, error) {
	if f.root == nil || g.root == nil {
		return Filter{}, nil
	}
	return storable(either([]*term{f.root, g.root}))
}

// storable is the filter of a term, as long as ParseFilter would read its text again.
func storable(t *term) (Filter, error) {
	switch {
	case utf8.RuneCountInString(t.text) > maxFilterLength:
		return Filter{}, Invalidf("filter", "together these are longer than %d characters; leave some out", maxFilterLength)
	case t.size() > maxFilterTerms:
		return Filter{}, Invalidf("filter", "together these are more than %d terms; leave some out", maxFilterTerms)
	}
	return Filter{root: t}, nil
}

// size counts as ParseFilter does: words, phrases, topics, languages and days.
func (t *term) size() int {
	switch t.kind {
	case topicTerm, langTerm:
		return len(t.list)
	case orTerm, andTerm, notTerm:
		n := 0
		for _, k := range t.kids {
			n += k.size()
		}
		return n
	case wordTerm, afterTerm, beforeTerm:
	}
	return 1
}
