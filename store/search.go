package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
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
			SELECT `+releaseColumns+` FROM search_rows s JOIN public_releases r ON r.id = s.release_id`+current+`
			WHERE s.rowid IN (SELECT value FROM json_each(?)) ORDER BY s.rowid DESC`, page)
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
	query, args := `SELECT rowid FROM search_rows WHERE rowid BETWEEN ? AND ? ORDER BY rowid DESC`, []any{from, until}
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

// rowsOfInstant is how many bits of a row's number tell apart the releases of one instant, whose milliseconds stand above
// them. Instants before the year 855 and after 3084 count as these.
const (
	rowsOfInstant = 18
	highestRow    = math.MaxInt64
	lowestRow     = math.MinInt64
)

// rowOf is the first row for releases of an instant.
func rowOf(published time.Time) int64 {
	return min(max(published.UnixMilli(), lowestRow>>rowsOfInstant), highestRow>>rowsOfInstant) << rowsOfInstant
}

// index makes the index follow the public changes of the transaction: once each, at its end, when nothing can be undone. FTS5
// gathers words in memory for as long as their rows ascend and no other statement comes between that might be undone alone;
// else it writes them down one release after another. So every release has its row before the first words.
func (tx *tx) index(ctx context.Context) error {
	done := map[int64]bool{}
	at := map[int64]int64{} // releases by their rows
	for _, id := range tx.changed {
		if done[id] {
			continue
		}
		done[id] = true
		row, err := tx.rowFor(ctx, id)
		switch {
		case errors.Is(err, sql.ErrNoRows): // not public, or undone since
			err = tx.unindex(ctx, id)
		case err == nil:
			at[row] = id
		}
		if err != nil {
			return err
		}
	}
	for _, row := range slices.Sorted(maps.Keys(at)) {
		r, err := releaseByID(ctx, tx, at[row])
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx,
			`INSERT OR REPLACE INTO search (rowid, words) VALUES (?, ?)`, row, wordsOf(&r)); err != nil {
			return err
		}
	}
	return nil
}

// rowFor is the row of a public release, a new one if it has none; sql.ErrNoRows: the release is not public.
func (tx *tx) rowFor(ctx context.Context, id int64) (int64, error) {
	var published int64
	var row sql.NullInt64
	err := tx.QueryRowContext(ctx, `
		SELECT r.published, s.rowid FROM public_releases r LEFT JOIN search_rows s ON s.release_id = r.id
		WHERE r.id = ?`, id).Scan(&published, &row)
	if err != nil || row.Valid {
		return row.Int64, err
	}
	first := rowOf(time.UnixMilli(published))
	err = tx.QueryRowContext(ctx, `
		INSERT INTO search_rows (rowid, release_id)
		SELECT coalesce(max(rowid) + 1, ?1), ?3 FROM search_rows WHERE rowid BETWEEN ?1 AND ?2 RETURNING rowid`,
		first, first+1<<rowsOfInstant-1, id).Scan(&row)
	return row.Int64, err
}

func (tx *tx) unindex(ctx context.Context, id int64) error {
	for _, statement := range []string{
		`DELETE FROM search WHERE rowid = (SELECT rowid FROM search_rows WHERE release_id = ?)`,
		`DELETE FROM search_rows WHERE release_id = ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}

// indexDue brings what is public but not in the index there, so many in one transaction.
func (db *DB) indexDue(ctx context.Context) error {
	const atOnce = 500
	for left := true; left; {
		if err := db.readers.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM search_due)`).Scan(&left); err != nil || !left {
			return explain(err)
		}
		err := db.write(ctx, time.Time{}, "", func(tx *tx) (err error) {
			tx.changed, err = list(ctx, tx, scanID, `
				SELECT r.id FROM search_due d JOIN releases r ON r.id = d.release_id ORDER BY r.published, r.seq LIMIT ?`, atOnce)
			if err != nil {
				return err
			}
			done, err := json.Marshal(tx.changed)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx,
				`DELETE FROM search_due WHERE release_id IN (SELECT value FROM json_each(?))`, string(done))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func scanID(row *sql.Rows) (id int64, err error) { return id, row.Scan(&id) }
