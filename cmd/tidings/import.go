package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func (a *app) importCommand() *cobra.Command {
	var (
		archived bool
		language string
	)
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Take in releases: a text archive, or documents with front matter",
		Long: "Take in releases from text archives and documents with front matter (docs/formats.md); - is standard input. Again changes nothing;\n" +
			"a changed text makes a revision. What is broken is named with its file and line, and the rest is taken.\n\n" +
			"Imported releases go to subscribers like any other. With --archived they are public but never mailed: for an archive\n" +
			"that moves in after people have subscribed.",
		Args: cobra.MinimumNArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			opts := h.ingestOptions()
			if language != "" {
				if !slices.Contains(h.site.Languages, language) {
					return usagef("--language: %q is none of the site's languages (%s)", language, strings.Join(h.site.Languages, ", "))
				}
				opts.Language = language
			}
			report, err := a.ingest(ctx, h, a.items(args, opts), archived)
			if err != nil {
				return err
			}
			if err := a.show(countsOf(report.Counts), func(w io.Writer) { fmt.Fprintln(w, summary(report.Counts)) }); err != nil {
				return err
			}
			if report.Broken > 0 {
				return errPartial
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&archived, "archived", false, "make them public without ever mailing them")
	cmd.Flags().StringVar(&language, "language", "", "the `language` of releases that name none (default: the site's)")
	return cmd
}

// items reads the files one after the other. A file that cannot be read is one broken item.
func (a *app) items(paths []string, opts ingest.Options) iter.Seq[ingest.Item] {
	return func(yield func(ingest.Item) bool) {
		for _, path := range paths {
			for item := range a.itemsOf(path, opts) {
				if !yield(item) {
					return
				}
			}
		}
	}
}

func (a *app) itemsOf(path string, opts ingest.Options) iter.Seq[ingest.Item] {
	return func(yield func(ingest.Item) bool) {
		name, in, err := a.openInput(path)
		if err != nil {
			yield(ingest.Item{File: path, Err: tidings.Invalidf(path, "%v", err)})
			return
		}
		defer in.Close()
		r := bufio.NewReader(in)
		head, _ := r.Peek(512) // a shorter file is a shorter head
		if ingest.Detect(name, head) == ingest.KindArchive {
			ingest.Archive(r, name, opts)(yield)
			return
		}
		release, err := ingest.Document(r, name, opts)
		yield(ingest.Item{Release: release, File: name, Line: 1, Err: err})
	}
}

// openInput opens a file, or standard input for "-".
func (a *app) openInput(path string) (name string, in io.ReadCloser, err error) {
	if path == "-" {
		return ingest.StandardInput, io.NopCloser(a.in), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", nil, errors.Unwrap(err)
	}
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return "", nil, errors.Join(errors.New("is a folder; name the files in it"), f.Close())
	}
	return filepath.Base(path), f, nil
}

// ingest saves the items, says what became of each, and shows a progress bar to whoever watches a terminal.
func (a *app) ingest(ctx context.Context, h *house, items iter.Seq[ingest.Item], archived bool) (ingest.Report, error) {
	bar := a.progress("importing")
	defer func() { _ = bar.Finish() }()
	return ingest.Import(ctx, h.db, h.site, items, ingest.ImportOptions{Now: a.now(), Actor: actor(), Archived: archived, Each: func(l ingest.Line) {
		_ = bar.Add(1) // a bar that cannot be drawn keeps nobody from importing
		if l.Err != nil {
			fmt.Fprintf(a.errs, "broken   %s\n", l.Err)
			return
		}
		if l.Change != tidings.Same {
			a.note("%-8s %s  [%s]", l.Change, l.Slug, strings.Join(l.Topics, ", "))
		}
	}})
}

// progress is a bar on standard error for people at a terminal, and silent for everyone else.
func (a *app) progress(what string) *progressbar.ProgressBar {
	f, isFile := a.errs.(*os.File)
	visible := isFile && !a.json && term.IsTerminal(int(f.Fd()))
	return progressbar.NewOptions(-1, progressbar.OptionSetWriter(a.errs), progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
}

func summary(r ingest.Counts) string {
	return fmt.Sprintf("%d created, %d changed, %d same, %d broken", r.Created, r.Changed, r.Same, r.Broken)
}

// counts is an import's report as machines are told of it.
type counts struct {
	Created int `json:"created"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Broken  int `json:"broken"`
}

func countsOf(r ingest.Counts) counts {
	return counts{Created: r.Created, Changed: r.Changed, Same: r.Same, Broken: r.Broken}
}
