package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// RunReport is a run and how far its deliveries have come.
type RunReport struct {
	Run    tidings.Run
	States map[tidings.DeliveryState]int
	Paused int            // of the held ones, those that wait for a reader who pauses; the others wait for a person
	Next   time.Time      // when the first of those that wait is due; zero: none waits
	Last   time.Time      // when the last came to an end; zero: none has
	Holds  []tidings.Hold // over this run alone
}

// ofRun narrows deliveries d to those of run ?1.
const ofRun = ` d.id >= ?1 << 25 AND d.id <= (?1 << 25) + 33554431 `

// Standings gives every slot that an active subscriber is in, and how far its runs have come. A subscription that moved
// into a slot, or whose subscriber came back, waits for the slot's next due time: it counts from then on. Nothing
// counts that is after now: a clock that once ran ahead does not stop the digests until its time has come. Nor does a run count
// that was cut off: its slot is still due, whether anybody is in it still or not.
func (db *DB) Standings(ctx context.Context, now time.Time) (all []tidings.Standing, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		newest, err := newestSeq(ctx, q)
		if err != nil {
			return err
		}
		stamp, err := stampOf(ctx, q)
		if err != nil {
			return err
		}
		all, err = list(ctx, q, func(row *sql.Rows) (s tidings.Standing, err error) {
			var after int64
			err = row.Scan(&s.Slot.Cadence, &s.Slot.Zone, &s.Slot.Hour, &after, &s.Position)
			s.After = time.UnixMilli(after).UTC()
			if s.Slot.Cadence == tidings.Immediate && s.Position == newest {
				db.atEnd.Store(stamp)
			}
			return s, err
		}, standingsQuery, now.UnixMilli(), newest, stamp > 0 && stamp == db.atEnd.Load())
		if err != nil {
			return err
		}
		cutOff, err := list(ctx, q, func(row *sql.Rows) (tidings.Run, error) { return scanRun(row) },
			`SELECT `+runColumns+` FROM runs u WHERE u.planned IS NOT NULL`)
		for i := range cutOff {
			run := &cutOff[i]
			at := slices.IndexFunc(all, func(s tidings.Standing) bool { return s.Slot == run.Slot })
			if at < 0 { // they have all gone elsewhere, or pause, and some have a mail of it
				at, all = len(all), append(all, tidings.Standing{Slot: run.Slot, After: run.Due, Empty: true})
			}
			all[at].CutOff = *run
		}
		return err
	})
	return all, err
}

// standingsQuery leaps from slot to slot, and reads of each no further than to the first member who was there when it last ran: there may
// be a million. Only the immediate ones are looked at one by one, up to the first that has yet to get something; and not when nobody had
// anything to get at ?2, the newest publication, the last time, and nothing was changed since: ?3.
const (
	activeIn = ` FROM subscriptions s CROSS JOIN subscribers p ON p.id = s.subscriber_id
		WHERE s.cadence = t.cadence AND s.slot_zone = t.zone AND s.slot_hour = t.hour AND p.state = 'active' `

	standingsQuery = `
		WITH RECURSIVE firsts (id) AS (
			SELECT * FROM (SELECT id FROM subscriptions ORDER BY cadence, slot_zone, slot_hour LIMIT 1)
			UNION ALL
			SELECT coalesce(
				(SELECT n.id FROM subscriptions n WHERE n.cadence = s.cadence AND n.slot_zone = s.slot_zone AND n.slot_hour > s.slot_hour
					ORDER BY n.slot_hour LIMIT 1),
				(SELECT n.id FROM subscriptions n WHERE n.cadence = s.cadence AND n.slot_zone > s.slot_zone
					ORDER BY n.slot_zone, n.slot_hour LIMIT 1),
				(SELECT n.id FROM subscriptions n WHERE n.cadence > s.cadence ORDER BY n.cadence, n.slot_zone, n.slot_hour LIMIT 1))
			FROM firsts f JOIN subscriptions s ON s.id = f.id
		), slots (cadence, zone, hour, ran) AS MATERIALIZED (
			SELECT s.cadence, s.slot_zone, s.slot_hour, (
				SELECT max(u.due) FROM runs u WHERE u.cadence = s.cadence AND u.zone = s.slot_zone AND u.hour = s.slot_hour
					AND u.due <= ?1 AND u.planned IS NULL)
			FROM firsts f JOIN subscriptions s ON s.id = f.id
		)
		SELECT t.cadence, t.zone, t.hour, CASE WHEN EXISTS (SELECT 1` + activeIn + `AND s.since <= t.ran) THEN t.ran
				ELSE max(min((SELECT s.since` + activeIn + `ORDER BY s.since LIMIT 1), ?1), coalesce(t.ran, 0)) END,
			iif(t.cadence = 'immediate', iif(?3, ?2, coalesce((
				SELECT q.position FROM subscriptions s CROSS JOIN positions q ON q.subscription_id = s.id
					CROSS JOIN subscribers p ON p.id = s.subscriber_id
				WHERE s.cadence = t.cadence AND s.slot_zone = t.zone AND s.slot_hour = t.hour AND q.position < ?2
					AND p.state = 'active' LIMIT 1), ?2)), 0)
		FROM slots t WHERE EXISTS (SELECT 1` + activeIn + `) ORDER BY 1, 2, 3`
)

// OpenRun opens a run: it freezes the newest publication number, lets decide settle what each cohort gets, and writes
// editions, deliveries and positions: part by part, so that nobody waits long for the writer, and decide is called for each, with the
// same slice of candidates for as long as they are the same. What it gives is read before it is called again. When the
// (Slot, Due) was run before, opened is false and nothing changes. A run without a delivery is stored too; except an immediate one,
// which would be one for every edit: of that, only the positions stay, and opened is false. run.UpTo is filled in before decide is
// called. While all digests are held, nothing is opened. Nothing is sent before all is decided. A run of the slot that was cut off by an error or a kill is gone on with, in place of
// the one that was asked for: run is that one then.
func (db *DB) OpenRun(
	ctx context.Context, run *tidings.Run, decide func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error),
) (opened bool, err error) {
	if run.Slot.Cadence == tidings.Immediate {
		run.Slot = tidings.Slot{Cadence: tidings.Immediate, Hour: tidings.AnyHour}
	}
	db.planning.Lock()
	defer db.planning.Unlock()
	p := &planning{db: db, run: run, decide: decide, print: newPrinted()}
	if opened, err = p.plan(ctx); opened && err == nil {
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
		INSERT INTO runs (cadence, zone, hour, due, kind, upto, created, domain, goes_at, planned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT DO NOTHING RETURNING id`,
		run.Slot.Cadence, run.Slot.Zone, run.Slot.Hour, run.Due.UnixMilli(), string(run.Kind), run.UpTo,
		run.Created.UnixMilli(), run.Domain, millis(run.Goes)).Scan(&run.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return errUnchanged
	}
	// As they are stored: a Message-ID made now must be the one made later.
	run.Due, run.Created = cut(run.Due), cut(run.Created)
	if !run.Goes.IsZero() {
		run.Goes = cut(run.Goes)
	}
	return err
}

// runColumns are the columns of runs u that make a Run.
const runColumns = `u.id, u.cadence, u.zone, u.hour, u.due, u.kind, u.upto, u.created, u.domain, u.goes_at`

func runTargets(u *tidings.Run, due, created *int64, goes *sql.NullInt64) []any {
	return []any{&u.ID, &u.Slot.Cadence, &u.Slot.Zone, &u.Slot.Hour, due, &u.Kind, &u.UpTo, created, &u.Domain, goes}
}

func scanRun(row interface{ Scan(...any) error }, before ...any) (u tidings.Run, err error) {
	var due, created int64
	var goes sql.NullInt64
	err = row.Scan(append(before, runTargets(&u, &due, &created, &goes)...)...)
	u.Goes = instant(goes)
	u.Due, u.Created = time.UnixMilli(due).UTC(), time.UnixMilli(created).UTC()
	return u, err
}

// Runs gives the newest runs first, at most limit of them; 0: all.
func (db *DB) Runs(ctx context.Context, limit int) (reports []RunReport, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		runs, err := recentRuns(ctx, q, limit)
		if err != nil {
			return err
		}
		reports = make([]RunReport, len(runs))
		for i := range runs {
			if reports[i], err = reportOf(ctx, q, runs[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return reports, err
}

// Decided reports whether all subscriptions of a run are decided: before, nothing of it is sent.
func (db *DB) Decided(ctx context.Context, run int64) (all bool, err error) {
	err = db.readers.QueryRowContext(ctx, `SELECT planned IS NULL FROM runs WHERE id = ?`, run).Scan(&all)
	if errors.Is(err, sql.ErrNoRows) {
		err = tidings.ErrNotFound
	}
	return all, explain(err)
}

// Choosing counts the subscriptions of a cadence that active subscribers have.
func (db *DB) Choosing(ctx context.Context, cadence string) (n int, err error) {
	err = db.readers.QueryRowContext(ctx, `SELECT count(*) FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id
		WHERE s.cadence = ? AND p.state = 'active'`, cadence).Scan(&n)
	return n, explain(err)
}

// Run gives one run and how far its deliveries have come.
func (db *DB) Run(ctx context.Context, id int64) (report RunReport, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		run, err := runByID(ctx, q, id)
		if err == nil {
			report, err = reportOf(ctx, q, run)
		}
		return err
	})
	return report, err
}

// reportOf counts the run's deliveries, one by one.
func reportOf(ctx context.Context, q querier, run tidings.Run) (r RunReport, err error) {
	r = RunReport{Run: run, States: map[tidings.DeliveryState]int{}}
	goes := run.Goes
	if goes.IsZero() {
		goes = run.Created
	}
	_, err = list(ctx, q, func(row *sql.Rows) (n int, err error) {
		var state tidings.DeliveryState
		var next, last sql.NullInt64
		var paused int
		err = row.Scan(&state, &n, &next, &last, &paused)
		r.States[state] = n
		r.Paused += paused
		if at := instant(next); waits(state) && !at.IsZero() && (r.Next.IsZero() || at.Before(r.Next)) {
			r.Next = at
		}
		if at := instant(last); at.After(r.Last) {
			r.Last = at
		}
		return n, err
	}, statesQuery, run.ID, goes.UnixMilli())
	if err == nil {
		r.Holds, err = list(ctx, q, scanHold, `SELECT run_id, kind, reason, at FROM holds WHERE run_id = ? ORDER BY at, kind`, run.ID)
	}
	return r, err
}

// waits reports whether deliveries in this state are due at an instant.
func waits(state tidings.DeliveryState) bool {
	return state == tidings.DeliveryPending || state == tidings.DeliveryDeferred || state == tidings.DeliveryUncertain
}

// RunRelease is a release in a run.
type RunRelease struct {
	Slug, Title string // where it is now; as it is mailed, by the revision that was decided on
	Kind        tidings.EntryKind
	Editions    int  // of the run, that have it
	Gone        bool // it was withdrawn: mails of the run that are sent from then on do not bring it
}

// RunContent is what a run sends.
type RunContent struct {
	Editions map[string]int // by language
	Releases []RunRelease   // in the order of their numbers
	Dropped  []RunRelease   // likewise: what was taken out of it; Editions of them is 0
}

// RunContent says how many editions a run has, and what is in them.
func (db *DB) RunContent(ctx context.Context, id int64) (c RunContent, err error) {
	c.Editions = map[string]int{}
	err = db.snapshot(ctx, func(q querier) error {
		_, err := list(ctx, q, func(row *sql.Rows) (n int, err error) {
			var language string
			err = row.Scan(&language, &n)
			c.Editions[language] = n
			return n, err
		}, `SELECT language, count(*) FROM editions WHERE run_id = ? GROUP BY language`, id)
		if err != nil {
			return err
		}
		c.Releases, err = list(ctx, q, func(row *sql.Rows) (r RunRelease, err error) {
			return r, row.Scan(&r.Slug, &r.Title, &r.Kind, &r.Editions, &r.Gone)
		}, `SELECT v.slug, m.title, n.kind, count(DISTINCT e.id), r.status = 'withdrawn' AND n.kind <> 'withdrawn'
			FROM editions e JOIN edition_entries n ON n.edition_id = e.id
				JOIN releases r ON r.id = n.release_id`+current+`JOIN revisions m ON m.release_id = r.id AND m.revision = n.revision
			WHERE e.run_id = ? GROUP BY r.id, n.kind, n.revision ORDER BY r.id, n.kind, n.revision`, id)
		if err != nil {
			return err
		}
		c.Dropped, err = list(ctx, q, func(row *sql.Rows) (r RunRelease, err error) {
			return r, row.Scan(&r.Slug, &r.Title, &r.Kind)
		}, `SELECT DISTINCT v.slug, m.title, x.kind
			FROM run_entries x JOIN releases r ON r.id = x.release_id`+current+`JOIN revisions m ON m.release_id = r.id AND m.revision = x.revision
			WHERE x.id > ? AND x.id <= ? AND x.dropped IS NOT NULL ORDER BY r.id, x.kind`, firstOf(id), lastOf(id))
		return err
	})
	return c, err
}
