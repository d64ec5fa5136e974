package digest

import (
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Rules are what Decide needs to know besides the rows.
type Rules struct {
	Cadences tidings.Cadences
	Topics   []tidings.Topic // for the order of sections
	Zone     *time.Location  // of after: and before: in filters: the site's
	Language string          // the site's: the second best for who reads none of a release's languages
}

// Decide settles the candidates for each cohort of a run that froze the publication numbers up to upTo. It gives one
// decision for each cohort, in their order.
func (rules Rules) Decide(cadence string, upTo int64, cohorts []tidings.Cohort, candidates []tidings.Candidate) []tidings.Decision {
	return rules.decideAll(rules.matcher(candidates), cadence, upTo, cohorts)
}

// decideAll is Decide with candidates that are made ready. The entries of its decisions hold until it is called with this matcher again.
func (rules Rules) decideAll(m *matcher, cadence string, upTo int64, cohorts []tidings.Cohort) []tidings.Decision {
	clear(m.byFilter) // cohorts of one filter come together: nothing is gained by keeping a hundred thousand
	m.given = m.given[:0]
	decisions := make([]tidings.Decision, len(cohorts))
	for i := range cohorts {
		decisions[i] = rules.decide(m, cadence, upTo, &cohorts[i])
	}
	return decisions
}

func (rules Rules) decide(m *matcher, cadence string, upTo int64, c *tidings.Cohort) tidings.Decision {
	if unclear(m, c) {
		return tidings.Decision{Position: c.Position} // the next run knows whether there is anything to tell
	}
	position := max(upTo, c.Position)
	mine := m.mine[:0]
	for _, i := range m.matches(c.Filter) {
		cand := m.candidates[i]
		switch {
		case cand.Seq > c.Position && c.OnWire[cand.Instead]:
			return tidings.Decision{Position: c.Position} // the next run knows whether it came
		case !open(cand, c, c.Position) || c.Got[cand.Release.ID]:
		case rules.leftToFaster(m, i, cadence, c):
			position = min(position, cand.Seq-1)
		case rules.best(m, i, c):
			mine = append(mine, i)
		}
	}
	return tidings.Decision{Entries: m.entries(owed(m, c), c.Filter, mine), Position: position}
}

// open reports whether the candidate is still to be settled for a subscription of the cohort's that stands at the position.
func open(cand *tidings.Candidate, c *tidings.Cohort, position int64) bool {
	return cand.Seq > position && (cand.Instead == 0 || c.Missed[cand.Instead])
}

// owed are the entries that tell of what became of releases that the cohort got before: first what was withdrawn, then
// what was corrected, of each the newest first. Filters have no say in it.
func owed(m *matcher, c *tidings.Cohort) []tidings.Entry {
	var entries []tidings.Entry
	for _, kind := range [...]tidings.EntryKind{tidings.WithdrawnEntry, tidings.CorrectedEntry} {
		for _, n := range slices.Backward(m.notices) {
			if n.Kind == kind && n.Seq > c.Position && c.Owed[n.Release.ID] {
				entries = append(entries, tidings.Entry{Release: n.Release.ID, Revision: n.Release.Revision, Kind: kind})
			}
		}
	}
	return entries
}

// unclear reports whether a withdrawal may have to be told of: a mail that was claimed with the release may leave without it.
func unclear(m *matcher, c *tidings.Cohort) bool {
	return len(c.Going) > 0 && slices.ContainsFunc(m.notices, func(n *tidings.Candidate) bool {
		return n.Kind == tidings.WithdrawnEntry && n.Seq > c.Position && c.Going[n.Release.ID]
	})
}

// leftToFaster reports whether a faster subscription of the same subscriber has yet to settle the candidate, or a version
// of it in another language, and will take it.
func (rules Rules) leftToFaster(m *matcher, candidate int, cadence string, c *tidings.Cohort) bool {
	return slices.ContainsFunc(c.Others, func(o tidings.Subscription) bool {
		if !rules.Cadences.Faster(o.Cadence, cadence) {
			return false
		}
		return slices.ContainsFunc(m.versions(candidate), func(i int) bool {
			if !open(m.candidates[i], c, max(c.Position, o.Position)) {
				return false
			}
			_, found := slices.BinarySearch(m.matches(o.Filter), i)
			return found
		})
	})
}

// best reports whether no other version of the candidate, of those that the cohort may get, is in a language that suits its
// readers better, or as well under a lower number. So of a release that is open twice, itself and as a stand-in, one is.
func (rules Rules) best(m *matcher, candidate int, c *tidings.Cohort) bool {
	if m.candidates[candidate].Release.Translation == "" && m.once {
		return true // there is no other
	}
	suits := func(i int) int { return rules.distance(m.candidates[i].Release.Language, c.Language) }
	own := suits(candidate)
	matches := m.matches(c.Filter)
	return !slices.ContainsFunc(m.versions(candidate), func(i int) bool {
		if _, may := slices.BinarySearch(matches, i); !may || !open(m.candidates[i], c, c.Position) {
			return false
		}
		return suits(i) < own || suits(i) == own && i < candidate
	})
}

// distance is how far a release's language is from what a reader reads: 0 is the same, 1 the same but for region or
// script, 2 and 3 likewise for the site's own language, 4 any other.
func (rules Rules) distance(language, reader string) int {
	for i, want := range [...]string{reader, rules.Language} {
		switch {
		case strings.EqualFold(language, want):
			return 2 * i
		case strings.EqualFold(baseOf(language), baseOf(want)):
			return 2*i + 1
		}
	}
	return 4
}

// baseOf is a language tag without region and script: "pt" of "pt-BR".
func baseOf(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return base
}

// entries puts the candidates under their sections, after what comes first: sections in the topics' order, within one the newest first.
func (m *matcher) entries(first []tidings.Entry, f tidings.Filter, candidates []int) []tidings.Entry {
	m.mine = candidates
	if len(candidates) == 0 {
		return first
	}
	chosen := m.chosenBy(f)
	order := m.order[:0] // the section's place, the candidate's among all by its age, and the section
	for _, i := range candidates {
		section := m.sectionOf(i, chosen)
		order = append(order, (m.places[section]*len(m.candidates)+m.age[i])*len(m.slugs)+section)
	}
	slices.Sort(order)
	m.order = order
	from := len(m.given)
	m.given = append(m.given, first...)
	for _, key := range order {
		r := &m.candidates[m.byAge[key/len(m.slugs)%len(m.candidates)]].Release
		m.given = append(m.given, tidings.Entry{Release: r.ID, Revision: r.Revision, Section: m.slugs[key%len(m.slugs)]})
	}
	return m.given[from:len(m.given):len(m.given)]
}

// chosenBy has true for each topic that the filter asks for by name; nil: it asks for none.
func (m *matcher) chosenBy(f tidings.Filter) []bool {
	slugs := f.Topics()
	if len(slugs) == 0 {
		return nil
	}
	clear(m.chosen)
	for _, slug := range slugs {
		if t, known := m.topic[slug]; known {
			m.chosen[t] = true
		}
	}
	return m.chosen
}

// sectionOf is the first topic of the candidate that the reader asked for by name, else, for a reader who named none, its first
// topic. Releases that came by words alone, to a reader who named other topics, stand in the section "".
func (m *matcher) sectionOf(candidate int, chosen []bool) int {
	for _, t := range m.topics[candidate] {
		if chosen == nil || chosen[t] {
			return t
		}
	}
	return 0
}
