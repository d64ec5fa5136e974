package store

import (
	"context"
	"time"
)

// waitMost is the longest that anything waits by itself: the mailer's last back-off.
const waitMost = 8 * time.Hour

// What a clock that ran ahead has put off would wait until its time has come: ?1 is the last instant that there is a reason for, ?2 how
// many rows at most.
const (
	aheadDue = `UPDATE deliveries SET next_at = ?1 WHERE id IN (
		SELECT d.id FROM deliveries d WHERE` + queueDue + `AND d.next_at > ?1 LIMIT ?2)`
	aheadUncertain = `UPDATE deliveries SET next_at = ?1 WHERE id IN (
		SELECT d.id FROM deliveries d WHERE` + queueUncertain + `AND d.next_at > ?1 LIMIT ?2)`
	aheadLetters = `UPDATE letters SET next_at = ?1 WHERE id IN (
		SELECT l.id FROM letters l WHERE` + dueLetters + `AND l.next_at > ?1 LIMIT ?2)`

	// aheadRuns go now. Those that wait for the press office are left to it: who knows whether this is the clock that is right.
	aheadRuns = `UPDATE runs SET goes_at = ?1 WHERE id IN (
		SELECT u.id FROM runs u WHERE u.cursor IS NOT NULL AND u.goes_at IS NULL AND u.created > ?1 LIMIT ?2)`
)

// putRight finishes what was cut off, and ends waits that have no reason. Usually there is nothing, and it only looks.
func (db *DB) putRight(ctx context.Context, now time.Time) error {
	if _, err := db.FinishCancels(ctx, now, "mailer"); err != nil {
		return err
	}
	for _, ahead := range []struct {
		statement string
		until     time.Time
	}{
		{aheadDue, now.Add(waitMost)}, {aheadUncertain, now.Add(waitMost)}, {aheadLetters, now.Add(waitMost)}, {aheadRuns, now},
	} {
		if _, err := db.forgetting(ahead.statement)(ctx, ahead.until.UnixMilli(), now); err != nil {
			return err
		}
	}
	return nil
}
