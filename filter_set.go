package tidings

import (
	mathbits "math/bits"
	"slices"
)

// DocSet is releases made ready for matching many filters with all of them at once: what a topic, a language, a word or a day selects is
// found out once for each. It must not be used by two at the same time.
type DocSet struct {
	docs  []*Doc
	known map[string]docBits // of what stands in a filter without parentheses, by its text
	topic map[string]docBits
}

// docBits has a bit for each release of a set.
type docBits []uint64

// NewDocSet makes a set of releases that are ready for matching.
func NewDocSet(docs []*Doc) *DocSet {
	s := &DocSet{docs: docs, known: map[string]docBits{}, topic: map[string]docBits{}}
	for i, d := range docs {
		for _, slug := range d.topics {
			if s.topic[slug] == nil {
				s.topic[slug] = s.none()
			}
			s.topic[slug][i/64] |= 1 << (i % 64)
		}
	}
	return s
}

func (s *DocSet) none() docBits { return make(docBits, (len(s.docs)+63)/64) }

// Select gives the places in the set of the releases that MatchDoc would select, ascending.
func (s *DocSet) Select(f Filter) []int {
	places := make([]int, 0, 32)
	if f.root == nil {
		for i := range s.docs {
			places = append(places, i)
		}
		return places
	}
	for word, bits := range f.root.selects(s) {
		for ; bits != 0; bits &= bits - 1 {
			if i := word*64 + mathbits.TrailingZeros64(bits); i < len(s.docs) { // a - has set those beyond, too
				places = append(places, i)
			}
		}
	}
	return places
}

// selects gives what the term matches. The caller may not change it.
func (t *term) selects(s *DocSet) docBits {
	switch t.kind {
	case topicTerm:
		if len(t.list) == 1 {
			if bits := s.topic[t.list[0]]; bits != nil {
				return bits
			}
		}
		out := s.none()
		for _, slug := range t.list {
			for i, bits := range s.topic[slug] {
				out[i] |= bits
			}
		}
		return out
	case orTerm, andTerm:
		out := slices.Clone(t.kids[0].selects(s))
		for _, k := range t.kids[1:] {
			for i, bits := range k.selects(s) {
				if t.kind == orTerm {
					out[i] |= bits
				} else {
					out[i] &= bits
				}
			}
		}
		return out
	case notTerm:
		out := slices.Clone(t.kids[0].selects(s))
		for i := range out {
			out[i] = ^out[i]
		}
		return out
	default: // langTerm, wordTerm, afterTerm, beforeTerm
		return s.one(t)
	}
}

// one asks each release about a term, once.
func (s *DocSet) one(t *term) docBits {
	bits := s.known[t.text]
	if bits == nil {
		bits = s.none()
		for i, d := range s.docs {
			if t.matches(d) {
				bits[i/64] |= 1 << (i % 64)
			}
		}
		s.known[t.text] = bits
	}
	return bits
}
