package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

// correctFlags are what correct is told beside the release and the file.
type correctFlags struct {
	note          string
	minor, dryRun bool
}

func (a *app) correctCommand() *cobra.Command {
	var f correctFlags
	cmd := &cobra.Command{
		Use:   "correct RELEASE FILE",
		Short: "Replace a release's text, and see before who is told",
		Long: "Replace the text of a release with that of a file, or of - for standard input; its page, its id and its date stay. With --note,\n" +
			"it is a correction: the note stands on the page and in the feeds, and who got the release by mail is told in their next digest.\n" +
			"With --minor, for a slip of the pen, nobody is told. What will be different is shown first; at a terminal you are asked.\n" +
			"Language, topics, translation and aliases that the file does not name stay as they are.",
		Example: "  tidings correct steel-talks corrected.md --note \"The sum was 1.2, not 2.1 trillion won.\"\n" +
			"  tidings correct steel-talks - --minor --dry-run < corrected.md",
		Args: cobra.ExactArgs(2),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			stored, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			if err := f.check(&stored); err != nil {
				return err
			}
			return a.correct(ctx, h, &stored, args[1], &f)
		}),
	}
	cmd.Flags().StringVar(&f.note, "note", "", "what was wrong, as readers are told")
	cmd.Flags().BoolVar(&f.minor, "minor", false, "tell nobody: a slip of the pen")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be different, and change nothing")
	return cmd
}

func (f *correctFlags) check(stored *tidings.Release) error {
	f.note = strings.TrimSpace(f.note)
	switch {
	case f.minor && f.note != "":
		return usagef("--note tells the readers, and --minor does not: leave one out")
	case stored.Status == tidings.Withdrawn:
		return tidings.Invalidf(stored.Slug, "was withdrawn and stays so; publish the text as a new release")
	case stored.Public() && !f.minor && f.note == "":
		return usagef("%s is public: say what was wrong with --note \"…\", or that nobody need be told, with --minor", stored.Slug)
	}
	return nil
}

// correction is what machines are told.
type correction struct {
	Slug       string     `json:"slug"`
	Done       bool       `json:"done"` // false: a rehearsal, or nothing is different
	Difference difference `json:"difference"`
	Note       string     `json:"note,omitempty"`
	Told       int        `json:"told"`              // readers who got the release by mail, or will, and hear of the correction
	Waiting    int        `json:"waiting,omitempty"` // of these, whose mail with the release has yet to go
	Revision   int        `json:"revision"`
}

func (a *app) correct(ctx context.Context, h *house, stored *tidings.Release, path string, f *correctFlags) error {
	item, err := a.readCorrection(h, stored, path, f.note)
	if err != nil {
		return err
	}
	next := item.Release
	next.Slug = stored.Slug // it stays
	c := correction{Slug: stored.Slug, Difference: differenceOf(stored, &next), Note: f.note, Revision: stored.Revision}
	if stored.Public() && f.note != "" {
		reach, err := h.db.Reach(ctx, stored.ID)
		if err != nil {
			return err
		}
		c.Told, c.Waiting = reach.Got+reach.Unsent, reach.Unsent
	}
	if c.Difference.none() || f.dryRun {
		return a.show(c, func(w io.Writer) { c.print(w, stored) })
	}
	if !a.json {
		c.print(a.out, stored)
	}
	if yes, err := a.confirm("Correct it?"); err != nil || !yes {
		return err
	}
	change, err := a.file(ctx, h, item)
	if err != nil {
		return err
	}
	after, err := h.db.DeskRelease(ctx, stored.URI)
	if err != nil {
		return err
	}
	c.Done, c.Revision = change.Change == tidings.Changed, after.Revision
	return a.show(c, func(w io.Writer) { fmt.Fprintf(w, "\ncorrected  %s (revision %d)\n", after.Title, after.Revision) })
}

// readCorrection reads the text that takes the place of a stored one. Only what it says is new: it neither publishes nor moves.
func (a *app) readCorrection(h *house, stored *tidings.Release, path, note string) (ingest.Item, error) {
	item, err := a.readRelease(h, path, stored.Language)
	if err != nil {
		return item, err
	}
	r := &item.Release
	r.Source, r.SourceGuessed, r.AtDesk = stored.Source, false, true
	r.Status, r.Published, r.Updated, r.Note = "", time.Time{}, time.Time{}, note
	r.Slug, r.SlugByHand = stored.Slug, false
	if len(r.Topics) == 0 || stored.TopicsByHand && !r.TopicsByHand {
		r.Topics, r.TopicsByHand = stored.Topics, stored.TopicsByHand
	}
	if r.Translation == "" {
		r.Translation = stored.Translation
	}
	if len(r.Aliases) == 0 {
		r.Aliases = slices.Clone(stored.Aliases)
	}
	return item, nil
}

func (c *correction) print(w io.Writer, stored *tidings.Release) {
	fmt.Fprintf(w, "%s\n\n", stored.Title)
	if c.Difference.none() {
		fmt.Fprintln(w, "  nothing is different")
		return
	}
	c.Difference.print(w, seesColours(w))
	fmt.Fprintln(w)
	switch {
	case !stored.Public():
		fmt.Fprintf(w, "  readers     nobody is told: it is %s\n", stored.Status)
	case c.Note == "":
		fmt.Fprintln(w, "  readers     nobody is told: pages and feeds change silently")
	default:
		fmt.Fprintf(w, "  note        %s\n", c.Note)
		after := ""
		if c.Waiting > 0 {
			after = fmt.Sprintf(", %d of them once the mail that brings it has gone", c.Waiting)
		}
		fmt.Fprintf(w, "  readers     the note stands on the page and in the feeds; %s by mail%s\n", told(c.Told), after)
	}
}

func told(n int) string {
	return plural(n, "reader who got it is told", "readers who got it are told")
}

// confirm asks who sits at a terminal. Nobody else is asked: a script has decided.
func (a *app) confirm(question string) (bool, error) {
	f, isFile := a.in.(*os.File)
	if !isFile || a.json || !term.IsTerminal(int(f.Fd())) {
		return true, nil
	}
	fmt.Fprintf(a.errs, "\n%s [y/N] ", question)
	answer, err := bufio.NewReader(f).ReadString('\n')
	if err != nil && answer == "" {
		return false, err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer == "y" || answer == "yes" {
		return true, nil
	}
	a.note("nothing was changed")
	return false, nil
}
