package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

func (a *app) releaseExplain() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "explain RELEASE",
		Short: "Say where a release is visible, and who gets it by mail",
		Long: "Say where a release is visible, or will be and from which instant; and how many readers of each cadence have it, will get it with\n" +
			"which digest, or won't and why. No address is ever shown. With --subscriber, say what becomes of it for one person.",
		Example: "  tidings release explain steel-talks\n  tidings release explain steel-talks --subscriber kim@example.org",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			if address != "" {
				told, err := h.explainTo(ctx, &r, address, a.now())
				if err != nil {
					return err
				}
				return a.show(told, func(w io.Writer) { told.print(w, h.site.Zone) })
			}
			told, err := h.explain(ctx, &r, a.now())
			if err != nil {
				return err
			}
			return a.show(told, func(w io.Writer) { told.print(w, h.site) })
		}),
	}
	cmd.Flags().StringVar(&address, "subscriber", "", "the `address` of the one person to explain it for")
	return cmd
}

// explanation is what machines are told.
type explanation struct {
	releaseLine
	Visible   string          `json:"visible"`             // "nowhere", "not yet", "everywhere" or "withdrawn"
	Zone      string          `json:"zone"`                // of the times that people read
	Places    []place         `json:"places"`              // where it is, or will be
	Successor string          `json:"successor,omitempty"` // page of what took its place
	Archived  bool            `json:"archived"`            // public, but never mailed
	Readers   []cadenceReader `json:"readers"`
}

// place is one where the public finds a release.
type place struct {
	Kind string `json:"kind"`
	URL  string `json:"url"`
}

func (h *house) explain(ctx context.Context, r *tidings.Release, now time.Time) (*explanation, error) {
	e := &explanation{releaseLine: lineOf(h.site, r), Zone: h.site.Zone.String(), Places: []place{}}
	switch {
	case r.Public():
		e.Visible = "everywhere"
	case r.Status == tidings.Scheduled:
		e.Visible = "not yet"
	case r.Status == tidings.Withdrawn && r.Seq > 0:
		e.Visible = "withdrawn"
	default:
		e.Visible = "nowhere"
	}
	if r.Successor != "" {
		e.Successor = h.site.ReleaseURL(r.Successor)
	}
	var err error
	if e.Visible != "nowhere" {
		if e.Places, err = h.places(ctx, r); err != nil {
			return nil, err
		}
	}
	e.Readers, e.Archived, err = h.readership(ctx, r, now)
	return e, err
}

// places are all where a release is found. Of a withdrawn one the old addresses are left: they lead to its page.
func (h *house) places(ctx context.Context, r *tidings.Release) ([]place, error) {
	all := []place{{"page", h.site.ReleaseURL(r.Slug)}}
	if r.Status != tidings.Withdrawn {
		listed, err := h.listed(ctx, r)
		if err != nil {
			return nil, err
		}
		all = append(all, listed...)
	}
	revisions, err := h.db.Revisions(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	old := []string{r.Slug}
	for i := range revisions {
		if slug := revisions[i].Slug; !slices.Contains(old, slug) {
			old = append(old, slug)
			all = append(all, place{"old path", h.site.ReleaseURL(slug)})
		}
	}
	for _, path := range r.Aliases {
		all = append(all, place{"old path", h.site.URL() + strings.TrimPrefix(path, "/")})
	}
	return all, nil
}

// listed are the places that list a release, or lead to it.
func (h *house) listed(ctx context.Context, r *tidings.Release) ([]place, error) {
	topics, err := h.db.Topics(ctx)
	if err != nil {
		return nil, err
	}
	var lists, feeds []place
	for _, sel := range selections(h.site, topics) {
		if !shows(sel, r) {
			continue
		}
		lists = append(lists, place{"list", h.site.SelectionURL(sel)})
		for _, format := range tidings.FeedFormats() {
			feeds = append(feeds, place{"feed", h.site.FeedURL(sel, format)})
		}
	}
	day := r.Published.In(h.site.Zone)
	all := append(lists, place{"archive", h.site.ArchiveURL(day.Year(), day.Month())})
	if r.Office != "" {
		all = append(all, place{"office", h.site.SelectionURL(tidings.Selection{Office: r.Office})})
	}
	all = append(append(all, feeds...), place{"search", h.site.SearchURL(r.Title)}, place{"sitemap", h.site.SitemapURL()})
	alternates, err := h.db.Alternates(ctx, r.ID)
	for _, alt := range alternates {
		all = append(all, place{"linked from", h.site.ReleaseURL(alt.Slug)})
	}
	return all, err
}

func (e *explanation) print(w io.Writer, site *tidings.Site) {
	fmt.Fprintf(w, "%s\n\n", e.Title)
	field := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-11s %s\n", name, fmt.Sprintf(format, args...))
	}
	switch e.Visible {
	case "everywhere":
		field("visible", "everywhere, since %s (%s)", second(*e.Published, site.Zone), e.Zone)
	case "not yet":
		field("visible", "from %s (%s) on, and nowhere before", second(*e.Published, site.Zone), e.Zone)
	case "withdrawn":
		field("visible", "no more: its page answers 410 and says why; feeds say that it was withdrawn")
		field("reason", "%s", dash(e.Reason))
		field("successor", "%s", dash(e.Successor))
	default:
		field("visible", "nowhere: it is %s, and nobody outside hears of it", e.Status)
	}
	last := ""
	for _, p := range e.Places {
		name := p.Kind
		if name == last {
			name = ""
		}
		field(name, "%s", p.URL)
		last = p.Kind
	}
	printReaders(w, e, site.Zone)
}
