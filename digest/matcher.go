package digest

import (
	"cmp"
	"slices"

	"github.com/tidings/tidings"
)

// matcher matches each distinct filter with the candidates once.
type matcher struct {
	candidates []*tidings.Candidate // those that are new, in the order of their numbers
	docs       *tidings.DocSet
	age        []int                // of each candidate: its place among all, the newest first
	order      map[string]int       // a topic → its place among the sections
	byFilter   map[string][]int     // a filter's canonical text → indices of the candidates that it matches, ascending
	byKey      map[string][]int     // a translation's key → indices of its versions, ascending
	notices    []*tidings.Candidate // what is to be told to those who got it before, in the order of their numbers
}

func (rules Rules) matcher(candidates []tidings.Candidate) *matcher {
	m := &matcher{byFilter: map[string][]int{}, byKey: map[string][]int{}, order: make(map[string]int, len(rules.Topics))}
	var docs []*tidings.Doc
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
		docs = append(docs, tidings.NewDoc(&c.Release, rules.Zone))
	}
	m.docs = tidings.NewDocSet(docs)
	for i := range rules.Topics {
		m.order[rules.Topics[i].Slug] = i
	}
	m.rankByAge()
	return m
}

func (m *matcher) rankByAge() {
	newest := make([]int, len(m.candidates))
	for i := range newest {
		newest[i] = i
	}
	slices.SortStableFunc(newest, func(i, j int) int {
		a, b := m.candidates[i], m.candidates[j]
		return cmp.Or(b.Release.Published.Compare(a.Release.Published), cmp.Compare(b.Seq, a.Seq))
	})
	m.age = make([]int, len(newest))
	for place, i := range newest {
		m.age[i] = place
	}
}

// sameForAll reports whether b gets what a got: all that they differ in is the language, and there is nothing in several.
func (m *matcher) sameForAll(a, b *tidings.Cohort) bool {
	return len(m.byKey) == 0 && a.Subscription == 0 && b.Subscription == 0 && a.Position == b.Position &&
		len(a.Got)+len(a.Owed)+len(a.Missed)+len(a.OnWire) == 0 && len(b.Got)+len(b.Owed)+len(b.Missed)+len(b.OnWire) == 0 &&
		a.Filter.String() == b.Filter.String()
}

func (m *matcher) matches(f tidings.Filter) []int {
	found, known := m.byFilter[f.String()]
	if known {
		return found
	}
	found = m.docs.Select(f)
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
