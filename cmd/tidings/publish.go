package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func (a *app) publishCommand() *cobra.Command {
	var (
		at     string
		draft  bool
		topics []string
	)
	cmd := &cobra.Command{
		Use:   "publish FILE",
		Short: "Publish one release: front matter and Markdown, from a file or - for standard input",
		Long: "Publish one release. The file begins with front matter (title, language, topics, …: docs/formats.md) and goes on in Markdown. The\n" +
			"same file again changes nothing; a changed text makes a revision of the same release.",
		Example: "  tidings publish release.md\n  tidings publish release.md --at \"2026-03-17 09:30\"\n  tidings publish - --draft < release.md",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			if draft && at != "" {
				return usagef("a draft has no time to go public: leave out --draft or --at")
			}
			item, err := a.readRelease(h, args[0])
			if err != nil {
				return err
			}
			r := &item.Release
			switch {
			case draft:
				r.Status = tidings.Draft
			case at != "":
				if r.Published, err = instant(at, h.site.Zone); err != nil {
					return fmt.Errorf("--at: %w", err)
				}
				r.Status = tidings.Scheduled
			}
			if len(topics) > 0 {
				r.Topics, r.TopicsByHand = topics, true
			}
			return a.publish(ctx, h, item)
		}),
	}
	cmd.Flags().StringVar(&at, "at", "", "make it public at a later `time`")
	cmd.Flags().BoolVar(&draft, "draft", false, "store it, and show it to nobody")
	cmd.Flags().StringSliceVar(&topics, "topics", nil, "its topics, in place of those that the file names or the rules suggest")
	return cmd
}

func (a *app) readRelease(h *house, path string) (ingest.Item, error) {
	name, in, err := a.openInput(path)
	if err != nil {
		return ingest.Item{}, usagef("%s: %w", path, err)
	}
	defer in.Close()
	r, err := ingest.Document(in, name, h.ingestOptions())
	return ingest.Item{Release: r, File: name, Line: 1}, err
}

// publish saves one release the way an import does, and says where it is.
func (a *app) publish(ctx context.Context, h *house, item ingest.Item) error {
	one := func(yield func(ingest.Item) bool) { yield(item) }
	var line ingest.Line
	if _, err := ingest.Import(ctx, h.db, h.site, one, a.now(), actor(), func(l ingest.Line) { line = l }); err != nil {
		return err
	}
	if line.Err != nil {
		return line.Err
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
