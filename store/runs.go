package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// RunReport is a run and how far its deliveries have come.
type RunReport struct {
	Run    tidings.Run
	States map[tidings.DeliveryState]int
}

// Standings gives every slot that an active subscriber is in, and how far its runs have come. A subscription that moved
// into a slot, or whose subscriber came back, waits for the slot's next due time: it counts from then on. Nothing
// counts that is after now: a clock that once ran ahead does not stop the digests until its time has come.
func (db *DB) Standings(ctx context.Context, now time.Time) ([]tidings.Standing, error) {
	return list(ctx, db.readers, func(row *sql.Rows) (s tidings.Standing, err error) {
		var after int64
		err = row.Scan(&s.Slot.Cadence, &s.Slot.Zone, &s.Slot.Hour, &after, &s.Position)
		s.After = time.UnixMilli(after).UTC()
		return s, err
	}, `
		SELECT t.cadence, t.slot_zone, t.slot_hour, max(min(t.since, ?1), coalesce((
				SELECT max(u.due) FROM runs u
				WHERE u.cadence = t.cadence AND u.zone = t.slot_zone AND u.hour = t.slot_hour AND u.due <= ?1), 0)), t.position
		FROM (
			SELECT s.cadence, s.slot_zone, s.slot_hour, min(s.since) AS since, min(s.position) AS position
			FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id
			WHERE p.state = 'active' GROUP BY s.cadence, s.slot_zone, s.slot_hour
		) t
		ORDER BY 1, 2, 3`, now.UnixMilli())
}

// OpenRun opens a run: it freezes the newest publication number, lets decide settle what each cohort gets, and writes
// editions, deliveries and positions, in one transaction. When the (Slot, Due) was run before, opened is false and
// nothing changes. A run without a delivery is stored too; except an immediate one, which would be one for every edit:
// of that, only the positions stay, and opened is false. While all bulk mail is held, nothing is opened. run.ID and run.UpTo are filled in before decide is called.
func (db *DB) OpenRun(
	ctx context.Context, run *tidings.Run, decide func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error),
) (opened bool, err error) {
	if run.Slot.Cadence == tidings.Immediate {
		run.Slot = tidings.Slot{Cadence: tidings.Immediate, Hour: tidings.AnyHour}
	}
	err = db.write(ctx, run.Created, "digest", func(tx *tx) error {
		if held, err := holdOf(ctx, tx); err != nil || held.Holds() {
			return cmp.Or(err, errUnchanged)
		}
		if err := tx.insertRun(ctx, run); err != nil {
			return err
		}
		v, err := tx.viewOf(ctx, run.Slot, run.UpTo)
		if err != nil {
			return err
		}
		n, err := tx.settle(ctx, run, v, decide)
		if err != nil {
			return err
		}
		if err := tx.forget(ctx); err != nil { // a row for each member would stay in memory
			return err
		}
		if n == 0 && run.Slot.Cadence == tidings.Immediate {
			_, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE id = ?`, run.ID)
			return err
		}
		opened = true
		return tx.audit(ctx, "run.open", runSubject(run.ID), details{
			"kind": run.Kind, "cadence": run.Slot.Cadence, "zone": run.Slot.Zone, "upto": run.UpTo, "deliveries": n,
		})
	})
	if opened && err == nil {
		return true, nil
	}
	run.ID = 0
	return false, err
}

// insertRun takes the (Slot, Due); it is errUnchanged when it is taken.
func (tx *tx) insertRun(ctx context.Context, run *tidings.Run) (err error) {
	if run.UpTo, err = newestSeq(ctx, tx); err != nil {
		return err
	}
	err = tx.QueryRowContext(ctx, `
		INSERT INTO runs (cadence, zone, hour, due, kind, upto, created, domain) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING RETURNING id`,
		run.Slot.Cadence, run.Slot.Zone, run.Slot.Hour, run.Due.UnixMilli(), string(run.Kind), run.UpTo,
		run.Created.UnixMilli(), run.Domain).Scan(&run.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return errUnchanged
	}
	// As they are stored: a Message-ID made now must be the one made later.
	run.Due, run.Created = cut(run.Due), cut(run.Created)
	return err
}

// runColumns are the columns of runs u that make a Run.
const runColumns = `u.id, u.cadence, u.zone, u.hour, u.due, u.kind, u.upto, u.created, u.domain`

func runTargets(u *tidings.Run, due, created *int64) []any {
	return []any{&u.ID, &u.Slot.Cadence, &u.Slot.Zone, &u.Slot.Hour, due, &u.Kind, &u.UpTo, created, &u.Domain}
}

func scanRun(row interface{ Scan(...any) error }, before ...any) (u tidings.Run, err error) {
	var due, created int64
	err = row.Scan(append(before, runTargets(&u, &due, &created)...)...)
	u.Due, u.Created = time.UnixMilli(due).UTC(), time.UnixMilli(created).UTC()
	return u, err
}

// Runs gives the newest runs first, at most limit of them; 0: all.
func (db *DB) Runs(ctx context.Context, limit int) (reports []RunReport, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		reports, err = list(ctx, q, func(rows *sql.Rows) (RunReport, error) {
			run, err := scanRun(rows)
			return RunReport{Run: run, States: map[tidings.DeliveryState]int{}}, err
		}, `SELECT `+runColumns+` FROM runs u ORDER BY u.id DESC LIMIT ?`, limitOf(limit))
		if err != nil {
			return err
		}
		for i := range reports {
			if err := countStates(ctx, q, &reports[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return reports, err
}

func countStates(ctx context.Context, q querier, report *RunReport) error {
	_, err := list(ctx, q, func(row *sql.Rows) (n int, err error) {
		var state tidings.DeliveryState
		err = row.Scan(&state, &n)
		report.States[state] = n
		return n, err
	}, `SELECT d.state, count(*) FROM editions e JOIN deliveries d ON d.edition_id = e.id
		WHERE e.run_id = ? GROUP BY d.state`, report.Run.ID)
	return err
}
