package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/tidings/tidings"
)

// Feed is what a Poller visits.
type Feed struct {
	URL     string
	Every   time.Duration // how often, when nothing speaks against it; at least a minute
	Private bool          // may lead into a private network
}

// Ledger keeps what is known of sources.
type Ledger interface {
	Sources(ctx context.Context) ([]tidings.Source, error)
	SaveSource(ctx context.Context, s tidings.Source) error
}

// Getter is a Client, or what stands for one in a test.
type Getter interface {
	Get(ctx context.Context, r Request, now time.Time) (*Response, error)
}

// Visit is what a feed answered, for the one who makes releases of it.
type Visit struct {
	Feed     Feed
	Response *Response
	First    bool // it has never answered before: what is in it is its archive
}

// Taken is what became of a visit.
type Taken struct {
	Rest    time.Duration // how long the feed itself asks to be left alone (ttl); 0: it does not say
	Trouble string        // what was left out and why, in a line; empty: nothing
}

// Poller visits feeds.
type Poller struct {
	Feeds  []Feed
	Client Getter
	Ledger Ledger
	// Take makes releases of what a feed answered. An error is a feed that can't be read, or releases that can't be stored.
	Take func(ctx context.Context, v Visit) (Taken, error)
	Now  func() time.Time
	Log  *slog.Logger
}

// accept asks for feeds first and takes what comes.
const accept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"

// atOnce is how many hosts are asked at one time.
const atOnce = 4

// Run visits each feed when its time comes, until ctx ends. Of a host, one feed at a time.
func (p *Poller) Run(ctx context.Context) error {
	known, err := p.known(ctx)
	switch {
	case stopped(ctx):
		return nil
	case err != nil:
		return err
	}
	turn := semaphore.NewWeighted(atOnce)
	var group errgroup.Group
	for _, feeds := range byHost(p.Feeds) {
		group.Go(func() error {
			p.tend(ctx, feeds, known, turn)
			return nil
		})
	}
	return group.Wait()
}

// stopped: what went wrong then is no fault of a feed.
func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// known is what the ledger says of the feeds, by URL; of a feed that it has never heard of, the beginning.
func (p *Poller) known(ctx context.Context) (map[string]tidings.Source, error) {
	sources, err := p.Ledger.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	known := map[string]tidings.Source{}
	for _, f := range p.Feeds {
		known[f.URL] = tidings.Source{URL: f.URL}
	}
	for _, s := range sources {
		known[s.URL] = s
	}
	return known, nil
}

// byHost are the feeds of each host, in their order.
func byHost(feeds []Feed) map[string][]Feed {
	hosts := map[string][]Feed{}
	for _, f := range feeds {
		host := f.URL
		if u, err := url.Parse(f.URL); err == nil {
			host = u.Hostname()
		}
		hosts[host] = append(hosts[host], f)
	}
	return hosts
}

// tend visits the feeds of one host, one after the other.
func (p *Poller) tend(ctx context.Context, feeds []Feed, known map[string]tidings.Source, turn *semaphore.Weighted) {
	state := map[string]tidings.Source{} // known is shared with the other hosts
	for _, f := range feeds {
		state[f.URL] = known[f.URL]
	}
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		f, ok := earliest(feeds, state)
		if !ok {
			return // all are gone
		}
		alarm.Reset(max(state[f.URL].Next.Sub(p.Now()), 0))
		select {
		case <-ctx.Done():
			return
		case <-alarm.C:
		}
		if turn.Acquire(ctx, 1) != nil {
			return
		}
		next, err := p.Visit(ctx, f, state[f.URL])
		turn.Release(1)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			p.Log.Error("keeping what a source answered", "source", f.URL, "error", err)
		}
		state[f.URL] = next
	}
}

// earliest is the feed whose turn it is first; false: none is left.
func earliest(feeds []Feed, state map[string]tidings.Source) (first Feed, ok bool) {
	for _, f := range feeds {
		s := state[f.URL]
		if s.Gone.IsZero() && (!ok || s.Next.Before(state[first.URL].Next)) {
			first, ok = f, true
		}
	}
	return first, ok
}

// Visit asks for one feed now, whenever its turn would be and even if it was gone, and keeps and gives what is known of it then.
// The error is one of the ledger; what is wrong with the feed stands in the source's Trouble.
func (p *Poller) Visit(ctx context.Context, f Feed, s tidings.Source) (tidings.Source, error) {
	at := f.URL
	if s.Moved != "" {
		at = s.Moved
	}
	answer, err := p.Client.Get(ctx, Request{
		URL: at, ETag: s.ETag, LastModified: s.LastModified, Accept: accept, Private: f.Private,
	}, p.Now())
	next := s
	if err == nil {
		next, err = p.heed(ctx, f, s, answer)
	}
	switch {
	case stopped(ctx):
		return s, nil // as if it had not been asked
	case err != nil:
		next = p.failed(f, s, answer, err)
	}
	return next, p.Ledger.SaveSource(ctx, next)
}

// heed does what an answer calls for. The error is why it is none that a feed should give.
func (p *Poller) heed(ctx context.Context, f Feed, s tidings.Source, answer *Response) (tidings.Source, error) {
	now := p.Now()
	rest := answer.Wait
	s.Trouble = ""
	switch answer.Status {
	case http.StatusNotModified:
	case http.StatusOK:
		taken, err := p.Take(ctx, Visit{Feed: f, Response: answer, First: s.Visited.IsZero()})
		if err != nil {
			return s, err
		}
		rest = max(rest, min(taken.Rest, longestFresh))
		s.ETag, s.LastModified, s.Trouble = answer.ETag, answer.LastModified, taken.Trouble
		if answer.Moved != "" && answer.Moved != s.Moved {
			p.Log.Info("a source has moved", "source", f.URL, "to", answer.Moved)
			s.Moved = answer.Moved
		}
	case http.StatusGone:
		p.Log.Warn("a source is gone for good and is not asked again: take it out of the configuration", "source", f.URL)
		s.Gone, s.Trouble = now, "410: it is gone for good"
		return s, nil
	default:
		return s, fmt.Errorf("it answered %d %s", answer.Status, http.StatusText(answer.Status))
	}
	s.Visited, s.Failures, s.Gone = now, 0, time.Time{}
	s.Next = now.Add(spread(f.URL, max(f.Every, rest)))
	return s, nil
}

// strayed is after how many failures in a row a feed is sought where it was before it moved.
const strayed = 4

// failed puts the next visit off, and longer each time.
func (p *Poller) failed(f Feed, s tidings.Source, answer *Response, err error) tidings.Source {
	s.Failures++
	s.Trouble = err.Error()
	if invalid := (*tidings.InvalidError)(nil); errors.As(err, &invalid) {
		s.Trouble = invalid.Error()
	}
	if s.Failures%strayed == 0 {
		s.Moved, s.ETag, s.LastModified = "", "", ""
	}
	rest := backOff(f.Every, s.Failures)
	if answer != nil {
		rest = max(rest, answer.Wait)
	}
	s.Next = p.Now().Add(spread(f.URL, rest))
	p.Log.Warn("a source could not be read", "source", f.URL, "trouble", s.Trouble, "failures", s.Failures, "next", s.Next)
	return s
}
