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
	byAge      []int                // the candidates, the newest first
	age        []int                // of each candidate: its place among these
	topic      map[string]int       // a topic's slug → its number here; 0 is "", of what fits no topic
	slugs      []string             // of each of these
	places     []int                // of each: where its section stands
	topics     [][]int              // of each candidate
	once       bool                 // no release is a candidate twice, itself and as a stand-in
	byFilter   map[string][]int     // a filter's canonical text → indices of the candidates that it matches, ascending
	byKey      map[string][]int     // a translation's key → indices of its versions, ascending
	notices    []*tidings.Candidate // what is to be told to those who got it before, in the order of their numbers

	// Of the decision that is being made, and kept for the next one.
	mine, order []int
	chosen      []bool
	given       []tidings.Entry // of all decisions that are made together
}

func (rules Rules) matcher(candidates []tidings.Candidate) *matcher {
	m := &matcher{byFilter: map[string][]int{}, byKey: map[string][]int{}, topic: map[string]int{"": 0}, slugs: []string{""}, once: true}
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
	m.rankByAge()
	m.rankTopics(rules.Topics)
	return m
}

// rankTopics numbers the topics, and says where their sections stand: in the topics' order, unknown ones and none last.
func (m *matcher) rankTopics(all []tidings.Topic) {
	order := make(map[string]int, len(all))
	for i := range all {
		order[all[i].Slug] = i
	}
	m.places = []int{len(all)}
	for _, c := range m.candidates {
		m.once = m.once && c.Instead == 0
		var of []int
		for _, slug := range c.Release.Topics {
			t, known := m.topic[slug]
			if !known {
				t = len(m.slugs)
				place, ok := order[slug]
				if !ok {
					place = len(all)
				}
				m.topic[slug], m.slugs, m.places = t, append(m.slugs, slug), append(m.places, place)
			}
			of = append(of, t)
		}
		m.topics = append(m.topics, of)
	}
	m.chosen = make([]bool, len(m.slugs))
}

func (m *matcher) rankByAge() {
	m.byAge = make([]int, len(m.candidates))
	for i := range m.byAge {
		m.byAge[i] = i
	}
	slices.SortStableFunc(m.byAge, func(i, j int) int {
		a, b := m.candidates[i], m.candidates[j]
		return cmp.Or(b.Release.Published.Compare(a.Release.Published), cmp.Compare(b.Seq, a.Seq))
	})
	m.age = make([]int, len(m.byAge))
	for place, i := range m.byAge {
		m.age[i] = place
	}
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
