package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

// publishFlags are what publish is told beside the file.
type publishFlags struct {
	at     string
	draft  bool
	revise string
	topics []string
}

func (a *app) publishCommand() *cobra.Command {
	var f publishFlags
	cmd := &cobra.Command{
		Use:   "publish FILE",
		Short: "Publish one release: front matter and Markdown, from a file or - for standard input",
		Long: "Publish one release. The file begins with front matter (title, language, topics, …: docs/formats.md) and goes on\n" +
			"in Markdown. The same file again changes nothing; a changed text makes a revision of the same release. A draft\n" +
			"stays a draft and an embargo stays, until you say otherwise: --at another time, or `tidings release publish`.",
		Example: "  tidings publish release.md\n  tidings publish release.md --at \"2027-03-17 09:30\"\n  tidings publish - --draft < release.md",
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = a.withHouse(func(ctx context.Context, h *house, args []string) error {
		item, err := a.readRelease(h, args[0], h.site.Language)
		if err != nil {
			return err
		}
		if err := a.applyFlags(ctx, h, &item.Release, &f, cmd.Flags().Changed); err != nil {
			return err
		}
		return a.publish(ctx, h, item)
	})
	cmd.Flags().StringVar(&f.at, "at", "", "make it public at a later `time`")
	cmd.Flags().BoolVar(&f.draft, "draft", false, "store it, and show it to nobody")
	cmd.Flags().StringVar(&f.revise, "revise", "", "the text is a revision of this `release`, whatever its file or its title")
	cmd.Flags().StringSliceVar(&f.topics, "topics", nil, "its topics, in place of those that the file names or the rules suggest")
	return cmd
}

// applyFlags lays over the file what the command line says.
func (a *app) applyFlags(ctx context.Context, h *house, r *tidings.Release, f *publishFlags, given func(string) bool) error {
	switch {
	case f.draft && given("at"):
		return usagef("a draft has no time to go public: leave out --draft or --at")
	case f.draft:
		r.Status = tidings.Draft
	case given("at"):
		at, err := instant(f.at, h.site.Zone)
		if err != nil {
			return fmt.Errorf("--at: %w", err)
		}
		if !at.After(a.now()) {
			return usagef("--at: %s is past; to give the release an older date, write published: in its front matter", f.at)
		}
		r.Status, r.Published = tidings.Scheduled, at
	}
	if given("revise") {
		stored, err := h.release(ctx, f.revise)
		if err != nil {
			return err
		}
		r.Source, r.SourceGuessed, r.AtDesk = stored.Source, false, true
	}
	if given("topics") {
		r.Topics, r.TopicsByHand = f.topics, true
	}
	return nil
}

// readRelease reads one release; language is that of one that names none.
func (a *app) readRelease(h *house, path, language string) (ingest.Item, error) {
	name, in, err := a.openInput(path)
	if err != nil {
		return ingest.Item{}, usagef("%s: %w", path, err)
	}
	defer in.Close()
	opts := h.ingestOptions()
	opts.Language = language
	beside, done := folderOf(path)
	defer done()
	item := ingest.Document(in, name, beside, opts)
	return item, item.Err
}

// folderOf is the folder that a file is in, which nothing leads out of; nil for standard input and where it cannot be opened.
func folderOf(path string) (beside fs.FS, done func()) {
	if path == "-" {
		return nil, func() {}
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, func() {}
	}
	return root.FS(), func() { _ = root.Close() }
}

// file saves one release the way an import does.
func (a *app) file(ctx context.Context, h *house, item ingest.Item) (ingest.Line, error) {
	one := func(yield func(ingest.Item) bool) { yield(item) }
	var line ingest.Line
	_, err := ingest.Import(ctx, h.db, h.site, one, ingest.ImportOptions{
		One: true, Now: a.now(), Actor: actor(), Each: func(l ingest.Line) { line = l },
	})
	if err == nil {
		err = line.Err
	}
	return line, err
}

// publish saves one release, and says where it is.
func (a *app) publish(ctx context.Context, h *house, item ingest.Item) error {
	line, err := a.file(ctx, h, item)
	if err != nil {
		return err
	}
	stored, err := h.db.DeskRelease(ctx, line.Slug)
	if err != nil {
		return err
	}
	return a.show(lineOf(h.site, &stored), func(w io.Writer) {
		fmt.Fprintf(w, "%-8s %s  [%s]\n", line.Change, stored.Title, strings.Join(stored.Topics, ", "))
		switch stored.Status {
		case tidings.Draft:
			fmt.Fprintf(w, "         a draft; to publish it: tidings release publish %s\n", stored.Slug)
		case tidings.Scheduled:
			fmt.Fprintf(w, "         goes public at %s (%s)\n", stamp(stored.Published, h.site.Zone), h.site.Zone)
		case tidings.Withdrawn:
			fmt.Fprintln(w, "         was withdrawn and stays so")
		default:
			fmt.Fprintf(w, "         %s\n", h.site.ReleaseURL(stored.Slug))
		}
	})
}
