package store

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// lostRun is a run of which this database, which was put back to an earlier state, does not know what it settled: for anybody, since it
// was made later; or for the subscriptions after one, since that state is from the middle of its planning.
//
// Whoever got its mail has all that the run took for them. In the lost state they stood at its end, and here before: they are moved there,
// so that the run that is made in its place brings them nothing of it. Nobody else is touched. It loses no release for anybody since
//
//   - only the first lost run of a slot counts. It took all from the position that is known here. A later one took up from the one before
//     it, whose mail may not have gone out.
//   - it counts for the publications that this database has in common with the lost state: those made since are younger than the run, though
//     they may have the same numbers.
//   - what it left to a faster subscription of the same subscriber is beyond that one's position: a slower one is moved only where no faster
//     one stands before the same place.
//   - members are those who were in the slot when it was made: numbers of subscribers who joined later may be given again.
//   - who changed something while this database is held may want what that run did not have for them: they are left alone.
type lostRun struct {
	tidings.Run
	after int64 // its subscriptions up to this one are known here
	limit int64 // the last publication that it settled, of those here
}

// lostRuns are those of each slot, the faster cadences first: so that a slower subscription is looked at when the faster one has moved.
func (db *DB) lostRuns(ctx context.Context, now time.Time, traced map[tracedRun]struct{}) (slots [][]lostRun, err error) {
	bySlot := map[tidings.Slot][]lostRun{}
	err = db.snapshot(ctx, func(q querier) error {
		lost, err := list(ctx, q, func(row *sql.Rows) (l lostRun, err error) {
			l.Run, err = scanRun(row, &l.after)
			return l, err
		}, `SELECT u.planned, `+runColumns+` FROM runs u WHERE u.planned IS NOT NULL`)
		if err != nil {
			return err
		}
		for r := range traced {
			counts, err := firstLost(ctx, q, &r, now)
			if err != nil {
				return err
			}
			if counts {
				lost = append(lost, lostRun{Run: r.Run})
			}
		}
		for _, l := range lost {
			if l.limit, err = commonTo(ctx, q, &l.Run); err != nil {
				return err
			}
			bySlot[l.Slot] = append(bySlot[l.Slot], l)
		}
		return nil
	})
	for _, runs := range bySlot {
		slots = append(slots, runs)
	}
	slices.SortFunc(slots, func(a, b []lostRun) int {
		return cmp.Compare(strings.Index(paces, a[0].Slot.Cadence), strings.Index(paces, b[0].Slot.Cadence))
	})
	return slots, err
}

// paces has the cadences, fastest first.
const paces = tidings.Immediate + " " + tidings.Daily + " " + tidings.Weekly + " " + tidings.Monthly

// firstLost reports whether a run is not known here, and the one of its slot before it is, with all that it settled. Nor does one count
// of a database that was resumed at another time than this one: it may have been put back to some other state than this one comes from.
func firstLost(ctx context.Context, q querier, r *tracedRun, now time.Time) (is bool, err error) {
	if r.Created.After(now) { // the clock ran ahead then: what was published since may look older than it
		return false, nil
	}
	s, due, created := r.Slot, r.Due.UnixMilli(), r.Created.UnixMilli()
	err = q.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 WHERE`+notKnown+`
			AND (?8 = 0 OR EXISTS (SELECT 1 FROM runs WHERE cadence = ?3 AND zone = ?4 AND hour = ?5 AND created = ?8 AND planned IS NULL)))`,
		r.resumed, r.ID, s.Cadence, s.Zone, s.Hour, due, created, r.before).Scan(&is)
	return is, err
}

// notKnown: a run of this database's later life, which it does not know.
const notKnown = ` ?1 =` + resumedMeta + `
	AND NOT EXISTS (SELECT 1 FROM runs WHERE id = ?2 AND cadence = ?3 AND zone = ?4 AND hour = ?5 AND due = ?6 AND created = ?7) `

// commonTo is the last publication up to a run that this database has in common with the one that made it.
func commonTo(ctx context.Context, q querier, r *tidings.Run) (seq int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM publications WHERE seq <= ? AND at <= ? ORDER BY seq DESC LIMIT 1), 0)`,
		r.UpTo, r.Created.UnixMilli()).Scan(&seq)
	return seq, err
}

// reconcileLost moves those who got the mail of a lost run, or only counts them: slot by slot, and so many in one transaction that nobody
// waits long for the writer. Cut off anywhere, it can be called again.
func (db *DB) reconcileLost(
	ctx context.Context, now time.Time, traced map[tracedRun]struct{}, sent func(string) bool, write bool,
) (readers int, err error) {
	slots, err := db.lostRuns(ctx, now, traced)
	if err != nil {
		return 0, err
	}
	for _, runs := range slots {
		for after, more := int64(0), true; more; {
			m, err := db.reconcileMembers(ctx, now, runs, after, sent, write)
			if err != nil {
				return readers, err
			}
			readers += m.found
			after, more = m.last, m.last != 0
		}
	}
	return readers, nil
}

// reconcileMembers looks at some. They are read before the writer is taken, and again when something has changed since.
func (db *DB) reconcileMembers(
	ctx context.Context, now time.Time, runs []lostRun, after int64, sent func(string) bool, write bool,
) (m lostMembers, err error) {
	err = db.snapshot(ctx, func(q querier) error { return m.find(ctx, q, runs, after, sent) })
	if err != nil || !write || len(m.moves) == 0 {
		return m, err
	}
	err = db.write(ctx, now, "reconcile", func(tx *tx) error {
		stamp, err := stampOf(ctx, tx)
		if err == nil && stamp != m.stamp {
			err = m.find(ctx, tx, runs, after, sent)
		}
		if err != nil || len(m.moves) == 0 {
			return cmp.Or(err, errUnchanged)
		}
		return tx.moveLost(ctx, m.moves)
	})
	return m, err
}

// moveLost moves subscriptions to positions, never back. That is a change of theirs, which a run that is being decided elsewhere must see.
func (tx *tx) moveLost(ctx context.Context, moves map[int64][]int64) error {
	moved := 0
	for position, ids := range moves {
		_, err := tx.ExecContext(ctx, `
			UPDATE positions SET position = ?1 WHERE subscription_id IN (SELECT value FROM json_each(?2)) AND position < ?1`, position, listText(ids))
		if err != nil {
			return err
		}
		moved += len(ids)
	}
	return tx.audit(ctx, "mail.reconcile", "mail", details{"readers": moved})
}

// lostBatch is how many subscriptions are moved in one transaction.
const lostBatch = partSize / 2

// lostMembers are some subscriptions of a slot that stand before what came by one of its lost runs.
type lostMembers struct {
	stamp int64             // of the state that they were read from
	last  int64             // the last one that was looked at; 0: there are no more
	found int               // to how many of them it came
	moves map[int64][]int64 // those of these that may be moved, by where to
}

func (l *lostMembers) find(ctx context.Context, q querier, runs []lostRun, after int64, sent func(string) bool) (err error) {
	type member struct{ id, subscriber, position, since, faster int64 }
	slot := runs[0].Slot
	furthest := slices.MaxFunc(runs, func(a, b lostRun) int { return cmp.Compare(a.limit, b.limit) }).limit
	*l = lostMembers{moves: map[int64][]int64{}}
	if l.stamp, err = stampOf(ctx, q); err != nil {
		return err
	}
	changed, err := changedWhileHeld(ctx, q)
	if err != nil {
		return err
	}
	some, err := list(ctx, q, func(row *sql.Rows) (m member, err error) {
		return m, row.Scan(&m.id, &m.subscriber, &m.position, &m.since, &m.faster)
	}, lostMembersQuery, slot.Cadence, slot.Zone, slot.Hour, after, furthest, lostBatch, paces, int64(math.MaxInt64))
	for _, m := range some {
		to := m.position
		if changed[subscriberSubject(m.subscriber)] {
			continue
		}
		for i := range runs {
			r := &runs[i]
			if r.limit > to && m.id > r.after && m.since <= r.Created.UnixMilli() && sent(r.MessageID(m.subscriber)) {
				to = r.limit
			}
		}
		if to == m.position {
			continue
		}
		if l.found++; m.faster >= to {
			l.moves[to] = append(l.moves[to], m.id)
		}
	}
	if len(some) == lostBatch {
		l.last = some[len(some)-1].id
	}
	return err
}

// lostMembersQuery gives of each also since when it is in the slot, and where the subscriber's faster subscriptions stand: the last of them.
const lostMembersQuery = `
	SELECT s.id, s.subscriber_id, q.position, max(s.since, p.created), iif(p.multi, coalesce((
			SELECT min(oq.position) FROM subscriptions o JOIN positions oq ON oq.subscription_id = o.id
			WHERE o.subscriber_id = s.subscriber_id AND instr(?7, o.cadence) < instr(?7, s.cadence)), ?8), ?8)
	FROM subscriptions s CROSS JOIN positions q ON q.subscription_id = s.id CROSS JOIN subscribers p ON p.id = s.subscriber_id
	WHERE s.cadence = ?1 AND s.slot_zone = ?2 AND s.slot_hour = ?3 AND s.id > ?4 AND q.position < ?5 ORDER BY s.id LIMIT ?6`

// changedWhileHeld are the subscribers, by their subjects, of whom the audit log says something since the database is held as a copy.
func changedWhileHeld(ctx context.Context, q querier) (map[string]bool, error) {
	changed := map[string]bool{}
	_, err := list(ctx, q, func(row *sql.Rows) (subject string, err error) {
		err = row.Scan(&subject)
		changed[subject] = true
		return subject, err
	}, `SELECT a.subject FROM holds h CROSS JOIN audit a WHERE h.run_id = 0 AND h.kind = ? AND a.subject LIKE 'subscriber:%'
		AND a.id > coalesce((SELECT b.id FROM audit b WHERE b.at < h.at ORDER BY b.id DESC LIMIT 1), 0)`, string(tidings.HeldAsCopy))
	return changed, err
}
