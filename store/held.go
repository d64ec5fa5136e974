package store

import (
	"context"
	"time"
)

// Retry puts the deliveries of a run that wait for a person back into the queue, with their attempts forgotten, and
// says how many. Those that are held for a pause stay: they wait for their reader.
func (db *DB) Retry(ctx context.Context, run int64, now time.Time, actor string) (n int64, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET state = 'pending', attempts = 0, next_at = ?
			WHERE run_id = ? AND state = 'held' AND next_at IS NULL`, now.UnixMilli(), run)
		if err != nil {
			return err
		}
		if n, err = done.RowsAffected(); err != nil {
			return err
		}
		if n == 0 {
			return errUnchanged
		}
		return tx.audit(ctx, "run.retry", runSubject(run), details{"deliveries": n})
	})
	return n, err
}
