package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/fetch"
	"github.com/tidings/tidings/ingest"
)

func (a *app) sourceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "source", Short: "See and visit the feeds of other sites that are taken over"}
	cmd.AddCommand(a.sourceList(), a.sourcePoll())
	return cmd
}

// sourceLine is a source as machines are told of it.
type sourceLine struct {
	URL     string     `json:"url"`
	State   string     `json:"state"` // waiting, new, troubled or gone
	Moved   string     `json:"moved,omitempty"`
	Visited *time.Time `json:"visited,omitempty"`
	Next    *time.Time `json:"next,omitempty"`
	Trouble string     `json:"trouble,omitempty"`
}

func lineOfSource(s *tidings.Source) sourceLine {
	given := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	line := sourceLine{URL: s.URL, State: "waiting", Moved: s.Moved, Visited: given(s.Visited), Next: given(s.Next), Trouble: s.Trouble}
	switch {
	case !s.Gone.IsZero():
		line.State, line.Next = "gone", nil
	case s.Failures > 0:
		line.State = "troubled"
	case s.Visited.IsZero():
		line.State = "new"
	}
	return line
}

func (a *app) sourceList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the configured sources: when they last answered, when they are asked next, what is wrong",
		Args:  cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			known, err := h.sources(ctx)
			if err != nil {
				return err
			}
			return a.showSources(h, known)
		}),
	}
}

func (a *app) showSources(h *house, known []tidings.Source) error {
	lines := make([]sourceLine, len(known))
	rows := make([][]string, len(known))
	for i := range known {
		s := &known[i]
		lines[i] = lineOfSource(s)
		next := stamp(s.Next, h.site.Zone)
		if lines[i].Next == nil {
			next = "-"
		}
		rows[i] = []string{s.URL, lines[i].State, stamp(s.Visited, h.site.Zone), next, dash(s.Trouble)}
	}
	return a.show(lines, func(w io.Writer) { table(w, "SOURCE STATE VISITED NEXT TROUBLE", rows) })
}

func (a *app) sourcePoll() *cobra.Command {
	return &cobra.Command{
		Use:   "poll [URL]",
		Short: "Visit all configured sources now, or one of them, whenever their turn would be",
		Args:  cobra.MaximumNArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			known, err := h.sources(ctx)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				i := slices.IndexFunc(known, func(s tidings.Source) bool { return s.URL == args[0] })
				if i < 0 {
					return usagef("%s is no source in %s", args[0], a.configPath)
				}
				known = known[i : i+1]
			}
			poller, done := h.poller(a.now)
			defer done()
			troubled := false
			for i := range known {
				if s := &known[i]; s.Gone.IsZero() || len(args) > 0 { // who names it wants to know whether it is back
					if *s, err = poller.Visit(ctx, h.feedOf(s.URL), *s); err != nil {
						return err
					}
				}
				troubled = troubled || known[i].Trouble != ""
			}
			if err := errors.Join(ctx.Err(), a.showSources(h, known)); err != nil {
				return err
			}
			if troubled {
				return errPartial
			}
			return nil
		}),
	}
}

// sources is what is known of each configured source, in the order of the configuration.
func (h *house) sources(ctx context.Context) ([]tidings.Source, error) {
	stored, err := h.db.Sources(ctx)
	if err != nil {
		return nil, err
	}
	known := make([]tidings.Source, len(h.cfg.Sources))
	for i, c := range h.cfg.Sources {
		known[i] = tidings.Source{URL: c.URL}
		if at := slices.IndexFunc(stored, func(s tidings.Source) bool { return s.URL == c.URL }); at >= 0 {
			known[i] = stored[at]
		}
	}
	return known, nil
}

// sourceOf is the configuration of a source.
func (h *house) sourceOf(url string) config.Source {
	for _, c := range h.cfg.Sources {
		if c.URL == url {
			return c
		}
	}
	return config.Source{URL: url}
}

func (h *house) feedOf(url string) fetch.Feed {
	c := h.sourceOf(url)
	return fetch.Feed{URL: c.URL, Every: c.Every, Private: c.Private}
}

// poller visits the configured sources. done lets go of its connections.
func (h *house) poller(now func() time.Time) (p *fetch.Poller, done func()) {
	client := fetch.NewClient(h.site)
	p = &fetch.Poller{Client: client, Ledger: h.db, Now: now, Log: h.log}
	p.Take = func(ctx context.Context, v fetch.Visit) (fetch.Taken, error) { return h.take(ctx, client, v, now) }
	for _, c := range h.cfg.Sources {
		p.Feeds = append(p.Feeds, h.feedOf(c.URL))
	}
	return p, client.Close
}

// pollAgain is how long to wait when nothing is known of the sources, since the database fails.
const pollAgain = 5 * time.Second

// poll visits the configured sources until ctx ends, and forgets those that are configured no more. No fault ends it.
func (h *house) poll(ctx context.Context) {
	p, done := h.poller(time.Now)
	defer done()
	urls := make([]string, len(p.Feeds))
	for i, f := range p.Feeds {
		urls[i] = f.URL
	}
	for {
		err := h.db.KeepSources(ctx, urls, time.Now(), "configuration")
		if err == nil {
			err = p.Run(ctx)
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		h.log.Error("the sources cannot be visited yet", "error", err)
		rest(ctx, pollAgain)
	}
}

// take makes releases of what a source answered. The error is a feed that cannot be read, or a store that fails.
func (h *house) take(ctx context.Context, client fetch.Getter, v fetch.Visit, clock func() time.Time) (fetch.Taken, error) {
	now := clock()
	c := h.sourceOf(v.Feed.URL)
	var taken fetch.Taken
	topics, missing, err := h.inUse(ctx, c.Topics)
	if err != nil {
		return taken, err
	}
	opts := h.feedOptions(h.ingestOptions(), now)
	opts.URL, opts.Identity, opts.ContentType = v.Response.URL, c.URL, v.Response.ContentType
	opts.Rest = func(d time.Duration) { taken.Rest = d }
	opts.Stored = h.storedFor(ctx, false)
	h.showing(ctx, &opts, client, c.Private, clock)
	var troubles []string
	filing := ingest.ImportOptions{
		Now: now, Actor: "source: " + c.URL, Topics: topics, Archived: v.First && !c.MailFirst, ArchiveBefore: now.Add(-oldAge),
		Each: func(l ingest.Line) {
			if l.Err != nil {
				troubles = append(troubles, l.Err.Error())
			}
			for _, note := range l.Notes {
				if what, is := strings.CutPrefix(note, ingest.PictureNotTaken+": "); is {
					h.log.Info(ingest.PictureNotTaken, "source", c.URL, "release", l.Slug, "picture", what)
				}
			}
		},
	}
	if v.First && c.MailFirst {
		filing.ArchiveBefore = time.Time{}
	}
	items := ingest.Feed(bytes.NewReader(v.Response.Body), c.URL, opts)
	report, err := ingest.Import(ctx, h.db, h.site, dressed(items, c), filing)
	switch {
	case err != nil:
		return taken, err
	case report.Broken > 0 && report.Created+report.Changed+report.Same+report.Skipped == 0:
		return taken, errors.New(troubles[0])
	case report.Broken > 0:
		taken.Trouble = fmt.Sprintf("%s not taken, the first: %s", plural(report.Broken, "entry was", "entries were"), troubles[0])
	}
	if len(missing) > 0 {
		taken.Trouble = strings.TrimPrefix(taken.Trouble+"; there is no topic "+strings.Join(missing, ", "), "; ")
	}
	h.log.Info("visited a source", "source", c.URL, "created", report.Created, "changed", report.Changed, "broken", report.Broken)
	return taken, nil
}

// inUse parts slugs into those of topics in use and others.
func (h *house) inUse(ctx context.Context, slugs []string) (known, missing []string, err error) {
	topics, err := h.db.Topics(ctx)
	for _, slug := range slugs {
		if slices.ContainsFunc(topics, func(t tidings.Topic) bool { return t.Slug == slug && t.Ended.IsZero() }) {
			known = append(known, slug)
		} else {
			missing = append(missing, slug)
		}
	}
	return known, missing, err
}

// dressed gives the releases what the configuration says of their source.
func dressed(items iter.Seq[ingest.Item], c config.Source) iter.Seq[ingest.Item] {
	return func(yield func(ingest.Item) bool) {
		for item := range items {
			if c.Language != "" {
				item.Release.Language = c.Language
			}
			if c.Office != "" {
				item.Release.Office = c.Office
			}
			if !yield(item) {
				return
			}
		}
	}
}

// checkSources tells of what is wrong with the sources, as far as the last visits showed it.
func (h *house) checkSources(ctx context.Context) error {
	known, err := h.sources(ctx)
	faults := []error{err}
	for i := range known {
		if err := fetch.CheckURL(known[i].URL); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", known[i].URL, err))
		}
		if s := &known[i]; !s.Gone.IsZero() {
			faults = append(faults, tidings.Invalidf(s.URL, "is gone for good since %s: take it out of the configuration", stamp(s.Gone, h.site.Zone)))
		}
		_, missing, err := h.inUse(ctx, h.cfg.Sources[i].Topics)
		if faults = append(faults, err); len(missing) > 0 {
			faults = append(faults, tidings.Invalidf(known[i].URL, "there is no topic %s: see `tidings topic list`", strings.Join(missing, ", ")))
		}
	}
	return errors.Join(faults...)
}
