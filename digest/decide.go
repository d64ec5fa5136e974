package digest

import (
	"cmp"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// Rules are what Decide needs to know besides the rows.
type Rules struct {
	Cadences tidings.Cadences
	Topics   []tidings.Topic // for the order of sections
	Zone     *time.Location  // of after: and before: in filters: the site's
}

// Decide settles the candidates for each cohort of a run that froze the publication numbers up to upTo. It gives one
// decision for each cohort, in their order.
func (rules Rules) Decide(cadence string, upTo int64, cohorts []tidings.Cohort, candidates []tidings.Candidate) []tidings.Decision {
	m := newMatcher(candidates, rules.Zone)
	decisions := make([]tidings.Decision, len(cohorts))
	for i := range cohorts {
		decisions[i] = rules.decide(m, cadence, upTo, &cohorts[i])
	}
	return decisions
}

func (rules Rules) decide(m *matcher, cadence string, upTo int64, c *tidings.Cohort) tidings.Decision {
	position := max(upTo, c.Position)
	var mine []*tidings.Candidate
	for _, i := range m.matches(c.Filter) {
		cand := &m.candidates[i]
		if cand.Seq <= c.Position || c.Got[cand.Release.ID] {
			continue
		}
		if rules.leftToFaster(m, i, cadence, c) {
			position = min(position, cand.Seq-1)
			continue
		}
		mine = append(mine, cand)
	}
	return tidings.Decision{Entries: rules.entries(c.Filter, mine), Position: position}
}

// leftToFaster reports whether a faster subscription of the same subscriber has yet to settle the candidate, and will take it.
func (rules Rules) leftToFaster(m *matcher, candidate int, cadence string, c *tidings.Cohort) bool {
	return slices.ContainsFunc(c.Others, func(o tidings.Subscription) bool {
		if !rules.Cadences.Faster(o.Cadence, cadence) || o.Position >= m.candidates[candidate].Seq {
			return false
		}
		_, found := slices.BinarySearch(m.matches(o.Filter), candidate)
		return found
	})
}

// entries puts the releases under their sections: sections in the topics' order, within one the newest first.
func (rules Rules) entries(f tidings.Filter, releases []*tidings.Candidate) []tidings.Entry {
	chosen := f.Topics()
	order := make(map[string]int, len(rules.Topics))
	for i := range rules.Topics {
		order[rules.Topics[i].Slug] = i
	}
	section := make(map[int64]string, len(releases))
	for _, c := range releases {
		section[c.Release.ID] = sectionOf(&c.Release, chosen)
	}
	rank := func(c *tidings.Candidate) int {
		if i, ok := order[section[c.Release.ID]]; ok {
			return i
		}
		return len(order)
	}
	slices.SortFunc(releases, func(a, b *tidings.Candidate) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			b.Release.Published.Compare(a.Release.Published),
			cmp.Compare(b.Seq, a.Seq))
	})
	entries := make([]tidings.Entry, len(releases))
	for i, c := range releases {
		entries[i] = tidings.Entry{Release: c.Release.ID, Revision: c.Release.Revision, Section: section[c.Release.ID]}
	}
	return entries
}

// sectionOf is the first topic of the release that the reader asked for by name, else, for a reader who named none, its first
// topic. Releases that came by words alone, to a reader who named other topics, stand in the section "".
func sectionOf(r *tidings.Release, chosen []string) string {
	for _, t := range r.Topics {
		if len(chosen) == 0 || slices.Contains(chosen, t) {
			return t
		}
	}
	return ""
}

// matcher matches each distinct filter with the candidates once.
type matcher struct {
	candidates []tidings.Candidate
	docs       []*tidings.Doc
	byFilter   map[string][]int // a filter's canonical text → indices of the candidates that it matches, ascending
}

func newMatcher(candidates []tidings.Candidate, zone *time.Location) *matcher {
	m := &matcher{candidates: candidates, docs: make([]*tidings.Doc, len(candidates)), byFilter: map[string][]int{}}
	for i := range candidates {
		m.docs[i] = tidings.NewDoc(&candidates[i].Release, zone)
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
