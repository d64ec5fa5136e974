package tidings

import "slices"

// Clause is a filter, or a part of one, taken apart: for an index that finds what MatchDoc then judges.
type Clause struct {
	Kind ClauseKind
	List []string // of OneTopic, OneLanguage and InSequence
	Kids []Clause // of Either, All and Without
}

// ClauseKind says what a Clause asks of a release.
type ClauseKind int

// The kinds of clause.
const (
	Anything    ClauseKind = iota // nothing
	OneTopic                      // one of the topics in List
	OneLanguage                   // one of the languages in List, in lower case, or a variety of it
	InSequence                    // the words in List, folded, one after another
	Either                        // one of Kids
	All                           // each of Kids
	Without                       // not what Kids[0] asks for
)

// Span is a time in which a filter asks for words, topics and languages alone: its after: and before: are settled there.
type Span struct {
	From, Until int // days such as 20250316: from that one on, and earlier than that one; 0: open
	Clause      Clause
}

// Spans takes the filter apart, the newest span first. Times in which it selects nothing are left out.
func (f Filter) Spans() []Span {
	if f.root == nil {
		return []Span{{}}
	}
	days := append(f.root.days(nil), 0)
	slices.Sort(days)
	var spans []Span
	until := 0
	for _, from := range slices.Backward(slices.Compact(days)) {
		rest, always := f.root.on(from)
		switch {
		case rest != nil:
			spans = append(spans, Span{From: from, Until: until, Clause: rest.clause()})
		case always:
			spans = append(spans, Span{From: from, Until: until})
		}
		until = from
	}
	return spans
}

// days appends the days that after: and before: name.
func (t *term) days(days []int) []int {
	if t.kind == afterTerm || t.kind == beforeTerm {
		return append(days, t.day)
	}
	for _, k := range t.kids {
		days = k.days(days)
	}
	return days
}

// on is what is left of the term on a day, and on those after it up to the next that a filter names; nil: nothing is, and
// always says whether the term is met.
func (t *term) on(day int) (rest *term, always bool) {
	switch t.kind {
	case afterTerm:
		return nil, day >= t.day
	case beforeTerm:
		return nil, day < t.day
	case notTerm:
		if rest, always = t.kids[0].on(day); rest == nil {
			return nil, !always
		}
		return not(rest), false
	case andTerm, orTerm:
		return t.groupOn(day)
	case topicTerm, langTerm, wordTerm:
	}
	return t, false
}

func (t *term) groupOn(day int) (rest *term, always bool) {
	var open []*term
	for _, k := range t.kids {
		rest, always := k.on(day)
		switch {
		case rest != nil:
			open = append(open, rest)
		case always == (t.kind == orTerm): // one that decides for all
			return nil, always
		}
	}
	switch {
	case len(open) == 0:
		return nil, t.kind == andTerm
	case t.kind == andTerm:
		return all(open), false
	}
	return either(open), false
}

// clause is the term, which has no days, as others may see it.
func (t *term) clause() Clause {
	c := Clause{List: slices.Clone(t.list)}
	switch t.kind {
	case topicTerm:
		c.Kind = OneTopic
	case langTerm:
		c.Kind = OneLanguage
	case wordTerm:
		c.Kind = InSequence
	case orTerm:
		c.Kind = Either
	case andTerm:
		c.Kind = All
	case notTerm:
		c.Kind = Without
	case afterTerm, beforeTerm: // settled
	}
	for _, k := range t.kids {
		c.Kids = append(c.Kids, k.clause())
	}
	return c
}
