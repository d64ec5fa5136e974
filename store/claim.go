package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// What waits for the first time is found by its run, and in no index. What came back stands in deliveries_due, in two queues, and but for the
// uncertain in deliveries_open too, by state and run, with what is held and what is being sent. A partial index is only used by who says
// its condition, word by word. CROSS JOIN pins the order of the loops.
const (
	queueBack      = ` d.next_at IS NOT NULL AND d.state IN ('pending', 'deferred', 'uncertain') `
	queueDue       = queueBack + `AND (d.state = 'uncertain') = 0 `
	queueUncertain = queueBack + `AND (d.state = 'uncertain') = 1 `
	isOpen         = ` (d.next_at IS NOT NULL OR d.state <> 'pending') AND d.state IN ('pending', 'deferred', 'held', 'sending') `
	isSending      = isOpen + `AND d.state = 'sending' `
	isHeld         = isOpen + `AND d.state = 'held' `
	queueTables    = ` FROM deliveries d CROSS JOIN subscribers p ON p.id = d.subscriber_id JOIN runs u ON u.id = d.run_id `

	// queueHasty is of queueDue what was to go out at once: it goes before digests. Here are the runs, of which there are few, and then
	// what came back of each.
	queueHasty = `
		WITH RECURSIVE back (state, run) AS (
			SELECT s.column1, (SELECT min(d.run_id) FROM deliveries d WHERE` + isOpen + `AND d.state = s.column1)
			FROM (VALUES ('pending'), ('deferred')) s
			UNION ALL SELECT b.state, (SELECT min(d.run_id) FROM deliveries d WHERE` + isOpen + `AND d.state = b.state AND d.run_id > b.run)
			FROM back b WHERE b.run IS NOT NULL
		)
		SELECT ` + deliveryColumns + ` FROM back b CROSS JOIN runs u ON u.id = b.run AND u.cadence = 'immediate'
			CROSS JOIN deliveries d INDEXED BY deliveries_open ON d.state = b.state AND d.run_id = u.id
			CROSS JOIN subscribers p ON p.id = d.subscriber_id
		WHERE` + isOpen + `AND d.next_at <= ? AND` + notHeld + `AND p.state = 'active' LIMIT ?`

	// runGoes is from when on the deliveries of a run u are sent.
	runGoes = ` coalesce(u.goes_at, u.created) `

	// unsentRuns are those with deliveries that were never claimed, the oldest first. One that is still being planned waits.
	unsentRuns = `SELECT u.id, u.cursor, u.created, u.cadence = 'immediate' FROM runs u
		WHERE u.cursor IS NOT NULL AND u.planned IS NULL AND ` + runGoes + `<= ? AND` + runNotHeld + `ORDER BY u.id`

	// freshQuery goes through a run by number. Whoever may not be written to is skipped by skipQuery.
	freshQuery = `SELECT ` + deliveryColumns + ` FROM deliveries d CROSS JOIN subscribers p ON p.id = d.subscriber_id CROSS JOIN runs u
		WHERE d.id >= ? AND d.id <= ? AND d.state = 'pending' AND d.next_at IS NULL AND p.state = 'active' AND u.id = ?
		ORDER BY d.id LIMIT ?`

	// skipQuery: who is not active stays pending, as one that has come back.
	skipQuery = `UPDATE deliveries SET next_at = ? WHERE id >= ? AND id <= ? AND state = 'pending' AND next_at IS NULL`
)

// claimQuery walks a queue by its partial index, which has the order already.
func claimQuery(queue string) string {
	if queue == queueHasty {
		return queue
	}
	return `SELECT ` + deliveryColumns + queueTables + `
		WHERE` + queue + `AND d.next_at <= ? AND` + notHeld + `AND p.state = 'active' ORDER BY d.next_at, d.id LIMIT ?`
}

// Claim takes up to limit deliveries that are due, and marks them as being sent: letters first, since somebody waits for them,
// then what was to go out at once, then the longest waiting first and those of unknown fate last. The State of each is what it was before.
// It is tidings.ErrNotSender when another process has begun to send since this one called Recover.
func (db *DB) Claim(ctx context.Context, now time.Time, limit int) (claimed []tidings.Delivery, err error) {
	look := limit
	for behind := true; behind && len(claimed) == 0 && err == nil; look = max(look, lookBehind) {
		claimed, behind, err = db.claim(ctx, now, limit, look)
	}
	return claimed, err
}

// lookBehind is how many are looked at in one go after some that all have to wait behind others: none claimed means that nothing is due.
const lookBehind = 512

// claim looks at so many deliveries, and says also whether some were put behind others.
func (db *DB) claim(ctx context.Context, now time.Time, limit, look int) (claimed []tidings.Delivery, behind bool, err error) {
	err = db.write(ctx, now, "mailer", func(tx *tx) error {
		tx.look = look
		if err := tx.stillSender(ctx); err != nil {
			return err
		}
		held, err := heldAll(ctx, tx)
		if err != nil {
			return err
		}
		letters, ended, err := tx.claimLetters(ctx, limit, held.LettersFrom())
		if err != nil {
			return err
		}
		deliveries, moved, err := tx.claimDeliveries(ctx, limit-len(letters))
		if err != nil {
			return err
		}
		for i := range letters {
			letters[i].Claimed = now
		}
		for i := range deliveries {
			deliveries[i].Claimed = now
		}
		behind = tx.behind
		if claimed = append(letters, deliveries...); len(claimed) == 0 && !ended && !moved {
			return errUnchanged
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return claimed, behind, nil
}

// claimDeliveries says also whether a run's cursor moved, or something was put behind another: there is something to write then, though
// nothing was claimed.
func (tx *tx) claimDeliveries(ctx context.Context, limit int) (claimed []tidings.Delivery, moved bool, err error) {
	if limit <= 0 {
		return nil, false, nil
	}
	runs, err := list(ctx, tx, scanUnsent, unsentRuns, tx.now.UnixMilli())
	if err != nil {
		return nil, false, err
	}
	for _, queue := range []string{queueHasty, queueDue} {
		for i := range runs {
			if runs[i].hasty != (queue == queueHasty) || len(claimed) >= limit {
				continue
			}
			// What waited before the run was made goes before it.
			if claimed, err = tx.claimFrom(ctx, claimed, queue, min(runs[i].created-1, tx.now.UnixMilli()), limit); err != nil {
				return nil, false, err
			}
			if claimed, err = tx.claimFresh(ctx, claimed, &runs[i], limit); err != nil {
				return nil, false, err
			}
		}
		if claimed, err = tx.claimFrom(ctx, claimed, queue, tx.now.UnixMilli(), limit); err != nil {
			return nil, false, err
		}
	}
	claimed, err = tx.claimFrom(ctx, claimed, queueUncertain, tx.now.UnixMilli(), limit)
	return claimed, len(runs) > 0 || tx.behind, err
}

// claimFrom adds what a queue has that was due by an instant.
func (tx *tx) claimFrom(
	ctx context.Context, claimed []tidings.Delivery, queue string, by int64, limit int,
) ([]tidings.Delivery, error) {
	if len(claimed) >= limit {
		return claimed, nil
	}
	room := limit - len(claimed)
	due, err := list(ctx, tx, scanDeliveries, claimQuery(queue), by, max(room, tx.look))
	if err == nil {
		due, err = tx.withoutBarred(ctx, due)
	}
	if err == nil && queue != queueUncertain { // of those of unknown fate it may have come already
		due, err = tx.inTurn(ctx, due)
	}
	due = due[:min(room, len(due))]
	if err != nil || len(due) == 0 {
		return claimed, err
	}
	ids := make([]int64, len(due))
	for i := range due {
		ids[i] = due[i].ID
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx,
		`UPDATE deliveries SET state = 'sending' WHERE id IN (SELECT value FROM json_each(?))`, string(text))
	return append(claimed, due...), err
}

// unsentRun is a run with deliveries that were never claimed.
type unsentRun struct {
	id, cursor, created int64
	hasty               bool // what was to go out at once goes before digests
}

func scanUnsent(row *sql.Rows) (u unsentRun, err error) {
	return u, row.Scan(&u.id, &u.cursor, &u.created, &u.hasty)
}

// claimFresh adds deliveries of a run that were never claimed, and moves its cursor behind them.
func (tx *tx) claimFresh(
	ctx context.Context, claimed []tidings.Delivery, u *unsentRun, limit int,
) ([]tidings.Delivery, error) {
	room := limit - len(claimed)
	if room <= 0 {
		return claimed, nil
	}
	look := max(room, tx.look)
	fresh, err := list(ctx, tx, scanDeliveries, freshQuery, u.cursor, lastOf(u.id), u.id, look)
	if err != nil {
		return nil, err
	}
	end, next := lastOf(u.id), sql.NullInt64{} // fewer than were looked for: there are no more
	if len(fresh) == look {
		end = fresh[len(fresh)-1].ID
		next = sql.NullInt64{Int64: end + 1, Valid: true}
	}
	if fresh, err = tx.withoutBarred(ctx, fresh); err != nil {
		return nil, err
	}
	if fresh, err = tx.inTurn(ctx, fresh); err != nil {
		return nil, err
	}
	if len(fresh) > room {
		fresh = fresh[:room]
		end = fresh[room-1].ID
		next = sql.NullInt64{Int64: end + 1, Valid: true}
	}
	if len(fresh) > 0 {
		if _, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET state = 'sending'
			WHERE id >= ? AND id <= ? AND state = 'pending' AND next_at IS NULL
				AND (SELECT p.state FROM subscribers p WHERE p.id = deliveries.subscriber_id) = 'active'`, u.cursor, end); err != nil {
			return nil, err
		}
	}
	if _, err := tx.ExecContext(ctx, skipQuery, u.created, u.cursor, end); err != nil {
		return nil, err
	}
	for i := range fresh {
		fresh[i].Next = time.UnixMilli(u.created).UTC()
	}
	_, err = tx.ExecContext(ctx, `UPDATE runs SET cursor = ? WHERE id = ?`, next, u.id)
	return append(claimed, fresh...), err
}

// NextDue is the earliest instant at which Claim has something to take; zero: nothing waits.
func (db *DB) NextDue(ctx context.Context) (time.Time, error) {
	first, err := db.NextLetter(ctx)
	if err != nil {
		return time.Time{}, err
	}
	for _, query := range []string{nextFresh, nextOf(queueDue), nextOf(queueUncertain)} {
		var next int64
		err := db.readers.QueryRowContext(ctx, query).Scan(&next)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return time.Time{}, explain(err)
		}
		if at := time.UnixMilli(next).UTC(); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first, nil
}

// nextFresh is the earliest instant of a run that has somebody to be written to.
const nextFresh = `SELECT` + runGoes + `FROM runs u
	WHERE u.cursor IS NOT NULL AND u.planned IS NULL AND` + runNotHeld + `AND EXISTS (
		SELECT 1 FROM deliveries d CROSS JOIN subscribers p ON p.id = d.subscriber_id
		WHERE d.id >= u.cursor AND d.id <= (u.id << 25) + 33554431 AND d.state = 'pending' AND d.next_at IS NULL AND p.state = 'active')
	ORDER BY 1 LIMIT 1`

// nextOf is when the first of a queue is due.
func nextOf(queue string) string {
	return `SELECT d.next_at FROM deliveries d CROSS JOIN subscribers p ON p.id = d.subscriber_id
		WHERE` + queue + `AND` + notHeld + `AND p.state = 'active' ORDER BY d.next_at LIMIT 1`
}
