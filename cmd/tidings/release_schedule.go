package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

func (a *app) releaseSchedule() *cobra.Command {
	var (
		at    string
		draft bool
	)
	cmd := &cobra.Command{
		Use:   "schedule RELEASE",
		Short: "Say when a release goes public, to the second, or hold it back again",
		Long: "Say at which instant a draft, or a release that is scheduled already, goes public: everywhere within a second, and nowhere\n" +
			"before. A time without a zone of its own is in the site's. With --draft, it waits for another word of yours.",
		Example: "  tidings release schedule steel-talks --at \"2026-12-01 09:00:00\"\n  tidings release schedule steel-talks --draft",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			if draft == (at != "") {
				return usagef("say when, with --at, or hold it back, with --draft")
			}
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			if r.Status, err = a.planned(h, &r, at); err != nil {
				return err
			}
			r.AtDesk = true
			if _, err := h.db.Save(ctx, h.site, &r, a.now(), actor()); err != nil {
				return err
			}
			return a.show(lineOf(h.site, &r), func(w io.Writer) {
				if r.Status == tidings.Draft {
					fmt.Fprintf(w, "draft      %s\n", r.Title)
					return
				}
				fmt.Fprintf(w, "scheduled  %s\n           goes public at %s (%s)\n", r.Title, second(r.Published, h.site.Zone), h.site.Zone)
			})
		}),
	}
	cmd.Flags().StringVar(&at, "at", "", "the `instant`: \"2026-12-01 09:00:00\" or 2026-12-01T09:00:00+09:00")
	cmd.Flags().BoolVar(&draft, "draft", false, "hold it back: visible to nobody, until you say otherwise")
	return cmd
}

// planned is the status that a release gets, and sets its date; an empty at holds it back.
func (a *app) planned(h *house, r *tidings.Release, at string) (tidings.Status, error) {
	switch {
	case r.Status == tidings.Published:
		return "", tidings.Invalidf(r.Slug, "is public already; to take it back: tidings withdraw %s", r.Slug)
	case r.Status == tidings.Withdrawn:
		return "", tidings.Invalidf(r.Slug, "was withdrawn and stays so; publish the text as a new release")
	case at == "":
		return tidings.Draft, nil
	}
	when, err := instant(at, h.site.Zone)
	if err != nil {
		return "", fmt.Errorf("--at: %w", err)
	}
	if !when.After(a.now()) {
		return "", usagef("--at: %s is past; to make it public now: tidings release publish %s", at, r.Slug)
	}
	r.Published = when
	return tidings.Scheduled, nil
}

func (a *app) releaseLink() *cobra.Command {
	return &cobra.Command{
		Use:   "link RELEASE RELEASE...",
		Short: "Make releases versions of one another in several languages",
		Long: "Make releases versions of one another in several languages: their pages and feeds link one another, and who reads several of\n" +
			"the languages is mailed one of them. It does the same as `translation:` in front matter.",
		Example: "  tidings release link steel-talks cheolgang-hyeopui",
		Args:    cobra.MinimumNArgs(2),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			var ids []int64
			for _, ref := range args {
				r, err := h.release(ctx, ref)
				if err != nil {
					return err
				}
				ids = append(ids, r.ID)
			}
			if err := h.db.Link(ctx, ids, a.now(), actor()); err != nil {
				return err
			}
			return a.showVersions(ctx, h, args)
		}),
	}
}

func (a *app) releaseUnlink() *cobra.Command {
	return &cobra.Command{
		Use:   "unlink RELEASE",
		Short: "Make a release stand alone again, apart from its versions in other languages",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			if r.Translation == "" {
				return tidings.Invalidf(r.Slug, "stands alone already")
			}
			if err := h.db.Unlink(ctx, r.ID, a.now(), actor()); err != nil {
				return err
			}
			return a.showVersions(ctx, h, args)
		}),
	}
}

// showVersions lists the releases, with their languages.
func (a *app) showVersions(ctx context.Context, h *house, refs []string) error {
	var lines []releaseLine
	var rows [][]string
	for _, ref := range refs {
		r, err := h.release(ctx, ref)
		if err != nil {
			return err
		}
		lines = append(lines, lineOf(h.site, &r))
		rows = append(rows, []string{r.Language, r.Slug, string(r.Status), dash(r.Translation), shorten(r.Title, 60)})
	}
	return a.show(lines, func(w io.Writer) { table(w, "LANGUAGE SLUG STATUS TRANSLATION TITLE", rows) })
}
