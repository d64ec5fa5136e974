package roster

import (
	"strings"
	"unicode"

	"github.com/tidings/tidings"
)

// Report sums up what became of a list.
type Report struct {
	Format   string // as it was read
	Counts   map[tidings.Fate]int
	Notes    map[string]int   // how many rows have each of them
	Noted    map[string][]int // the lines of the first of these rows
	Examples map[tidings.Fate][]Line
	Torn     string         // why the rest of the file was not read; empty: all of it was
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

// stays reports whether somebody gets mail here of whom the list says that they should not.
func stays(e *tidings.Enrolment, became tidings.Enrolled) bool {
	if became.Fate != tidings.FateKnown || e.Subscriber.State != tidings.Left && e.Subscriber.State != tidings.Suppressed {
		return false
	}
	_, here, _ := strings.Cut(became.Reason, ": ") // as what they are here
	return here == string(tidings.Active) || here == string(tidings.Paused)
}

// reasonOf is a fault without the place that the line names already.
func reasonOf(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	return printable(text)
}

// mostShown is in octets.
const mostShown = 600

// printable is text of a list that may be shown on a terminal.
func printable(s string) string {
	if len(s) > mostShown {
		s = s[:mostShown] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
