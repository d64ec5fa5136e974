package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// cancelSlice is how many deliveries are cancelled, or taken up again, in one transaction at the most: the writer is needed elsewhere.
const cancelSlice = 5_000

// endCancelled ends the deliveries of a run that is marked as cancelled, slice by slice, and says how many.
func (db *DB) endCancelled(ctx context.Context, run int64, now time.Time, actor string) (n int64, err error) {
	var first, last sql.NullInt64
	err = db.readers.QueryRowContext(ctx, `SELECT min(d.id), max(d.id) FROM deliveries d WHERE`+ofRun, run).Scan(&first, &last)
	if err != nil || !first.Valid {
		return 0, explain(err)
	}
	for from := first.Int64; from <= last.Int64; from += cancelSlice { // by number: a slice of it is never long
		err := db.write(ctx, now, actor, func(tx *tx) error {
			done, err := tx.ExecContext(ctx, cancelQuery+`AND id BETWEEN ? AND ? AND h.run_id = ?`,
				now.UnixMilli(), from, min(from+cancelSlice-1, last.Int64), run)
			if err != nil {
				return err
			}
			hit, err := done.RowsAffected()
			if n += hit; err == nil && hit == 0 {
				err = errUnchanged
			}
			return err
		})
		if err != nil {
			return n, fmt.Errorf("cancelled %d, and then: %w", n, err)
		}
	}
	return n, db.write(ctx, now, actor, func(tx *tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE runs SET cursor = NULL WHERE id = ?`, run)
		return err
	})
}

// unfinishedCancels are the cancelled runs with deliveries that wait. What was never claimed is found by the run's cursor, the rest by
// the indexes of what came back: none of them is looked at while no run was ever cancelled.
const unfinishedCancels = `
	SELECT h.run_id FROM holds h JOIN runs u ON u.id = h.run_id
	WHERE h.kind = 'cancelled' AND (u.cursor IS NOT NULL OR h.run_id IN (
		SELECT d.id >> 25 FROM deliveries d WHERE` + queueBack + `UNION ALL
		SELECT d.id >> 25 FROM deliveries d WHERE` + isHeld + `))
	ORDER BY h.run_id`

// FinishCancels ends what a Cancel that was cut off has left, and says how many deliveries that were.
func (db *DB) FinishCancels(ctx context.Context, now time.Time, actor string) (n int64, err error) {
	runs, err := list(ctx, db.readers, scanID, unfinishedCancels)
	for _, run := range runs {
		if err != nil {
			break
		}
		var ended int64
		ended, err = db.endCancelled(ctx, run, now, actor)
		n += ended
	}
	return n, err
}

// waitingOf reports whether a delivery of a run is yet to be claimed for the first time: one by one.
func (tx *tx) waitingOf(ctx context.Context, run int64) (is bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries d WHERE`+ofRun+`AND d.state = 'pending')`, run).Scan(&is)
	return is, err
}
