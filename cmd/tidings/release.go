package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

func (a *app) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "release", Short: "List, show and sort the releases"}
	cmd.AddCommand(a.releaseList(), a.releaseShow(), a.releaseTopics(), a.releasePublish(),
		a.releaseSchedule(), a.releasePreview(), a.releaseExplain(), a.releaseDiff(), a.releaseHistory(), a.releaseLink(), a.releaseUnlink())
	return cmd
}

// releaseLine is a release as machines are told of it.
type releaseLine struct {
	Slug      string     `json:"slug"`
	ID        string     `json:"id"`
	Title     string     `json:"title"`
	Language  string     `json:"language"`
	Status    string     `json:"status"`
	Published *time.Time `json:"published,omitempty"`
	Updated   *time.Time `json:"updated,omitempty"`
	Revision  int        `json:"revision"`
	Topics    []string   `json:"topics"`
	// Translation is the key that its versions in other languages share.
	Translation string `json:"translation,omitempty"`
	URL         string `json:"url"`
	Reason      string `json:"reason,omitempty"`
}

func lineOf(site *tidings.Site, r *tidings.Release) releaseLine {
	l := releaseLine{
		Slug: r.Slug, ID: r.URI, Title: r.Title, Language: r.Language, Status: string(r.Status),
		Revision: r.Revision, Topics: append([]string{}, r.Topics...), URL: site.ReleaseURL(r.Slug), Reason: r.Reason,
		Translation: r.Translation,
	}
	if !r.Published.IsZero() {
		l.Published = &r.Published
	}
	if !r.Updated.IsZero() {
		l.Updated = &r.Updated
	}
	return l
}

func (a *app) releaseList() *cobra.Command {
	var (
		status string
		limit  int
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the releases, the newest first",
		Args:  cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			switch tidings.Status(status) {
			case "", tidings.Draft, tidings.Scheduled, tidings.Published, tidings.Withdrawn:
			default:
				return usagef("there is no status %q: draft, scheduled, published or withdrawn", status)
			}
			if limit < 0 {
				return usagef("--limit: %d releases cannot be listed", limit)
			}
			releases, err := h.db.DeskReleases(ctx, tidings.Status(status), limit)
			if err != nil {
				return err
			}
			lines := make([]releaseLine, len(releases))
			rows := make([][]string, len(releases))
			for i := range releases {
				r := &releases[i]
				lines[i] = lineOf(h.site, r)
				rows[i] = []string{stamp(r.Published, h.site.Zone), string(r.Status), r.Language, r.Slug, dash(strings.Join(r.Topics, ",")), shorten(r.Title, 60)}
			}
			return a.show(lines, func(w io.Writer) { table(w, "PUBLISHED STATUS LANGUAGE SLUG TOPICS TITLE", rows) })
		}),
	}
	cmd.Flags().StringVar(&status, "status", "", "only draft, scheduled, published or withdrawn ones")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most this many; 0: all")
	return cmd
}

func (a *app) releaseShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show RELEASE",
		Short: "Show one release with its revisions (RELEASE: its slug, number or id)",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			revisions, err := h.db.Revisions(ctx, r.ID)
			if err != nil {
				return err
			}
			return a.show(lineOf(h.site, &r), func(w io.Writer) { printRelease(w, h.site, &r, revisions) })
		}),
	}
}

func printRelease(w io.Writer, site *tidings.Site, r *tidings.Release, revisions []tidings.Release) {
	fmt.Fprintf(w, "%s\n\n", r.Title)
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-10s %s\n", name, value)
		}
	}
	field("slug", r.Slug)
	field("id", r.URI)
	field("status", string(r.Status))
	field("reason", r.Reason)
	field("language", r.Language)
	field("published", stamp(r.Published, site.Zone))
	if r.Updated.After(r.Published) {
		field("updated", stamp(r.Updated, site.Zone))
	}
	topics := strings.Join(r.Topics, ", ")
	if r.TopicsByHand {
		topics += " (chosen by hand)"
	}
	field("topics", topics)
	field("office", r.Office)
	field("authors", strings.Join(r.Authors, ", "))
	if r.Public() {
		field("page", site.ReleaseURL(r.Slug))
	}
	for _, rev := range revisions {
		field(fmt.Sprintf("revision %d", rev.Revision), dash(rev.Note))
	}
	fmt.Fprintf(w, "\n%s\n", r.Body.Text)
}

func (a *app) releaseTopics() *cobra.Command {
	var suggest bool
	cmd := &cobra.Command{
		Use:   "topics RELEASE [TOPIC...]",
		Short: "Choose a release's topics by hand, or see what the rules suggest",
		Long: "With topics, they become the release's, the most fitting first, and no rule touches them again. With --suggest, say which\n" +
			"topics the rules would give it, and change nothing.",
		Args: cobra.MinimumNArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			topics := r.Topics
			switch {
			case suggest && len(args) > 1:
				return usagef("--suggest changes nothing: leave it out to set topics")
			case suggest:
				all, err := h.db.Topics(ctx)
				if err != nil {
					return err
				}
				topics = tidings.SuggestTopics(all, &r, h.site.Zone)
			case len(args) > 1:
				topics = args[1:]
				if err := h.db.SetTopics(ctx, r.ID, topics, a.now(), actor()); err != nil {
					return err
				}
			}
			return a.show(append([]string{}, topics...), func(w io.Writer) { fmt.Fprintln(w, dash(strings.Join(topics, ", "))) })
		}),
	}
	cmd.Flags().BoolVar(&suggest, "suggest", false, "say what the rules suggest, and change nothing")
	return cmd
}

func (a *app) releasePublish() *cobra.Command {
	return &cobra.Command{
		Use:   "publish RELEASE",
		Short: "Make a draft or a scheduled release public now",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			switch r.Status {
			case tidings.Published:
				return tidings.Invalidf(r.Slug, "is public already")
			case tidings.Withdrawn:
				return tidings.Invalidf(r.Slug, "was withdrawn and stays so; publish the text as a new release")
			}
			if err := h.db.PublishNow(ctx, r.ID, a.now(), actor()); err != nil {
				return err
			}
			if r, err = h.release(ctx, args[0]); err != nil {
				return err
			}
			return a.show(lineOf(h.site, &r), func(w io.Writer) { fmt.Fprintf(w, "published  %s\n", h.site.ReleaseURL(r.Slug)) })
		}),
	}
}
