package store

import (
	"context"
	"time"
)

// Retry puts the deliveries of a run that wait for a person back into the queue, with their attempts forgotten, and
// says how many. Those that are held for a pause stay: they wait for their reader. So do, from now on, those whose reader pauses. It is an
// *InvalidError when the run was cancelled.
func (db *DB) Retry(ctx context.Context, run int64, now time.Time, actor string) (n int64, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		if err := tx.refuseCancelled(ctx, run); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET state = iif(p.state = 'paused', 'held', 'pending'), attempts = 0, next_at = ?
			FROM subscribers p
			WHERE deliveries.id IN (SELECT d.id FROM deliveries d WHERE`+isHeld+`AND d.run_id = ? AND d.next_at IS NULL)
				AND p.id = deliveries.subscriber_id AND p.state IN ('active', 'paused')`, now.UnixMilli(), run)
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
