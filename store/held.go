package store

import (
	"cmp"
	"context"
	"time"
)

const (
	// heldOfRun are those of a run ?1 that wait for a person, by number: some after ?2.
	heldOfRun = `SELECT d.id FROM deliveries d WHERE` + isHeld + `AND d.run_id = ?1 AND d.next_at IS NULL AND d.id > ?2 ORDER BY d.id LIMIT ?3`

	retryQuery = `
		UPDATE deliveries SET state = iif(p.state = 'paused', 'held', 'pending'), attempts = 0, next_at = ?
		FROM subscribers p
		WHERE deliveries.id IN (SELECT value FROM json_each(?)) AND p.id = deliveries.subscriber_id AND p.state IN ('active', 'paused')`
)

// Retry puts the deliveries of a run that wait for a person back into the queue, with their attempts forgotten, and
// says how many. Those that are held for a pause stay: they wait for their reader. So do, from now on, those whose reader pauses. It is an
// *InvalidError when the run was cancelled. They may be a million, so it takes slice by slice: the writer is needed elsewhere. What a retry
// that was cut off has left is held still, and the next one takes it up.
func (db *DB) Retry(ctx context.Context, run int64, now time.Time, actor string) (n int64, err error) {
	for after, more := int64(0), true; more && err == nil; {
		err = db.write(ctx, now, actor, func(tx *tx) error {
			if err := tx.refuseCancelled(ctx, run); err != nil {
				return err
			}
			slice, err := list(ctx, tx, scanID, heldOfRun, run, after, cancelSlice)
			if more = len(slice) == cancelSlice; err != nil || len(slice) == 0 {
				return cmp.Or(err, errUnchanged)
			}
			after = slice[len(slice)-1]
			done, err := tx.ExecContext(ctx, retryQuery, now.UnixMilli(), listText(slice))
			if err != nil {
				return err
			}
			back, err := done.RowsAffected()
			if err != nil || back == 0 {
				return cmp.Or(err, errUnchanged)
			}
			n += back
			return tx.audit(ctx, "run.retry", runSubject(run), details{"deliveries": back})
		})
	}
	return n, err
}
