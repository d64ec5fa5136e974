package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/roster"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/subscribe"
)

// rosterFlags are how a list of subscribers is wanted.
type rosterFlags struct {
	basis   string
	format  string
	status  string
	columns map[string]string
	cadence string
	hour    int
	topics  []string
	filter  string
	dryRun  bool
	report  string // path
	force   bool   // the report may be there
}

func (a *app) subscriberImport() *cobra.Command {
	var f rosterFlags
	cmd := &cobra.Command{
		Use:   "import FILE --basis TEXT",
		Short: "Take in a list of subscribers from another newsletter",
		Long: "Take in a list of subscribers (docs/subscribers.md): a table, as listmonk, Mailchimp, Ghost, Substack, Buttondown and `tidings\n" +
			"subscriber export` write it, which are recognised by their headings, or any other, with --map for what its columns are called.\n" +
			"- is standard input.\n\n" +
			"Who had confirmed becomes a subscriber, from the newest release on. Who had not is left out. Who had left stays known as\n" +
			"somebody who left, and bounced or blocked addresses are suppressed: no later list brings them back. Tags and lists that are called\n" +
			"like a topic choose it.\n\n" +
			"Who is here already stays as they are, also where the list says that they left or bounced: the summary says of how many, and the\n" +
			"report of whom. Unsubscribe them by `tidings subscriber leave` where that is what they wanted.\n\n" +
			"Begin with --dry-run: it says what would happen, and writes nothing. Again changes nothing; after an interruption it goes on.",
		Example: "  tidings subscriber import --dry-run --basis \"double opt-in at the old newsletter\" members.csv\n" +
			"  tidings subscriber import --basis \"double opt-in at the old newsletter\" --cadence daily --report taken.jsonl members.csv\n" +
			"  tidings subscriber import --map address=Mail,topics=Interests,basis=Form,consented=Day list.csv",
		Args: cobra.ExactArgs(1),
	}
	cmd.RunE = a.withHouse(func(ctx context.Context, h *house, args []string) error { return a.importRoster(ctx, h, &f, args[0]) })
	flags := cmd.Flags()
	flags.StringVar(&f.basis, "basis", "", "what the consent rests on of those whose row does not say it (required unless a column does)")
	flags.StringVar(&f.format, "format", "", "the `kind` of table: "+strings.Join(roster.Formats(), ", ")+" (default: by its heading)")
	flags.StringVar(&f.status, "status", "", "what all in the file are, where it does not say so: `unsubscribed`, bounced, unconfirmed")
	flags.StringToStringVar(&f.columns, "map", nil, "what `columns` hold: address=Email,language=Lang,topics=Tags,cadence=…,basis=…,consented=…")
	flags.StringVar(&f.cadence, "cadence", "", "how `often` those get mail whose row does not say it (default: weekly)")
	flags.IntVar(&f.hour, "hour", tidings.AnyHour, "the hour of the day (0–23) that their digests come at; -1: the schedule's own")
	flags.StringSliceVar(&f.topics, "topics", nil, "the `topics` of those who have none of ours")
	flags.StringVar(&f.filter, "filter", "", "or their `filter` (default: every release)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would happen, and write nothing")
	flags.StringVar(&f.report, "report", "", "write what became of each row to this `file`, as lines of JSON; it holds addresses")
	flags.BoolVar(&f.force, "force", false, "replace a report that is there")
	return cmd
}

func (a *app) importRoster(ctx context.Context, h *house, f *rosterFlags, arg string) error {
	opts, err := h.rosterOptions(ctx, f, a.now())
	if err != nil {
		return err
	}
	name, open, done, err := a.rereadable(arg)
	if err != nil {
		return usagef("%s: %w", arg, err)
	}
	defer done()
	told, err := newRosterTelling(a, f)
	if err != nil {
		return err
	}
	opts.Each = told.line
	opts.Counted = func(rows int) { told.bar.ChangeMax(rows) }
	told.bar = a.progress("importing")
	report, err := roster.Import(ctx, open, name, &gently{db: h.db, dry: f.dryRun, now: a.now}, opts)
	_ = told.bar.Finish() // a bar that cannot be drawn keeps nobody from importing
	return told.end(&report, err)
}

// rosterOptions checks the flags.
func (h *house) rosterOptions(ctx context.Context, f *rosterFlags, now time.Time) (roster.Options, error) {
	o := roster.Options{
		Format: f.format, Status: f.status, Columns: f.columns, Basis: f.basis, Cadence: f.cadence, Cadences: h.cadences, Hour: f.hour,
		Languages: h.languages(), Zone: h.site.Zone, Address: subscribe.NormalizeAddress, Now: now, Actor: actor(),
	}
	if err := roster.CheckColumns(f.columns); err != nil {
		return o, err
	}
	if f.format != "" && !slices.Contains(roster.Formats(), f.format) {
		return o, usagef("--format: %q is none: there are %s", f.format, strings.Join(roster.Formats(), ", "))
	}
	if o.Cadence = cmp.Or(o.Cadence, tidings.Weekly); f.cadence == "" {
		if _, offered := h.cadences.Find(o.Cadence); !offered {
			o.Cadence = h.cadences[len(h.cadences)-1].Name
		}
	}
	if _, offered := h.cadences.Find(o.Cadence); !offered {
		return o, usagef("--cadence: %q is none that is on offer", o.Cadence)
	}
	if f.hour < tidings.AnyHour || f.hour > 23 {
		return o, usagef("--hour: %d is none of 0 to 23", f.hour)
	}
	if len(f.topics) > 0 {
		if f.filter != "" {
			return o, usagef("--topics and --filter stand side by side: write one of them")
		}
		f.filter = "topic:" + strings.Join(f.topics, ",")
	}
	var err error
	if o.Default, err = tidings.ParseFilter(f.filter); err != nil {
		return o, err
	}
	if err := h.checkTopics(ctx, "--topics", o.Default.Topics()); err != nil {
		return o, err
	}
	o.Topics, err = h.db.Topics(ctx)
	return o, err
}

// rereadable gives a file that can be opened again and again. Standard input is put into one, which done takes away.
func (a *app) rereadable(arg string) (name string, open func() (io.ReadCloser, error), done func(), err error) {
	name, first, err := a.openInput(arg)
	if err != nil {
		return "", nil, nil, err
	}
	if arg != "-" {
		return name, func() (io.ReadCloser, error) { return os.Open(arg) }, func() {}, first.Close()
	}
	file, err := os.CreateTemp("", "tidings-*.csv") // readable by us alone
	if err != nil {
		return "", nil, nil, err
	}
	done = func() { _ = os.Remove(file.Name()) } // the system takes away what we cannot
	_, err = io.Copy(file, bufio.NewReader(first))
	if err = errors.Join(err, file.Close()); err != nil {
		done()
		return "", nil, nil, err
	}
	return name, func() (io.ReadCloser, error) { return os.Open(file.Name()) }, done, nil
}

// gently takes parts of a list in, and rests between them, so that a daemon beside it gets its turn to write.
type gently struct {
	db  *store.DB
	dry bool
	now func() time.Time
}

// Enrol takes a part in; of a dry run, it only says what would become of it.
func (g *gently) Enrol(ctx context.Context, part []tidings.Enrolment, now time.Time, actor string) ([]tidings.Enrolled, error) {
	enrol := g.db.Enrol
	if g.dry {
		enrol = g.db.ForeseeEnrol
	}
	start := g.now()
	became, err := enrol(ctx, part, now, actor)
	if err != nil {
		return nil, err
	}
	rest(ctx, g.now().Sub(start)/4)
	return became, nil
}
