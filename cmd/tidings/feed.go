package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
	"github.com/tidings/tidings/web"
)

func (a *app) feedCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "feed", Short: "List the feeds, and print one as it is served"}
	cmd.AddCommand(a.feedList(), a.feedShow())
	return cmd
}

// feedLine is a feed as machines are told of it.
type feedLine struct {
	Selection string `json:"selection"`
	Title     string `json:"title"`
	RSS       string `json:"rss"`
	Atom      string `json:"atom"`
	JSON      string `json:"json"`
}

func (a *app) feedList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the feeds with their URLs",
		Args:  cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			topics, err := h.db.Topics(ctx)
			if err != nil {
				return err
			}
			var lines []feedLine
			for _, sel := range selections(h.site, topics) {
				lines = append(lines, feedLine{
					Selection: nameOf(sel), Title: feed.Title(h.site, sel, topics, ""),
					RSS: h.site.FeedURL(sel, tidings.RSS), Atom: h.site.FeedURL(sel, tidings.Atom), JSON: h.site.FeedURL(sel, tidings.JSON),
				})
			}
			return a.show(lines, func(w io.Writer) {
				rows := make([][]string, len(lines))
				for i, l := range lines {
					rows[i] = []string{l.Selection, l.Atom}
				}
				table(w, "FEED ATOM", rows)
				fmt.Fprintln(w, "\nEnd the URL in .rss or .json for the other formats. All of them:", h.site.OPMLURL())
			})
		}),
	}
}

// selections are all that have feeds: everything, the topics in use, the languages.
func selections(site *tidings.Site, topics []tidings.Topic) []tidings.Selection {
	sels := []tidings.Selection{{}}
	for i := range topics {
		if topics[i].Ended.IsZero() {
			sels = append(sels, tidings.Selection{Topic: topics[i].Slug})
		}
	}
	for _, l := range site.Languages {
		sels = append(sels, tidings.Selection{Language: l})
	}
	return sels
}

func nameOf(sel tidings.Selection) string {
	if sel == (tidings.Selection{}) {
		return "all"
	}
	return sel.Filter()
}

func (a *app) feedShow() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "show [FEED]",
		Short:   "Print a feed as it is served: all (the default), topic:SLUG or lang:LANGUAGE",
		Example: "  tidings feed show topic:energy --format rss",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			f := tidings.FeedFormat(format)
			if !slices.Contains(tidings.FeedFormats(), f) {
				return usagef("there is no format %q: atom, rss or json", format)
			}
			topics, err := h.db.Topics(ctx)
			if err != nil {
				return err
			}
			name := "all"
			if len(args) > 0 {
				name = args[0]
			}
			all := selections(h.site, topics)
			i := slices.IndexFunc(all, func(s tidings.Selection) bool { return nameOf(s) == name })
			if i < 0 {
				known := make([]string, len(all))
				for i, s := range all {
					known[i] = nameOf(s)
				}
				return usagef("there is no feed %q: %s", name, strings.Join(known, ", "))
			}
			body, err := web.Feed(ctx, h.db, h.db, h.db, h.site, all[i], f)
			if err != nil {
				return err
			}
			_, err = a.out.Write(body)
			return err
		}),
	}
	cmd.Flags().StringVar(&format, "format", string(tidings.Atom), "atom, rss or json")
	return cmd
}
