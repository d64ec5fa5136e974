package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
)

// feedOfFilter serves the feed of what a filter selects, at the one spelling of its URL. What people write as words is read as
// they mean it, as a search is.
func (s *site) feedOfFilter(w http.ResponseWriter, r *http.Request, format tidings.FeedFormat) error {
	f, problem := understood(strings.TrimSpace(strings.ToValidUTF8(r.URL.Query().Get("q"), "")))
	if problem != "" {
		return tidings.ErrNotFound
	}
	sel, ok := s.selectionOf(f)
	if !ok {
		return tidings.ErrNotFound
	}
	admit := func() error {
		topics, err := s.Library.Topics(r.Context())
		if err != nil {
			return err
		}
		return stands(f, topics)
	}
	if canonical := s.Site.FeedURL(sel, format); !s.isJustAt(r, canonical) {
		if err := admit(); err != nil {
			return err
		}
		return &movedError{to: canonical}
	}
	v, err := s.found(r.Context(), &s.filters, string(format)+" "+sel.Query, format, func(ctx context.Context) (*feed.Channel, []byte, error) {
		if err := admit(); err != nil {
			return nil, nil, err
		}
		return s.feeds.channel(ctx, sel)
	})
	if err != nil {
		return err
	}
	w.Header().Set("X-Robots-Tag", "noindex")
	v.serve(w, r, ofFeeds, s.Now())
	return nil
}

// isJustAt reports whether the request is for the URL, octet by octet but for escapes in its path.
func (s *site) isJustAt(r *http.Request, canonical string) bool {
	_, query, _ := strings.Cut(canonical, "?")
	return s.isAt(r, canonical) && r.URL.RawQuery == query && !r.URL.ForceQuery
}

// selectionOf is what a filter selects, as its feed and its subscription are asked for: a topic or a language where it is one of
// these alone. Not ok: it has no feed, since its canonical text is longer than a search may be.
func (s *site) selectionOf(f tidings.Filter) (sel tidings.Selection, ok bool) {
	if i, plain := f.Interest(); plain && len(i.Words) == 0 {
		switch {
		case len(i.Topics) == 0 && len(i.Languages) == 0:
			return tidings.Selection{}, true
		case len(i.Topics) == 1 && len(i.Languages) == 0:
			return tidings.Selection{Topic: i.Topics[0]}, true
		case len(i.Topics) == 0 && len(i.Languages) == 1:
			if sel, err := s.languageOf(i.Languages[0]); err == nil {
				return sel, true
			}
		}
	}
	return tidings.Selection{Query: f.String()}, utf8.RuneCountInString(f.String()) <= maxQuery
}

// stands: whether there is a feed of the filter. One that names a topic that never was is not found; one that can select nothing any
// more, since topics have ended, is gone.
func stands(f tidings.Filter, topics []tidings.Topic) error {
	if len(unknown(f, topics)) > 0 {
		return tidings.ErrNotFound
	}
	rest, asked := f, f.Topics()
	for i := range topics {
		t := &topics[i]
		if t.Ended.IsZero() || !slices.Contains(asked, t.Slug) {
			continue
		}
		var left bool
		if rest, left = rest.WithoutTopic(t.Slug); !left {
			return &goneError{topic: t}
		}
	}
	return nil
}

// found gives a feed that had to be searched for: as it is kept at the mark of everything, or made anew. Searches are few at once, and
// these are among them.
func (s *site) found(
	ctx context.Context, kept *pantry[*version], key string, format tidings.FeedFormat,
	search func(context.Context) (*feed.Channel, []byte, error),
) (*version, error) {
	mark, err := s.marks.current(ctx, s.Library)
	if err != nil {
		return nil, err
	}
	return kept.take(ctx, key, mark, func() (v *version, octets int, err error) {
		err = s.searching(ctx, func(ctx context.Context) error {
			ch, json, err := search(ctx)
			if err != nil {
				return err
			}
			body, err := rendered(ch, json, format)
			if err != nil {
				return err
			}
			var before time.Time
			if old, ok := kept.shelf.last(key); ok {
				before = old.modified
			}
			v = newVersion(format.MediaType(), body, changed(mark, s.Since, before, s.Now())).zipped()
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		return v, len(key) + v.octets(), nil
	})
}

// searching waits for one of the places of searches, and leaves it free in the end.
func (s *site) searching(ctx context.Context, search func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, searchPatience)
	defer cancel()
	select {
	case s.searches <- struct{}{}:
		defer func() { <-s.searches }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return search(ctx)
}
