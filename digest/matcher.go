package digest

import (
	"time"

	"github.com/tidings/tidings"
)

// matcher matches each distinct filter with the candidates once.
type matcher struct {
	candidates []*tidings.Candidate // those that are new, in the order of their numbers
	docs       []*tidings.Doc
	byFilter   map[string][]int     // a filter's canonical text → indices of the candidates that it matches, ascending
	byKey      map[string][]int     // a translation's key → indices of its versions, ascending
	notices    []*tidings.Candidate // what is to be told to those who got it before, in the order of their numbers
}

func newMatcher(candidates []tidings.Candidate, zone *time.Location) *matcher {
	m := &matcher{byFilter: map[string][]int{}, byKey: map[string][]int{}}
	for i := range candidates {
		c := &candidates[i]
		if c.Kind != tidings.NewEntry {
			m.notices = append(m.notices, c)
			continue
		}
		if key := c.Release.Translation; key != "" {
			m.byKey[key] = append(m.byKey[key], len(m.candidates))
		}
		m.candidates = append(m.candidates, c)
		m.docs = append(m.docs, tidings.NewDoc(&c.Release, zone))
	}
	return m
}

func (m *matcher) matches(f tidings.Filter) []int {
	found, known := m.byFilter[f.String()]
	if known {
		return found
	}
	for i, d := range m.docs {
		if f.MatchDoc(d) {
			found = append(found, i)
		}
	}
	m.byFilter[f.String()] = found
	return found
}

// versions are the candidates that say the same as this one in some language, itself among them.
func (m *matcher) versions(candidate int) []int {
	if key := m.candidates[candidate].Release.Translation; key != "" {
		return m.byKey[key]
	}
	return []int{candidate}
}
