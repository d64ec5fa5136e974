package roster

import "github.com/tidings/tidings"

// Report sums up what became of a list.
type Report struct {
	Format   string // as it was read
	Counts   map[tidings.Fate]int
	Notes    map[string]int   // how many rows have each of them
	Noted    map[string][]int // the lines of the first of these rows
	Examples map[tidings.Fate][]Line
	NotTaken []string       // columns that mean nothing here
	Unknown  map[string]int // words that name no topic of ours, with how often they came
}

// Of each kind, as many are kept.
const (
	mostExamples = 3
	mostNoted    = 20
	mostUnknown  = 10_000
)

func newReport() Report {
	return Report{
		Counts: map[tidings.Fate]int{}, Notes: map[string]int{}, Noted: map[string][]int{}, Examples: map[tidings.Fate][]Line{},
		Unknown: map[string]int{},
	}
}

// Fates are all that there are, in the order in which they are told.
func Fates() []tidings.Fate {
	return []tidings.Fate{
		tidings.FateAdded, tidings.FateLeft, tidings.FateSuppressed, tidings.FateKnown, tidings.FateBarred, FateDuplicate, FateSkipped, FateBroken,
	}
}

// Rows is how many rows it is about: each counts once.
func (r *Report) Rows() int {
	n := 0
	for _, count := range r.Counts {
		n += count
	}
	return n
}

func (r *Report) count(l *Line) {
	r.Counts[l.Fate]++
	if some := r.Examples[l.Fate]; len(some) < mostExamples {
		r.Examples[l.Fate] = append(some, *l)
	}
	for _, note := range l.Notes {
		r.Notes[note]++
		if some := r.Noted[note]; len(some) < mostNoted && (len(some) == 0 || some[len(some)-1] != l.Number) {
			r.Noted[note] = append(some, l.Number)
		}
	}
}

func (r *Report) terms(unknown []string) {
	for _, word := range unknown {
		if word = printable(word); len(r.Unknown) < mostUnknown || r.Unknown[word] > 0 {
			r.Unknown[word]++
		}
	}
}
