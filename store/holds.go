package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// The conditions by which Claim and NextDue heed holds: of deliveries d that came back, and of runs u with such as were never claimed.
// That all are held is said by a bound of the index, so that nothing is walked over then.
const (
	notHeld = ` d.run_id NOT IN (SELECT run_id FROM holds)
		AND d.next_at >= iif(EXISTS (SELECT 1 FROM holds WHERE run_id = 0), 9223372036854775807, 0) `
	runNotHeld = ` u.id NOT IN (SELECT run_id FROM holds) AND NOT EXISTS (SELECT 1 FROM holds WHERE run_id = 0) `
)

// Hold keeps a run's deliveries, or for run 0 those of all runs, from being claimed. A hold of the same kind that stands already
// keeps its instant, and has the new reason.
func (db *DB) Hold(ctx context.Context, h tidings.Hold, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		if h.Run != 0 {
			if _, err := runByID(ctx, tx, h.Run); err != nil {
				return err
			}
		}
		return tx.hold(ctx, h)
	})
}

func (tx *tx) hold(ctx context.Context, h tidings.Hold) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO holds (run_id, kind, reason, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (run_id, kind) DO UPDATE SET reason = excluded.reason`,
		h.Run, string(h.By), h.Reason, tx.now.UnixMilli()); err != nil {
		return err
	}
	return tx.audit(ctx, "run.hold", runSubject(h.Run), details{"kind": h.By, "reason": h.Reason})
}

// HeldAll is the hold over all runs that weighs most, a copy's before any other; zero: there is none.
func (db *DB) HeldAll(ctx context.Context) (tidings.Hold, error) { return heldAll(ctx, db.readers) }

func heldAll(ctx context.Context, q querier) (tidings.Hold, error) {
	all, err := list(ctx, q, scanHold, `SELECT run_id, kind, reason, at FROM holds
		WHERE run_id = 0 ORDER BY kind <> 'copy', at LIMIT 1`)
	if err != nil || len(all) == 0 {
		return tidings.Hold{}, err
	}
	return all[0], nil
}

// WhoHeld is who asked for a hold, "" when nobody knows.
func (db *DB) WhoHeld(ctx context.Context, h tidings.Hold) (actor string, err error) {
	err = db.readers.QueryRowContext(ctx, `SELECT actor FROM audit
		WHERE subject = ? AND action = 'run.hold' AND detail ->> 'kind' = ? ORDER BY id DESC LIMIT 1`,
		runSubject(h.Run), string(h.By)).Scan(&actor)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return actor, explain(err)
}

// ResumeAll ends the holds of these kinds, of every kind when none is named, over all runs, and makes this file the one and only instance:
// a copy that is elsewhere is held when it starts here. It gives the holds that it ended.
func (db *DB) ResumeAll(ctx context.Context, now time.Time, actor string, kinds ...tidings.HoldKind) (lifted []tidings.Hold, err error) {
	of, err := json.Marshal(kinds)
	if err != nil {
		return nil, err
	}
	err = db.renew(ctx, now, actor, func(tx *tx) error {
		lifted, err = list(ctx, tx, scanHold, `DELETE FROM holds
			WHERE run_id = 0 AND (? OR kind IN (SELECT value FROM json_each(?))) RETURNING run_id, kind, reason, at`, len(kinds) == 0, string(of))
		if err != nil || len(lifted) == 0 {
			return err
		}
		if slices.ContainsFunc(lifted, func(h tidings.Hold) bool { return h.By == tidings.HeldAsCopy }) {
			if err := tx.setMeta(ctx, "resumed", strconv.FormatInt(tx.now.UnixMilli(), 10)); err != nil { // see tracedRun.resumed
				return err
			}
		}
		return tx.audit(ctx, "run.resume", runSubject(0), details{"holds": len(lifted)})
	})
	return lifted, err
}

// Waiting counts what a hold over all runs keeps back: deliveries that wait, with those that were being sent when it came, and letters.
func (db *DB) Waiting(ctx context.Context, held tidings.Hold) (deliveries, letters int, err error) {
	err = db.readers.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM runs u CROSS JOIN deliveries d WHERE`+neverClaimed+`)
			+ (SELECT count(*) FROM deliveries d WHERE`+queueBack+`) + (SELECT count(*) FROM deliveries d WHERE`+isSending+`),
			(SELECT count(*) FROM letters l WHERE`+dueLetters+`AND l.created < ?)`,
		held.LettersFrom().UnixMilli()).Scan(&deliveries, &letters)
	return deliveries, letters, explain(err)
}

// Lift ends the holds of a kind, or of every kind for "", over a run, or for run 0 over all runs, and gives those that it ended.
// Holds of single runs outlive that of all, and a run that was cancelled stays so.
func (db *DB) Lift(ctx context.Context, run int64, kind tidings.HoldKind, now time.Time, actor string) (lifted []tidings.Hold, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		if run != 0 {
			if _, err := runByID(ctx, tx, run); err != nil {
				return err
			}
		}
		lifted, err = list(ctx, tx, scanHold, `DELETE FROM holds
			WHERE run_id = ?1 AND ?2 IN ('', kind) AND kind <> 'cancelled' RETURNING run_id, kind, reason, at`, run, string(kind))
		switch {
		case err != nil:
			return err
		case len(lifted) == 0:
			return errUnchanged
		}
		return tx.audit(ctx, "run.resume", runSubject(run), details{"holds": len(lifted)})
	})
	return lifted, err
}

// Holds are all that stand: those of all runs first, the newest run next. Those of runs that were cancelled are among them.
func (db *DB) Holds(ctx context.Context) ([]tidings.Hold, error) {
	return list(ctx, db.readers, scanHold, `SELECT run_id, kind, reason, at FROM holds ORDER BY run_id > 0, run_id DESC, at, kind`)
}

func scanHold(row *sql.Rows) (h tidings.Hold, err error) {
	var at int64
	err = row.Scan(&h.Run, &h.By, &h.Reason, &at)
	h.Since = time.UnixMilli(at).UTC()
	return h, err
}

// Cancel ends all deliveries of a run that are not sent, and says how many: of one that is still being decided, those that it has so far;
// the others end as they come. What is on the wire at this moment goes where it goes,
// and is not tried again. The releases in them are not sent by another run: for their subscriptions, they are settled.
// From its first transaction on nothing of the run is sent; one that is cut off after that is finished by FinishCancels.
func (db *DB) Cancel(ctx context.Context, run int64, reason string, now time.Time, actor string) (n int64, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		if _, err := runByID(ctx, tx, run); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM holds WHERE run_id = ?`, run); err != nil { // it stands for all of them
			return err
		}
		return tx.hold(ctx, tidings.Hold{Run: run, By: tidings.Cancelled, Reason: reason})
	})
	if err != nil {
		return 0, err
	}
	return db.endCancelled(ctx, run, now, actor)
}

// heedCancel ends the deliveries of a part whose run was cancelled before it was decided, and says whether it was. Its subscriptions move
// on like those before them: what was cancelled is settled for all of the slot.
func (tx *tx) heedCancel(ctx context.Context, run int64, this *part) (cancelled bool, err error) {
	if cancelled, err = tx.isCancelled(ctx, run); err != nil || !cancelled {
		return false, err
	}
	var ids []int64
	for i := range this.rows {
		if this.rows[i].edition != 0 {
			ids = append(ids, firstOf(run)+this.rows[i].subscriber)
		}
	}
	_, err = tx.ExecContext(ctx, cancelQuery+`AND id IN (SELECT value FROM json_each(?))`, tx.now.UnixMilli(), listText(ids))
	return true, err
}

func (tx *tx) isCancelled(ctx context.Context, run int64) (is bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM holds WHERE run_id = ? AND kind = 'cancelled')`, run).Scan(&is)
	return is, err
}

// refuseCancelled refuses what would take a cancelled run up again.
func (tx *tx) refuseCancelled(ctx context.Context, run int64) error {
	is, err := tx.isCancelled(ctx, run)
	if err == nil && is {
		err = tidings.Invalidf("run", "run %d is cancelled, and that is for good", run)
	}
	return err
}

// cancelQuery ends what waits of runs that were cancelled; more conditions follow.
const cancelQuery = `
	UPDATE deliveries SET state = 'suppressed', next_at = NULL, settled = max(?, h.at),
		reply = substr(iif(` + perhaps + `, '` + tidings.MayHaveArrived + `', '') || 'the run was cancelled: ' || h.reason, 1, 400)
	FROM holds h WHERE h.run_id = deliveries.run_id AND h.kind = 'cancelled'
		AND state IN ('pending', 'deferred', 'uncertain', 'held') `

func runByID(ctx context.Context, q querier, id int64) (tidings.Run, error) {
	run, err := scanRun(q.QueryRowContext(ctx, `SELECT `+runColumns+` FROM runs u WHERE u.id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return run, fmt.Errorf("run %d: %w", id, tidings.ErrNotFound)
	}
	return run, err
}
