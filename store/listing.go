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

// listKey names the list of a selection; "" is that of all.
func listKey(sel tidings.Selection) string {
	if sel.Office != "" {
		return officeList + sel.Office
	}
	return sel.Filter()
}

// officeList begins the names of offices' lists. officeListEnd comes after all of them.
const (
	officeList    = "office:"
	officeListEnd = "office;"
)

// list makes the lists and the index of search follow the public changes of the transaction: once each, at its end, when
// nothing can be undone. FTS5 gathers words in memory for as long as their rows ascend and no other statement comes between
// that might be undone alone; else it writes them down one release after another. So every release has its row before
// the first words.
func (tx *tx) list(ctx context.Context) error {
	done := map[int64]bool{}
	at := map[int64]int64{} // releases by their rows
	for _, id := range tx.changed {
		if done[id] {
			continue
		}
		done[id] = true
		row, err := tx.enlist(ctx, id)
		switch {
		case errors.Is(err, sql.ErrNoRows): // not public, or undone since
			err = tx.delist(ctx, id)
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

// enlist puts a public release into its lists, and gives its row, a new one if it had none; sql.ErrNoRows: it is not public.
func (tx *tx) enlist(ctx context.Context, id int64) (int64, error) {
	var r tidings.Release
	var published int64
	var row sql.NullInt64
	var topics string
	err := tx.QueryRowContext(ctx, `
		SELECT r.published, r.language, r.office, v.topics, p.row
		FROM public_releases r`+current+`LEFT JOIN public_rows p ON p.release_id = r.id WHERE r.id = ?`, id).
		Scan(&published, &r.Language, &r.Office, &topics, &row)
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal([]byte(topics), &r.Topics); err != nil {
		return 0, err
	}
	if !row.Valid {
		first := rowOf(time.UnixMilli(published))
		err = tx.QueryRowContext(ctx, `
			INSERT INTO public_rows (row, release_id)
			SELECT coalesce(max(row) + 1, ?1), ?3 FROM public_rows WHERE row BETWEEN ?1 AND ?2 RETURNING row`,
			first, first+1<<rowsOfInstant-1, id).Scan(&row)
	} else {
		_, err = tx.ExecContext(ctx, `DELETE FROM listed WHERE row = ?`, row)
	}
	if err != nil {
		return 0, err
	}
	for _, key := range listsOf(&r) {
		if _, err := tx.ExecContext(ctx, `INSERT INTO listed (list, row) VALUES (?, ?)`, key, row); err != nil {
			return 0, err
		}
	}
	return row.Int64, nil
}

// listsOf are the lists that show a release, but for that of all.
func listsOf(r *tidings.Release) []string {
	keys := slices.DeleteFunc(selections(r), func(key string) bool { return key == allReleases })
	if r.Office != "" {
		keys = append(keys, listKey(tidings.Selection{Office: r.Office}))
	}
	return keys
}

// delist takes a release out of its lists and of the index.
func (tx *tx) delist(ctx context.Context, id int64) error {
	for _, from := range []string{`search WHERE rowid`, `listed WHERE row`, `public_rows WHERE row`} {
		if _, err := tx.ExecContext(ctx,
			`DELETE FROM `+from+` = (SELECT row FROM public_rows WHERE release_id = ?)`, id); err != nil {
			return err
		}
	}
	return nil
}

// listDue lists what is public and is not listed yet, so many releases in one transaction.
func (db *DB) listDue(ctx context.Context) error {
	const atOnce = 500
	for left := true; left; {
		if err := db.readers.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM listing_due)`).Scan(&left); err != nil || !left {
			return explain(err)
		}
		err := db.write(ctx, time.Time{}, "", func(tx *tx) (err error) {
			tx.changed, err = list(ctx, tx, scanID, `
				SELECT r.id FROM listing_due d JOIN releases r ON r.id = d.release_id ORDER BY r.published, r.seq LIMIT ?`, atOnce)
			if err != nil {
				return err
			}
			done, err := json.Marshal(tx.changed)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx,
				`DELETE FROM listing_due WHERE release_id IN (SELECT value FROM json_each(?))`, string(done))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func scanID(row *sql.Rows) (id int64, err error) { return id, row.Scan(&id) }
