package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
	"github.com/tidings/tidings/store"
)

// importFlags are how an import is wanted.
type importFlags struct {
	archived  bool
	before    string // date
	language  string
	columns   map[string]string
	format    string
	topics    []string
	newTopics bool
	within    string
	permalink string
	private   bool
	pictures  bool
	asSaid    bool // pictures was given; else it depends on what is named
	dryRun    bool
	report    string // path
}

// oldAge is how old a release of a site, a table or a feed is that nobody is mailed about any more.
const oldAge = 30 * 24 * time.Hour

func (a *app) importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import PATH|URL...",
		Short: "Take in releases: whole sites of Markdown, tables, feeds, archives",
		Long: "Take in releases (docs/formats.md, docs/sources.md):\n\n" +
			"  a folder        a site of Markdown as Hugo, Jekyll, Zola, Eleventy and Next have it, with its pictures and old addresses\n" +
			"  .csv .tsv       a table, as spreadsheets write it\n" +
			"  .jsonl .ndjson  one JSON object a line\n" +
			"  .xml .json URL  a feed: RSS, Atom or JSON Feed\n" +
			"  else            a text archive, or a document with front matter; - is standard input\n\n" +
			"Again changes nothing; a changed text makes a revision. What is broken is named with its file and line, and the rest is taken.\n\n" +
			"Imported releases go to subscribers like any other, but what a folder, a table or a feed dates more than 30 days back is public\n" +
			"and never mailed; --archive-before sets another day. With --archived nothing of this import is ever mailed.",
		Example: "  tidings import --dry-run ./old-site\n" +
			"  tidings import --make-topics --report taken.jsonl ./old-site\n" +
			"  tidings import --map title=Headline,date=Day --topics trade press.csv",
		Args: cobra.MinimumNArgs(1),
	}
	flags := cmd.Flags()
	cmd.RunE = a.withHouse(func(ctx context.Context, h *house, args []string) error {
		f.asSaid = flags.Changed("pictures")
		return a.importAll(ctx, h, f, args)
	})
	flags.BoolVar(&f.archived, "archived", false, "make them public without ever mailing them")
	flags.StringVar(&f.before, "archive-before", "", "never mail what is dated before this `day`; \"never\": mail all")
	flags.StringVar(&f.language, "language", "", "the `language` of releases that name none (default: the site's)")
	flags.StringToStringVar(&f.columns, "map", nil, "the columns or JSON paths of a release's keys: `title=Headline,date=Day`")
	flags.StringVar(&f.format, "format", "", "what the bodies of tables and lines hold: `markdown`, html or plain (default: as each looks)")
	flags.StringSliceVar(&f.topics, "topics", nil, "give every release these `topics` too")
	flags.BoolVar(&f.newTopics, "make-topics", false, "make topics of the tags and categories that name none")
	flags.StringVar(&f.within, "within", "", "of a site, take only what is in this `folder`: content/news")
	flags.StringVar(&f.permalink, "permalink", "", "how a site's pages were addressed, where it does not say itself: `/:year/:month/:slug/`")
	flags.BoolVar(&f.private, "private", false, "a URL may lead into a private network")
	flags.BoolVar(&f.pictures, "pictures", false, "fetch the pictures that a feed's entries show (default: of a URL yes, of a file no)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would happen, and write nothing")
	flags.StringVar(&f.report, "report", "", "write what became of each file and record to this `file`, as lines of JSON")
	return cmd
}

// importAll takes in all that is named, and says what came of it.
func (a *app) importAll(ctx context.Context, h *house, f importFlags, args []string) (err error) {
	in, err := a.intake(ctx, h, f)
	if err == nil {
		err = f.checkPaths(args)
	}
	if err != nil {
		return err
	}
	if f.dryRun {
		undo, err := h.onACopy(ctx)
		if err != nil {
			return err
		}
		defer undo()
	}
	told, err := newTelling(a, f)
	if err != nil {
		return err
	}
	opts := ingest.ImportOptions{
		Now: in.now, Actor: actor(), Archived: f.archived, Topics: f.topics, MakeTopics: f.newTopics, Each: told.line,
	}
	told.bulk = slices.ContainsFunc(args, isBulk)
	if opts.ArchiveBefore, err = f.archiveBefore(in.now, h.site.Zone, told.bulk); err != nil {
		return err
	}
	told.bar = a.progress("importing")
	report, err := ingest.Import(ctx, h.db, h.site, in.all(ctx, args), opts)
	_ = told.bar.Finish() // a bar that cannot be drawn keeps nobody from importing
	return told.end(report, err)
}

// archiveBefore is the day before which nothing is mailed; zero: there is none.
func (f importFlags) archiveBefore(now time.Time, zone *time.Location, bulk bool) (time.Time, error) {
	switch {
	case f.before == "never", f.before == "" && !bulk:
		return time.Time{}, nil
	case f.before == "":
		return now.Add(-oldAge), nil
	}
	t, err := instant(f.before, zone)
	if err != nil {
		return t, fmt.Errorf("--archive-before: %w", err)
	}
	return t, nil
}

// isBulk: what is named is more than a document or a text archive that a press office has written for tidings.
func isBulk(arg string) bool {
	if info, err := os.Stat(arg); err == nil && info.IsDir() || isURL(arg) {
		return true
	}
	switch ingest.Detect(arg, nil) {
	case ingest.KindTable, ingest.KindLines, ingest.KindFeed:
		return true
	case ingest.KindArchive, ingest.KindDocument:
	}
	return strings.EqualFold(filepath.Ext(arg), ".json")
}

// onACopy lets the house work on a copy of its database, until undone.
func (h *house) onACopy(ctx context.Context) (undo func(), err error) {
	dir, err := os.MkdirTemp("", "tidings-dry-run-")
	if err != nil {
		return nil, err
	}
	path, own := filepath.Join(dir, "tidings.db"), h.db
	err = own.Backup(ctx, path, time.Now())
	if err == nil {
		h.db, err = store.Open(ctx, path, store.Volatile(), store.Keyed(h.keys))
	}
	if err != nil {
		h.db = own
		_ = os.RemoveAll(dir) // the first error is told
		return nil, fmt.Errorf("a copy to try on: %w", err)
	}
	return func() {
		_ = h.db.Close() // the copy goes away
		h.db = own
		_ = os.RemoveAll(dir)
	}, nil
}

// intake checks the flags and makes what reads files by them.
func (a *app) intake(ctx context.Context, h *house, f importFlags) (*intake, error) {
	in := &intake{app: a, house: h, opts: h.ingestOptions(), flags: f, now: a.now()}
	if f.language != "" {
		if !slices.Contains(h.site.Languages, f.language) {
			return nil, usagef("--language: %q is none of the site's languages (%s)", f.language, strings.Join(h.site.Languages, ", "))
		}
		in.opts.Language = f.language
	}
	if !slices.Contains([]string{"", string(ingest.TextMarkdown), string(ingest.TextHTML), string(ingest.TextPlain)}, f.format) {
		return nil, usagef("--format: %q is none: write markdown, html or plain", f.format)
	}
	if err := (ingest.TableOptions{Columns: f.columns}).Check(); err != nil {
		return nil, err
	}
	return in, h.checkTopics(ctx, "--topics", f.topics)
}

// checkPaths tells before anything is taken of a part that a folder does not have, and of what is named when none of it is there.
func (f importFlags) checkPaths(args []string) error {
	var missing []error
	for _, arg := range args {
		if arg == "-" || isURL(arg) {
			continue
		}
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			missing = append(missing, usagef("%s: %w", arg, errors.Unwrap(err)))
			continue
		case f.within == "" || !info.IsDir():
			continue
		}
		within := strings.Trim(f.within, "/")
		if info, err := os.Stat(filepath.Join(arg, within)); err != nil || !info.IsDir() || !filepath.IsLocal(within) {
			return usagef("--within: there is no folder %s in %s", f.within, arg)
		}
	}
	if len(missing) < len(args) {
		return nil // what is there is taken, and the rest told with it
	}
	return errors.Join(missing...)
}

// checkTopics is an InvalidError when a topic is not there, or has ended.
func (h *house) checkTopics(ctx context.Context, where string, slugs []string) error {
	topics, err := h.db.Topics(ctx)
	if err != nil {
		return err
	}
	for _, slug := range slugs {
		i := slices.IndexFunc(topics, func(t tidings.Topic) bool { return t.Slug == slug })
		switch {
		case i < 0:
			return tidings.Invalidf(where, "there is no topic %q: see `tidings topic list`", slug)
		case !topics[i].Ended.IsZero():
			return tidings.Invalidf(where, "the topic %q has ended", slug)
		}
	}
	return nil
}

// progress is a bar on standard error for people at a terminal, and silent for everyone else.
func (a *app) progress(what string) *progressbar.ProgressBar {
	f, isFile := a.errs.(*os.File)
	visible := isFile && !a.json && term.IsTerminal(int(f.Fd()))
	return progressbar.NewOptions(-1, progressbar.OptionSetWriter(a.errs), progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
}

// all reads what is named, one after the other. What cannot be read is one broken item.
func (in *intake) all(ctx context.Context, args []string) iter.Seq[ingest.Item] {
	return func(yield func(ingest.Item) bool) {
		for _, arg := range args {
			for item := range in.one(ctx, arg) {
				if !yield(item) {
					return
				}
			}
		}
	}
}
