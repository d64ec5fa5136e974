package store

import (
	"context"
	"time"

	"github.com/tidings/tidings"
)

// Search gives the public releases that the filter selects, newest first; after: and before: count days of the zone.
func (db *DB) Search(
	ctx context.Context, f tidings.Filter, zone *time.Location, limit, offset int,
) (tidings.Hits, error) {
	all, err := db.Releases(ctx, tidings.Query{})
	if err != nil {
		return tidings.Hits{}, err
	}
	var hits tidings.Hits
	for i := range all {
		if !f.Match(&all[i], zone) {
			continue
		}
		if hits.Total++; hits.Total > offset && len(hits.Releases) < limit {
			hits.Releases = append(hits.Releases, all[i])
		}
	}
	return hits, nil
}
