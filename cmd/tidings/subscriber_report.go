package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/schollz/progressbar/v3"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/roster"
)

// rosterTelling says what became of a list: of each row in a file, and as a whole at the end.
type rosterTelling struct {
	app    *app
	dry    bool
	bar    *progressbar.ProgressBar
	file   *os.File // nil: none was asked for
	fresh  bool     // it was not there before
	lines  *bufio.Writer
	failed error // the first fault of writing the file
	broken []roster.Line
}

func newRosterTelling(a *app, f *rosterFlags) (*rosterTelling, error) {
	t := &rosterTelling{app: a, dry: f.dryRun}
	if f.report == "" {
		return t, nil
	}
	how := os.O_EXCL // what an earlier part of the list became stays on record
	if f.force {
		how = os.O_TRUNC
	}
	file, err := os.OpenFile(f.report, os.O_CREATE|os.O_WRONLY|how, 0o600) // it holds addresses
	if err == nil {
		err = file.Chmod(0o600) // one that was there may have been readable by others
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, usagef("--report: %s is there already: name another file, or write --force to replace it", f.report)
	case err != nil:
		return nil, usagef("--report: %w", err)
	}
	t.file, t.lines, t.fresh = file, bufio.NewWriter(file), !f.force
	return t, nil
}

// rosterLine is a row as the report's file has it.
type rosterLine struct {
	Line    int               `json:"line"`
	Fate    string            `json:"fate"`
	Address string            `json:"address,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Notes   []string          `json:"notes,omitempty"`
	Choices map[string]string `json:"choices,omitempty"` // filters by cadence
}

func rosterLineOf(l *roster.Line) rosterLine {
	line := rosterLine{Line: l.Number, Fate: string(l.Fate), Address: l.Address, Reason: l.Reason, Notes: l.Notes}
	for i := range l.Choices {
		if line.Choices == nil {
			line.Choices = map[string]string{}
		}
		line.Choices[l.Choices[i].Cadence] = l.Choices[i].Filter.String()
	}
	return line
}

func (t *rosterTelling) line(l roster.Line) {
	_ = t.bar.Add(1) // a bar that cannot be drawn keeps nobody from importing
	if l.Fate == roster.FateBroken && len(t.broken) < mostNamed {
		t.broken = append(t.broken, l)
	}
	if t.lines == nil || t.failed != nil {
		return
	}
	enc := json.NewEncoder(t.lines)
	enc.SetEscapeHTML(false)
	t.failed = enc.Encode(rosterLineOf(&l))
}

// end closes the file and sums up. err is what ended the import early; nil: nothing did.
func (t *rosterTelling) end(r *roster.Report, err error) error {
	if t.file != nil {
		if failed := errors.Join(t.failed, t.lines.Flush(), t.file.Close()); failed != nil {
			err = errors.Join(err, fmt.Errorf("--report: %w", failed))
		}
	}
	if r.Rows() == 0 && err != nil {
		if t.fresh {
			_ = os.Remove(t.file.Name()) // there is nothing in it, and it would be in the way of the next try
		}
		return err
	}
	for _, l := range t.broken {
		fmt.Fprintf(t.app.errs, "broken   line %d: %s\n", l.Number, strings.TrimPrefix(l.Address+"  "+l.Reason, "  "))
	}
	if more := r.Counts[roster.FateBroken] - len(t.broken); more > 0 {
		fmt.Fprintf(t.app.errs, "broken   … and %d more; --report FILE names all of them\n", more)
	}
	if errors.Is(err, context.Canceled) && !t.dry {
		again := "run it again"
		if t.file != nil {
			again += " with another --report"
		}
		fmt.Fprintf(t.app.errs, "stopped  %s: it goes on where it stopped\n", again)
	}
	shown := t.app.show(rosterCountsOf(r), func(w io.Writer) { t.summary(w, r) })
	switch {
	case err != nil:
		return errors.Join(err, shown)
	case shown != nil:
		return shown
	case r.Counts[roster.FateBroken] > 0:
		return errPartial
	}
	return nil
}

// rosterCounts is a list's report as machines are told of it.
type rosterCounts struct {
	Format   string                  `json:"format"`
	Rows     int                     `json:"rows"`
	Counts   map[tidings.Fate]int    `json:"counts"`
	Notes    map[string]int          `json:"notes,omitempty"`
	Noted    map[string][]int        `json:"noted_lines,omitempty"` // of the first rows with each note
	Torn     string                  `json:"not_read,omitempty"`    // why the rest of the file was not read
	NotTaken []string                `json:"columns_not_taken,omitempty"`
	Unknown  map[string]int          `json:"unknown_topics,omitempty"`
	Examples map[string][]rosterLine `json:"examples"`
}

func rosterCountsOf(r *roster.Report) rosterCounts {
	c := rosterCounts{
		Format: r.Format, Rows: r.Rows(), Counts: map[tidings.Fate]int{}, Notes: r.Notes, Noted: r.Noted, Torn: r.Torn, NotTaken: r.NotTaken, Unknown: r.Unknown,
		Examples: map[string][]rosterLine{},
	}
	for _, fate := range roster.Fates() {
		c.Counts[fate] = r.Counts[fate]
		for i := range r.Examples[fate] {
			c.Examples[string(fate)] = append(c.Examples[string(fate)], rosterLineOf(&r.Examples[fate][i]))
		}
	}
	return c
}

func (t *rosterTelling) summary(w io.Writer, r *roster.Report) {
	fmt.Fprintf(w, "format   %s, %s\n", r.Format, plural(r.Rows(), "row", "rows"))
	if len(r.NotTaken) > 0 {
		fmt.Fprintf(w, "note     columns that are not taken: %s\n", listed(r.NotTaken))
	}
	for _, note := range slices.Sorted(maps.Keys(r.Notes)) {
		if note == roster.NoteStays {
			continue
		}
		fmt.Fprintf(w, "note     %s: %s: %s\n", plural(r.Notes[note], "row", "rows"), note, linesOf(r, note))
	}
	if len(r.Unknown) > 0 {
		words := slices.SortedFunc(maps.Keys(r.Unknown), func(a, b string) int {
			return cmp.Or(cmp.Compare(r.Unknown[b], r.Unknown[a]), cmp.Compare(a, b))
		})
		for i, word := range words {
			words[i] = fmt.Sprintf("%s (%d)", word, r.Unknown[word])
		}
		fmt.Fprintf(w, "topics   %s no topic: %s\n", plural(len(words), "tag or list names", "tags and lists name"), listed(words))
	}
	for _, fate := range roster.Fates() {
		if t.dry && fate != roster.FateBroken {
			t.examples(w, r.Examples[fate])
		}
	}
	if r.Torn != "" {
		fmt.Fprintf(w, "warning  %s\n", r.Torn)
	}
	if n := r.Notes[roster.NoteStays]; n > 0 {
		fmt.Fprintf(w, "warning  %s bounced, complained or unsubscribed of people who are subscribers here, and stay so: see the report (%s)\n",
			plural(n, "row says", "rows say"), linesOf(r, roster.NoteStays))
	}
	if t.dry {
		fmt.Fprint(w, "would be: ")
	}
	var counts []string
	for _, fate := range roster.Fates() {
		counts = append(counts, fmt.Sprintf("%d %s", r.Counts[fate], fate))
	}
	fmt.Fprintln(w, strings.Join(counts, ", "))
}

// linesOf names the first rows that have a note: "lines 2, 5, … and 3 more".
func linesOf(r *roster.Report, note string) string {
	const most = 5
	noted := r.Noted[note]
	names := make([]string, min(most, len(noted)))
	for i := range names {
		names[i] = strconv.Itoa(noted[i])
	}
	text := "line " + strings.Join(names, ", ")
	if len(names) > 1 {
		text = "lines" + strings.TrimPrefix(text, "line")
	}
	if more := r.Notes[note] - len(names); more > 0 {
		text += fmt.Sprintf(", … and %d more", more)
	}
	return text
}

// examples shows the first rows of a fate: what a dry run is for.
func (t *rosterTelling) examples(w io.Writer, lines []roster.Line) {
	for i := range lines {
		l := &lines[i]
		what := l.Reason
		for _, s := range l.Choices {
			filter := cmp.Or(shorten(s.Filter.String(), 60), "every release")
			what = strings.TrimPrefix(what+"; "+s.Cadence+": "+filter, "; ")
		}
		fmt.Fprintf(w, "%-10s line %d: %s  %s\n", l.Fate, l.Number, l.Address, dash(what))
	}
}
