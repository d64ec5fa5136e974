package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/tidings/tidings"
)

// partSize is how many subscriptions are settled in one transaction: few enough that nobody else waits long for the writer. Of a part that
// is read and decided within the transaction, half.
const partSize = 16_000

// decider is what settles cohorts: see OpenRun.
type decider = func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error)

// planning is a run on its way: subscriptions are settled part by part, in the order of their numbers.
//
// While a part is written, the next one is read and decided already, by the state of the database before. Whether that was the state
// still is seen in the transaction by the audit log, in which every change of a subscriber and every publication stands: when it has
// grown, the part is read again, within the transaction. What depends on deliveries is always read there.
type planning struct {
	db     *DB
	run    *tidings.Run
	decide decider
	print  *printed
	stored bool  // the run has its row
	after  int64 // the last subscription that is settled
	newer  int64 // all subscriptions after it are newer than the run; 0 for one that was cut off, of which nobody knows

	loaded         bool
	seq            int64 // the newest publication when the candidates were loaded
	oldest, newest int64 // the positions that they were loaded for
	view           view
	all            []tidings.Candidate // of the view: the same slice for as long as they are the same
	questions      []question
	several        bool // some of them are in several languages
	rulings        rulings
	kinds          kinds
	languages      languages
	reading        *reading // nil: nothing is read ahead
	spare          *part    // is written: the next but one uses its memory again
	deliveries     int64
}

// errElsewhere: another process has gone on with the run.
var errElsewhere = errors.New("the run is planned elsewhere")

// plan settles all parts. The run is stored with the first of them; it can be sent after the last.
func (p *planning) plan(ctx context.Context) (opened bool, err error) {
	defer p.stopReading()
	if err := p.freeze(ctx); err != nil {
		return false, err
	}
	next, err := p.ahead(ctx, 0)
	for err == nil {
		var coming chan struct{}
		var this, following *part
		var failed error
		done := false
		err = p.db.write(ctx, p.run.Created, "digest", func(tx *tx) error {
			if held, err := heldAll(ctx, tx); err != nil || held.Holds() {
				done = err == nil
				return cmp.Or(err, errUnchanged)
			}
			if this, err = p.begin(ctx, tx, next); err != nil {
				done = errors.Is(err, errUnchanged)
				return err
			}
			if err := cmp.Or(p.shorten(ctx, tx, this), p.passOver(ctx, tx, this)); err != nil {
				return err
			}
			if err := p.settleSingles(ctx, tx, this); err != nil {
				return err
			}
			p.number(this, this.numbered)
			if !this.last {
				coming = make(chan struct{})
				go func() {
					defer close(coming)
					following, failed = p.ahead(ctx, this.to)
				}()
			}
			if err := p.write(ctx, tx, this); err != nil {
				return err
			}
			done, opened, err = p.end(ctx, tx, this)
			return err
		})
		if coming != nil {
			<-coming
		}
		if err != nil || done {
			break
		}
		next, err, p.spare = following, failed, this
	}
	if errors.Is(err, errElsewhere) {
		return false, nil
	}
	return opened && err == nil, err
}

// begin stores the run, or goes on with one that was cut off, and gives the part that is settled in this transaction.
func (p *planning) begin(ctx context.Context, tx *tx, next *part) (*part, error) {
	if p.stored {
		if err := p.stillOurs(ctx, tx); err != nil {
			return nil, err
		}
	} else {
		after, err := tx.takeRun(ctx, p.run)
		if err != nil {
			return nil, err
		}
		if p.stored, p.after = true, after; after > 0 {
			*next = part{stale: true} // it began from the first
			p.newer, p.loaded = 0, false
			if p.print, err = tx.printedOf(ctx, p.run.ID, &p.languages); err != nil {
				return nil, err
			}
			if p.deliveries, err = tx.count(ctx, p.run.ID); err != nil {
				return nil, err
			}
		}
	}
	if err := tx.refuseNumbers(ctx, p.run.ID); err != nil {
		return nil, err
	}
	now, err := stampOf(ctx, tx)
	if err != nil || !next.stale && now == next.stamp && next.upTo == p.run.UpTo {
		return next, err
	}
	if next.upTo != p.run.UpTo {
		p.loaded = false // it was decided for a run that took more, or less
	}
	s := &stretch{from: p.after, upTo: p.run.UpTo}
	most, err := p.mostToLearn(ctx, tx)
	if err != nil {
		return nil, err
	}
	if err := s.read(ctx, tx, p.run.Slot, most); err != nil {
		return nil, err
	}
	p.takeBack(next)
	return p.read(ctx, tx, s, next.print, true)
}

// stillOurs is errElsewhere when another process has gone on with the run since the last part: somebody forces what the daemon decides.
func (p *planning) stillOurs(ctx context.Context, tx *tx) error {
	var ours bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM runs WHERE id = ? AND planned = ?)`, p.run.ID, p.after).Scan(&ours)
	if err == nil && !ours {
		err = errElsewhere
	}
	return err
}

// refuseNumbers refuses what would not fit into a delivery's number.
func (tx *tx) refuseNumbers(ctx context.Context, run int64) error {
	var most int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM subscribers`).Scan(&most)
	if err == nil && (most > maxInRun || run > maxRun) {
		err = fmt.Errorf("run %d, subscriber %d: there are no numbers left for deliveries", run, most)
	}
	return err
}

// dropRun takes back a run without deliveries, and what was printed for it by a program that printed what nobody gets.
func (tx *tx) dropRun(ctx context.Context, run int64) error {
	for _, query := range []string{
		`DELETE FROM editions WHERE id > ?2 AND id <= ?3`,
		`DELETE FROM run_entries WHERE id > ?2 AND id <= ?3`,
		`DELETE FROM holds WHERE run_id = ?1`,
		`DELETE FROM runs WHERE id = ?1`,
	} {
		if _, err := tx.ExecContext(ctx, query, run, firstOf(run), lastOf(run)); err != nil {
			return err
		}
	}
	return nil
}

// takeRun finds the slot's run that was cut off, or inserts it. It says from which subscription to go on.
func (tx *tx) takeRun(ctx context.Context, run *tidings.Run) (after int64, err error) {
	cutOff, err := scanRun(tx.QueryRowContext(ctx, `
		SELECT u.planned, `+runColumns+` FROM runs u
		WHERE u.planned IS NOT NULL AND u.cadence = ? AND u.zone = ? AND u.hour = ?`,
		run.Slot.Cadence, run.Slot.Zone, run.Slot.Hour), &after)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, tx.insertRun(ctx, run)
	}
	if err != nil {
		return 0, err
	}
	goes, atOnce := run.Goes, run.Kind == tidings.ForcedRun && run.Goes.IsZero()
	if *run = cutOff; cutOff.Goes.IsZero() || !atOnce && !goes.After(cutOff.Goes) {
		return after, nil
	}
	if run.Goes = goes; !atOnce {
		run.Goes = cut(goes) // nobody could look at it while it was cut off
	}
	_, err = tx.ExecContext(ctx, `UPDATE runs SET goes_at = ? WHERE id = ?`, millis(run.Goes), run.ID)
	return after, err
}

func (tx *tx) count(ctx context.Context, run int64) (n int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM deliveries WHERE id > ? AND id <= ?`, firstOf(run), lastOf(run)).Scan(&n)
	return n, err
}

// stampOf stands for the state of all subscribers and releases.
func stampOf(ctx context.Context, q querier) (stamp int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM audit`).Scan(&stamp)
	return stamp, err
}

// end writes down how far the run has come, and after the last part that it can be sent.
func (p *planning) end(ctx context.Context, tx *tx, this *part) (done, opened bool, err error) {
	cancelled, err := tx.heedCancel(ctx, p.run.ID, this)
	if err != nil {
		return false, false, err
	}
	waits := p.deliveries > 0
	if this.last && cancelled { // what was decided before, and not ended yet, is left to FinishCancels
		if waits, err = tx.waitingOf(ctx, p.run.ID); err != nil {
			return false, false, err
		}
	}
	var n int64
	cursor := sql.NullInt64{Int64: firstOf(p.run.ID), Valid: !this.last || waits}
	moved, err := tx.ExecContext(ctx, `UPDATE runs SET planned = nullif(?, ?), cursor = ? WHERE id = ? AND planned = ?`,
		this.to, int64(math.MaxInt64), cursor, p.run.ID, p.after)
	if err == nil {
		n, err = moved.RowsAffected()
	}
	if err != nil {
		return false, false, err
	}
	if n == 0 {
		return false, false, errElsewhere
	}
	if p.after = this.to; !this.last {
		return false, false, nil
	}
	if p.deliveries == 0 && p.run.Slot.Cadence == tidings.Immediate {
		return true, false, tx.dropRun(ctx, p.run.ID)
	}
	return true, true, tx.audit(ctx, "run.open", runSubject(p.run.ID), details{
		"kind": p.run.Kind, "cadence": p.run.Slot.Cadence, "zone": p.run.Slot.Zone, "upto": p.run.UpTo, "deliveries": p.deliveries,
	})
}
