package web

import (
	"context"
	"slices"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
)

// maker makes feeds of what is public.
type maker struct {
	library  Library
	stacks   Stacks
	searcher Searcher
	site     *tidings.Site
}

// Feed renders one feed as it is served.
func Feed(
	ctx context.Context, lib Library, stacks Stacks, searcher Searcher, site *tidings.Site, sel tidings.Selection,
	format tidings.FeedFormat,
) ([]byte, error) {
	m := &maker{library: lib, stacks: stacks, searcher: searcher, site: site}
	ch, json, err := m.channel(ctx, sel)
	if err != nil {
		return nil, err
	}
	return rendered(ch, json, format)
}

// rendered is the channel in a format, of which its JSON Feed is there already.
func rendered(ch *feed.Channel, json []byte, format tidings.FeedFormat) ([]byte, error) {
	if format == tidings.JSON {
		return json, nil
	}
	return feed.Render(format, ch)
}

// channel gathers what all formats of a selection's feed show, and gives its JSON Feed, which had to be measured.
func (m *maker) channel(ctx context.Context, sel tidings.Selection) (ch *feed.Channel, json []byte, err error) {
	ch = &feed.Channel{Site: m.site, Selection: sel}
	if sel.Query != "" {
		f, err := tidings.ParseFilter(sel.Query)
		if err == nil {
			err = m.search(ctx, ch, f)
		}
		if err != nil {
			return nil, nil, err
		}
	} else if err := m.list(ctx, ch); err != nil {
		return nil, nil, err
	}
	json, err = m.finish(ctx, ch)
	return ch, json, err
}

// list fills in what a selection shows of which the library has a list.
func (m *maker) list(ctx context.Context, ch *feed.Channel) (err error) {
	ch.Releases, err = m.library.Releases(ctx, tidings.Query{Selection: ch.Selection, Limit: maxReleases})
	if err != nil {
		return err
	}
	ch.Withdrawn, err = m.stacks.Withdrawn(ctx, ch.Selection, maxWithdrawn)
	oldest := reach(ch.Releases)
	ch.Withdrawn = slices.DeleteFunc(ch.Withdrawn, func(t tidings.Tombstone) bool { return t.Published.Before(oldest) })
	return err
}

// search fills in what a filter selects.
func (m *maker) search(ctx context.Context, ch *feed.Channel, f tidings.Filter) error {
	hits, err := m.searcher.Search(ctx, f, m.site.Zone, maxReleases, 0)
	if err != nil {
		return err
	}
	ch.Releases = hits.Releases
	ch.Withdrawn, err = m.searcher.WithdrawnBy(ctx, f, m.site.Zone, reach(ch.Releases), maxWithdrawn)
	return err
}

// reach is how far back a feed of these releases goes: what was withdrawn stands in it when it would stand among them. Zero: to the
// first that ever was, since nothing was cut off.
func reach(releases []tidings.Release) time.Time {
	if len(releases) < maxReleases {
		return time.Time{}
	}
	return releases[len(releases)-1].Published
}

// finish fills in the rest, and cuts off what is too much. Topics that have ended are left out, as on pages.
func (m *maker) finish(ctx context.Context, ch *feed.Channel) (json []byte, err error) {
	topics, err := m.library.Topics(ctx)
	if err != nil {
		return nil, err
	}
	ch.Topics, ch.Alternates = inUse(topics), map[int64][]tidings.Alternate{}
	for i := range ch.Releases {
		r := &ch.Releases[i]
		withoutEnded(r, ch.Topics)
		if r.Translation == "" {
			continue
		}
		if ch.Alternates[r.ID], err = m.stacks.Alternates(ctx, r.ID); err != nil {
			return nil, err
		}
	}
	return feed.Fit(ch, maxOctets)
}
