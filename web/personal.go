package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
)

// Personal knows the feeds of subscribers. FeedOf gives ErrBadToken for a token that is not ours, was reset, or belongs to somebody who
// is no subscriber any more.
type Personal interface {
	FeedOf(ctx context.Context, token string) (tidings.PersonalFeed, error)
}

// personalFeed serves what one subscriber chose. The URL is the key to it, and who has no key learns nothing. It is looked up each time,
// so that nobody reads on with a token that was reset.
func (s *site) personalFeed(w http.ResponseWriter, r *http.Request) error {
	token, format, err := split(r.PathValue("file"))
	if err != nil {
		return err
	}
	if s.Personal == nil {
		return tidings.ErrNotFound
	}
	p, err := s.Personal.FeedOf(r.Context(), token)
	switch {
	case errors.Is(err, tidings.ErrBadToken):
		return tidings.ErrNotFound // and no word of leaving
	case err != nil:
		return err
	}
	if canonical := s.Site.PersonalFeedURL(token, format); !s.isJustAt(r, canonical) {
		return &movedError{to: canonical}
	}
	f, some := p.Selects()
	key := string(format) + " " + s.Site.PersonalFeedURI(token) + " " + p.Language + " " + f.String()
	v, err := s.found(r.Context(), &s.personal, key, format, func(ctx context.Context) (*feed.Channel, []byte, error) {
		ch := &feed.Channel{Site: s.Site, Personal: token, Language: p.Language}
		if some {
			if err := s.feeds.search(ctx, ch, f); err != nil {
				return nil, nil, err
			}
		}
		json, err := s.feeds.finish(ctx, ch)
		return ch, json, err
	})
	if err != nil {
		return err
	}
	v.serve(w, r, ofPersonal, s.Now())
	return nil
}
