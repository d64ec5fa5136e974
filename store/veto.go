package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// Drop takes a release out of all mails of a run, whether they bring it, its correction or the word of its withdrawal, and says how
// many of the run's editions had it. For the subscriptions of the run it is settled: no later run of theirs looks at it again. They have
// not got it, so nothing that becomes of it later is told them; and another subscription of the same subscriber that has yet to settle
// it may still bring it. It is an *InvalidError when a mail of the run has been claimed already: what it holds is not ours to change.
func (db *DB) Drop(ctx context.Context, run, release int64, reason string, now time.Time, actor string) (editions int, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		if err := tx.refuseCancelled(ctx, run); err != nil {
			return err
		}
		if err := tx.refuseBegun(ctx, run); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, editionsWith, firstOf(run), lastOf(run), release).Scan(&editions); err != nil {
			return err
		}
		if editions == 0 {
			return fmt.Errorf("the release in run %d: %w", run, tidings.ErrNotFound)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE run_entries SET dropped = ? WHERE release_id = ? AND id > ? AND id <= ? AND dropped IS NULL`,
			tx.now.UnixMilli(), release, firstOf(run), lastOf(run)); err != nil {
			return err
		}
		return tx.audit(ctx, "run.drop", runSubject(run), details{"release": release, "reason": reason})
	})
	return editions, err
}

// editionsWith counts the editions between ?1 and ?2 that have the release ?3. It looks for its entries, of which there are few, in the list of
// each, and takes no list apart: a run for a million has more than a hundred thousand, and the writer is held.
const editionsWith = `
	SELECT count(DISTINCT e.id) FROM run_entries x CROSS JOIN editions e
	WHERE x.release_id = ?3 AND x.id > ?1 AND x.id <= ?2 AND x.dropped IS NULL
		AND e.id > ?1 AND e.id <= ?2 AND instr(e.entries, ',' || x.n || ',')`

// refuseBegun refuses to change what a run sends once a mail of it was claimed, and before all of it is decided.
func (tx *tx) refuseBegun(ctx context.Context, run int64) error {
	var planned, cursor sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT planned, cursor FROM runs WHERE id = ?`, run).Scan(&planned, &cursor)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("run %d: %w", run, tidings.ErrNotFound)
	case err != nil:
		return err
	case planned.Valid:
		return tidings.Invalidf("run", "run %d is being decided still; try again in a moment", run)
	case !cursor.Valid || cursor.Int64 != firstOf(run):
		return tidings.Invalidf("run", "the mails of run %d have left already, or are leaving; to end those that have not: tidings run cancel %d", run, run)
	}
	return nil
}

// Go ends the wait of a run that the press office may still look at, and with it the desk's own holds, which it gives: it is sent at once,
// unless something else holds it. Of a run that does not wait it changes nothing, and went is false: a hold beyond that time is ended by
// Lift.
func (db *DB) Go(ctx context.Context, run int64, now time.Time, actor string) (went bool, lifted []tidings.Hold, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		if _, err := runByID(ctx, tx, run); err != nil {
			return err
		}
		if err := tx.refuseCancelled(ctx, run); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `UPDATE runs SET goes_at = ?2, untold = NULL WHERE id = ?1 AND goes_at > ?2`, run, tx.now.UnixMilli())
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if went = n > 0; !went {
			return errUnchanged
		}
		lifted, err = list(ctx, tx, scanHold, `DELETE FROM holds WHERE run_id = ? AND kind = 'desk' RETURNING run_id, kind, reason, at`, run)
		if err != nil {
			return err
		}
		return tx.audit(ctx, "run.go", runSubject(run), details{"holds": len(lifted)})
	})
	return went, lifted, err
}

// Untold gives the runs that wait for the press office at now, and of which it was not told yet: see Told.
func (db *DB) Untold(ctx context.Context, now time.Time) ([]tidings.Run, error) {
	return list(ctx, db.readers, func(row *sql.Rows) (tidings.Run, error) { return scanRun(row) }, `SELECT `+runColumns+` FROM runs u
		WHERE u.cursor IS NOT NULL AND u.planned IS NULL AND u.goes_at > ? AND u.told_at IS NULL ORDER BY u.id`, now.UnixMilli())
}

// Told writes down that the press office was told of a run.
func (db *DB) Told(ctx context.Context, run int64, now time.Time) error {
	return db.write(ctx, now, "desk", func(tx *tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE runs SET told_at = ? WHERE id = ?`, tx.now.UnixMilli(), run)
		return err
	})
}

// NoteUntold writes down whom of the press office a run could not be told to, and why; "": nobody.
func (db *DB) NoteUntold(ctx context.Context, run int64, fault string, now time.Time) error {
	return db.write(ctx, now, "desk", func(tx *tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE runs SET untold = nullif(?1, '') WHERE id = ?2 AND untold IS NOT nullif(?1, '')`, fault, run)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, errUnchanged)
		}
		return nil
	})
}

// DeskTold is when the press office was told of a run, zero: not yet; and who could not be, and why.
func (db *DB) DeskTold(ctx context.Context, run int64) (at time.Time, fault string, err error) {
	var told sql.NullInt64
	err = db.readers.QueryRowContext(ctx, `SELECT told_at, coalesce(untold, '') FROM runs WHERE id = ?`, run).Scan(&told, &fault)
	if errors.Is(err, sql.ErrNoRows) {
		err = tidings.ErrNotFound
	}
	return instant(told), fault, explain(err)
}

// WentUntold gives the runs whose time came after an instant, and not after now, though nobody of the press office could be told.
func (db *DB) WentUntold(ctx context.Context, after, now time.Time) ([]tidings.Run, error) {
	return list(ctx, db.readers, func(row *sql.Rows) (tidings.Run, error) { return scanRun(row) }, `SELECT `+runColumns+` FROM runs u
		WHERE u.goes_at > ? AND u.goes_at <= ? AND u.told_at IS NULL AND u.untold IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM holds WHERE run_id = u.id AND kind = 'cancelled') ORDER BY u.id`, after.UnixMilli(), now.UnixMilli())
}
