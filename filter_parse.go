package tidings

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a filter may be at most.
const (
	maxFilterLength = 2000 // characters, as written and as canonical text
	maxFilterDepth  = 20   // parentheses and minuses within one another
	maxFilterTerms  = 200  // words, phrases, topics, languages and days
)

// FilterError says where a filter cannot be read, why, and what to write instead. Unwrap makes an *InvalidError of it.
type FilterError struct {
	Pos    int    // of the first wrong character, counted from 1
	Reason string // a sentence without a full stop
	Text   string // the filter as given
}

func (e *FilterError) Error() string { return fmt.Sprintf("filter, character %d: %s", e.Pos, e.Reason) }

// Unwrap is the same fault as an *InvalidError.
func (e *FilterError) Unwrap() error {
	return Invalidf("filter", "character %d: %s", e.Pos, e.Reason)
}

// ParseFilter reads a filter: see Filter for the language. Blanks alone are the zero Filter. An error is a
// *FilterError, and an *InvalidError too.
func ParseFilter(s string) (Filter, error) {
	p := &filterParser{given: s, text: []rune(s)}
	if len(p.text) > maxFilterLength {
		return Filter{}, p.fail(maxFilterLength, "the filter is longer than %d characters; make it shorter", maxFilterLength)
	}
	if p.skipBlanks(); p.end() {
		return Filter{}, nil
	}
	root, err := p.alternatives()
	if err != nil {
		return Filter{}, err
	}
	if !p.end() {
		return Filter{}, p.fail(p.at, `this ")" closes nothing; leave it out, or write "(" where the group begins`)
	}
	// The canonical text must be readable again: it is what is stored.
	if utf8.RuneCountInString(root.text) > maxFilterLength {
		return Filter{}, p.fail(0, "the filter's canonical text is longer than %d characters; make it shorter",
			maxFilterLength)
	}
	return Filter{root: root}, nil
}

// filterParser descends recursively; each method starts and ends on what is not a blank.
type filterParser struct {
	given string
	text  []rune
	at    int
	depth int
	terms int
}

// fail makes the error at an index of text.
func (p *filterParser) fail(at int, format string, args ...any) error {
	return &FilterError{Pos: at + 1, Reason: fmt.Sprintf(format, args...), Text: p.given}
}

func (p *filterParser) end() bool { return p.at == len(p.text) }

func (p *filterParser) skipBlanks() {
	for !p.end() && unicode.IsSpace(p.text[p.at]) {
		p.at++
	}
}

// next reports whether one of the characters comes next.
func (p *filterParser) next(chars string) bool {
	return !p.end() && strings.ContainsRune(chars, p.text[p.at])
}

// bare is the run of characters up to a blank, a parenthesis or a quote.
func (p *filterParser) bare() string {
	to := p.at
	for to < len(p.text) && !unicode.IsSpace(p.text[to]) && !strings.ContainsRune("()"+quotes, p.text[to]) {
		to++
	}
	return string(p.text[p.at:to])
}

// alternatives = conjunction { "OR" conjunction }, up to a ")" or the end.
func (p *filterParser) alternatives() (*term, error) {
	var terms []*term
	for {
		t, err := p.conjunction()
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
		if p.end() || p.next(")") {
			return either(terms), nil
		}
		p.at += len("OR")
		p.skipBlanks()
	}
}

// conjunction = negation { negation }, up to an "OR", a ")" or the end.
func (p *filterParser) conjunction() (*term, error) {
	var terms []*term
	for !p.end() && !p.next(")") && p.bare() != "OR" {
		t, err := p.negation()
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
		p.skipBlanks()
	}
	switch {
	case len(terms) > 0:
		return all(terms), nil
	case p.next(")"):
		return nil, p.fail(p.at, `something must stand before this ")"`)
	case p.end():
		return nil, p.fail(p.at, "the filter ends too early; write a term here")
	}
	return nil, p.fail(p.at, `OR needs a term on either side; for the word, write "or"`)
}

// negation = "-" negation | "(" alternatives ")" | term.
func (p *filterParser) negation() (*term, error) {
	if !p.next("-(") {
		return p.term()
	}
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.fail(p.at, "the filter is deeper than %d levels; take some parentheses away", maxFilterDepth)
	}
	defer func() { p.depth-- }()
	open := p.at
	p.at++
	if p.text[open] == '-' {
		if p.end() || p.next(")") || unicode.IsSpace(p.text[p.at]) || p.bare() == "OR" {
			return nil, p.fail(open, `a "-" stands right before what it excludes, as in -battery; leave this one out`)
		}
		t, err := p.negation()
		if err != nil {
			return nil, err
		}
		return not(t), nil
	}
	p.skipBlanks()
	t, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.end() {
		return nil, p.fail(open, `this "(" is never closed; write ")" where the group ends`)
	}
	p.at++
	return t, nil
}
