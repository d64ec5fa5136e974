package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

// telling says what became of an import: line by line while it runs, as a whole at its end, and in a file.
type telling struct {
	app    *app
	dry    bool
	bulk   bool // too much to name each that was taken
	bar    *progressbar.ProgressBar
	file   *os.File // nil: none was asked for
	lines  *bufio.Writer
	failed error // the first fault of writing the file
	broken []string
}

// mostNamed is how many of a kind the summary names; the report's file has all.
const mostNamed = 20

func newTelling(a *app, f importFlags) (*telling, error) {
	t := &telling{app: a, dry: f.dryRun}
	if f.report == "" {
		return t, nil
	}
	file, err := os.Create(f.report)
	if err != nil {
		return nil, usagef("--report: %w", err)
	}
	t.file, t.lines = file, bufio.NewWriter(file)
	return t, nil
}

// reportLine is a line of the report's file.
type reportLine struct {
	File   string   `json:"file"`
	Line   int      `json:"line,omitempty"`
	State  string   `json:"state"` // created, changed, same, broken or skipped
	Slug   string   `json:"slug,omitempty"`
	Title  string   `json:"title,omitempty"`
	Topics []string `json:"topics,omitempty"`
	Reason string   `json:"reason,omitempty"` // why it is broken or was skipped
	Notes  []string `json:"notes,omitempty"`
}

func (t *telling) line(l ingest.Line) {
	_ = t.bar.Add(1) // a bar that cannot be drawn keeps nobody from importing
	if t.lines != nil && t.failed == nil {
		t.failed = t.write(l)
	}
	switch {
	case l.Err != nil && len(t.broken) < mostNamed:
		t.broken = append(t.broken, l.Err.Error())
	case l.Err == nil && !t.bulk && l.Change != tidings.Same && l.Skipped == "":
		t.app.note("%-8s %s  [%s]", l.Change, l.Slug, strings.Join(l.Topics, ", "))
	}
}

func (t *telling) write(l ingest.Line) error {
	line := reportLine{
		File: l.File, Line: l.Line, State: cmp.Or(string(l.Change), "skipped"), Slug: l.Slug, Title: l.Title, Topics: l.Topics,
		Reason: l.Skipped, Notes: l.Notes,
	}
	if l.Err != nil {
		line.Reason = l.Err.Error()
	}
	enc := json.NewEncoder(t.lines)
	enc.SetEscapeHTML(false)
	return enc.Encode(line)
}

// end closes the file and sums up. err is what ended the import early; nil: nothing did.
func (t *telling) end(r ingest.Report, err error) error {
	if t.file != nil {
		if failed := errors.Join(t.failed, t.lines.Flush(), t.file.Close()); failed != nil {
			err = errors.Join(err, fmt.Errorf("--report: %w", failed))
		}
	}
	for _, why := range t.broken {
		fmt.Fprintf(t.app.errs, "broken   %s\n", why)
	}
	if more := r.Broken - len(t.broken); more > 0 {
		fmt.Fprintf(t.app.errs, "broken   … and %d more; --report FILE names all of them\n", more)
	}
	if errors.Is(err, context.Canceled) && !t.dry {
		fmt.Fprintln(t.app.errs, "stopped  run it again: it goes on where it stopped")
	}
	shown := t.app.show(countsOf(r), func(w io.Writer) { t.summary(w, r) })
	switch {
	case err != nil:
		return errors.Join(err, shown)
	case shown != nil:
		return shown
	case r.Broken > 0:
		return errPartial
	}
	return nil
}

func (t *telling) summary(w io.Writer, r ingest.Report) {
	for _, kind := range slices.Sorted(maps.Keys(r.Notes)) {
		switch kind {
		case ingest.UnknownTerm:
		case ingest.NotTaken:
			fmt.Fprintf(w, "note     %s: %s\n", kind, strings.Join(r.Examples[kind], ", "))
		default:
			fmt.Fprintf(w, "note     %s: %s%s\n", plural(r.Notes[kind], "release", "releases"), kind, exemplified(r.Examples[kind]))
		}
	}
	if len(r.Made) > 0 {
		fmt.Fprintf(w, "topics   %d made: %s\n", len(r.Made), listed(r.Made))
	}
	if len(r.Unknown) > 0 {
		terms := slices.SortedFunc(maps.Keys(r.Unknown), func(a, b string) int {
			return cmp.Or(cmp.Compare(r.Unknown[b], r.Unknown[a]), cmp.Compare(a, b))
		})
		for i, term := range terms {
			terms[i] = fmt.Sprintf("%s (%d)", term, r.Unknown[term])
		}
		fmt.Fprintf(w, "topics   %s name none: %s\n", plural(len(terms), "term", "terms"), listed(terms))
	}
	if t.dry {
		fmt.Fprint(w, "would be: ")
	}
	fmt.Fprintln(w, summary(r.Counts))
}

// mostExamples is how many things that notes of one kind name are shown; the report's file has all.
const mostExamples = 3

// exemplified is what stands behind a kind of notes: the first of what they name.
func exemplified(some []string) string {
	switch {
	case len(some) == 0:
		return ""
	case len(some) > mostExamples:
		return ": " + strings.Join(some[:mostExamples], ", ") + ", …"
	}
	return ": " + strings.Join(some, ", ")
}

// listed names the first of many.
func listed(names []string) string {
	if len(names) <= mostNamed {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:mostNamed], ", ") + fmt.Sprintf(", … and %d more", len(names)-mostNamed)
}

func summary(c ingest.Counts) string {
	s := fmt.Sprintf("%d created, %d changed, %d same, %d broken", c.Created, c.Changed, c.Same, c.Broken)
	if c.Skipped > 0 {
		s += fmt.Sprintf(", %d skipped", c.Skipped)
	}
	return s
}

// counts is an import's report as machines are told of it.
type counts struct {
	Created int            `json:"created"`
	Changed int            `json:"changed"`
	Same    int            `json:"same"`
	Broken  int            `json:"broken"`
	Skipped int            `json:"skipped,omitempty"`
	Notes   map[string]int `json:"notes,omitempty"`
	Unknown map[string]int `json:"unknown_terms,omitempty"`
	Made    []string       `json:"made_topics,omitempty"`
}

func countsOf(r ingest.Report) counts {
	return counts{
		Created: r.Created, Changed: r.Changed, Same: r.Same, Broken: r.Broken, Skipped: r.Skipped,
		Notes: r.Notes, Unknown: r.Unknown, Made: r.Made,
	}
}
