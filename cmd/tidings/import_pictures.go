package main

import (
	"context"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/fetch"
	"github.com/tidings/tidings/ingest"
)

// showing lets the entries of a feed bring their pictures, which are asked for until ctx ends.
func (h *house) showing(ctx context.Context, opts *ingest.FeedOptions, client fetch.Getter, private bool, now func() time.Time) {
	pictures := fetch.NewPictures(client, private, now)
	opts.Picture = func(address string) ([]byte, error) { return pictures.Get(ctx, address) }
}

// storedFor looks up what is stored of an entry. With again, an entry that has no picture here counts as a new one, so that those
// that could not be had are asked for once more.
func (h *house) storedFor(ctx context.Context, again bool) func(source string) (tidings.Release, error) {
	return func(source string) (tidings.Release, error) {
		r, err := h.db.Sourced(ctx, source)
		if err == nil && again && len(r.Files) == 0 && r.Status != tidings.Withdrawn {
			return tidings.Release{}, tidings.ErrNotFound
		}
		return r, err
	}
}
