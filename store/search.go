package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// Search gives the public releases that the filter selects, newest first; after: and before: count days of the zone. More
// hits than maxCounted are counted only as far as the page asked for needs it.
func (db *DB) Search(
	ctx context.Context, f tidings.Filter, zone *time.Location, limit, offset int,
) (hits tidings.Hits, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		page, err := found(ctx, q, f, zone, limit, offset, &hits)
		if err != nil {
			return err
		}
		hits.Releases, err = list(ctx, q, scanReleases, `
			SELECT `+releaseColumns+` FROM public_rows p JOIN public_releases r ON r.id = p.release_id`+current+`
			WHERE p.row IN (SELECT value FROM json_each(?)) ORDER BY p.row DESC`, page)
		return err
	})
	// The index proposes, the filter decides.
	proposed := hits.Releases
	hits.Releases = hits.Releases[:0]
	for i := range proposed {
		if f.Match(&proposed[i], zone) {
			hits.Releases = append(hits.Releases, proposed[i])
		}
	}
	hits.Total -= len(proposed) - len(hits.Releases)
	return hits, err
}

// maxCounted is how many hits are counted for certain. A row of the index is looked at for each, never a text.
const maxCounted = 1000

// found counts what the index finds, and gives the rows of the page that was asked for as JSON.
func found(
	ctx context.Context, q querier, f tidings.Filter, zone *time.Location, limit, offset int, hits *tidings.Hits,
) (string, error) {
	page := []int64{}
	most := max(maxCounted, offset+limit)
	for _, span := range f.Spans() {
		err := eachRow(ctx, q, span, zone, func(row int64) bool {
			if hits.Total == most {
				hits.More = true
				return false
			}
			if hits.Total >= offset && len(page) < limit {
				page = append(page, row)
			}
			hits.Total++
			return true
		})
		if err != nil {
			return "", err
		}
		if hits.More {
			break
		}
	}
	rows, err := json.Marshal(page)
	return string(rows), err
}

// eachRow gives the rows of the index that a span asks for, the newest first, for as long as more of them are wanted.
func eachRow(ctx context.Context, q querier, span tidings.Span, zone *time.Location, more func(int64) bool) (err error) {
	// A day of any zone begins less than a day before or after that of UTC.
	from, until := int64(lowestRow), int64(highestRow)
	if span.From != 0 {
		from = rowOf(midnight(span.From).AddDate(0, 0, -1))
	}
	if span.Until != 0 {
		until = rowOf(midnight(span.Until).AddDate(0, 0, 1))
	}
	query, args := `SELECT row FROM public_rows WHERE row BETWEEN ? AND ? ORDER BY row DESC`, []any{from, until}
	if span.Clause.Kind != tidings.Anything {
		query = `SELECT rowid FROM search WHERE rowid BETWEEN ? AND ? AND search MATCH ? ORDER BY rowid DESC`
		args = append(args, expression(span.Clause))
	}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var row int64
		if err := rows.Scan(&row); err != nil {
			return err
		}
		if isWithin(row, span, zone) && !more(row) {
			return nil
		}
	}
	return rows.Err()
}

func isWithin(row int64, span tidings.Span, zone *time.Location) bool {
	if span.From == 0 && span.Until == 0 {
		return true
	}
	y, m, d := time.UnixMilli(row >> rowsOfInstant).In(zone).Date()
	day := y*10000 + int(m)*100 + d
	return day >= span.From && (span.Until == 0 || day < span.Until)
}

func midnight(day int) time.Time {
	return time.Date(day/10000, time.Month(day/100%100), day%100, 0, 0, 0, 0, time.UTC)
}
