package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/tidings/tidings"
)

func runSubject(id int64) string { return "run:" + strconv.FormatInt(id, 10) }

// settle has the run decided, and writes what was decided. It says how many deliveries there are.
func (tx *tx) settle(
	ctx context.Context, run *tidings.Run, v view,
	decide func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error),
) (deliveries int64, err error) {
	if len(v.members) == 0 {
		return 0, nil
	}
	decisions, err := decide(v.cohorts(), v.all())
	if err != nil {
		return 0, err
	}
	if len(decisions) != len(v.members) {
		return 0, fmt.Errorf("%d decisions for %d cohorts", len(decisions), len(v.members))
	}
	if err := tx.writeDecisions(ctx, run, v.members, decisions); err != nil {
		return 0, err
	}
	if deliveries, err = tx.deliver(ctx, run); err != nil {
		return 0, err
	}
	return deliveries, tx.advance(ctx, run)
}

// writeDecisions puts the decisions where deliver and advance find them: a temporary table, so that each of those is two
// statements however many cohorts there are.
func (tx *tx) writeDecisions(
	ctx context.Context, run *tidings.Run, members []member, decisions []tidings.Decision,
) (err error) {
	for _, q := range []string{
		`CREATE TEMP TABLE IF NOT EXISTS decided (
			subscription INTEGER NOT NULL, filter INTEGER NOT NULL, position INTEGER NOT NULL, language TEXT NOT NULL,
			facts TEXT NOT NULL, edition INTEGER, next INTEGER NOT NULL,
			PRIMARY KEY (subscription, filter, position, language, facts)) STRICT, WITHOUT ROWID`,
		`DELETE FROM temp.decided`,
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO temp.decided VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	print, err := tx.printedOf(ctx, run.ID)
	if err != nil {
		return err
	}
	for i, d := range decisions {
		m := &members[i]
		if d.Position < m.Position || d.Position > run.UpTo {
			return fmt.Errorf("a position cannot go from %d to %d in a run up to %d", m.Position, d.Position, run.UpTo)
		}
		edition, err := tx.edition(ctx, print, m.Language, d.Entries)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(
			ctx, m.Subscription, m.filter, m.Position, m.Language, m.facts, edition, d.Position); err != nil {
			return err
		}
	}
	return nil
}

// printed is what a run's editions are made of: each entry and each edition once.
type printed struct {
	run      int64
	entries  map[tidings.Entry]int64
	editions map[string]int64 // a language, and the numbers of the entries in their order → the edition's number within the run
}

// printedOf is what a run has so far.
func (tx *tx) printedOf(ctx context.Context, run int64) (*printed, error) {
	p := &printed{run: run, entries: map[tidings.Entry]int64{}, editions: map[string]int64{}}
	_, err := list(ctx, tx, func(row *sql.Rows) (none struct{}, err error) {
		var n int64
		var e tidings.Entry
		err = row.Scan(&n, &e.Release, &e.Revision, &e.Section, &e.Kind)
		p.entries[e] = n
		return none, err
	}, `SELECT n, release_id, revision, section, kind FROM run_entries WHERE id > ? AND id <= ?`, firstOf(run), lastOf(run))
	if err != nil {
		return nil, err
	}
	_, err = list(ctx, tx, func(row *sql.Rows) (none struct{}, err error) {
		var id int64
		var language, entries string
		err = row.Scan(&id, &language, &entries)
		p.editions[language+entries] = id - firstOf(run)
		return none, err
	}, `SELECT id, language, entries FROM editions WHERE id > ? AND id <= ?`, firstOf(run), lastOf(run))
	return p, err
}

// edition gives the number of the edition with these entries, and stores it when the run has none such. No entries: no edition, 0.
func (tx *tx) edition(ctx context.Context, p *printed, language string, entries []tidings.Entry) (int64, error) {
	if len(entries) == 0 {
		return 0, nil
	}
	text := []byte{','}
	for _, e := range entries {
		n, known := p.entries[e]
		if !known {
			n = int64(len(p.entries)) + 1
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO run_entries (id, release_id, revision, section, kind) VALUES (?, ?, ?, ?, ?)`,
				firstOf(p.run)+n, e.Release, e.Revision, e.Section, string(e.Kind)); err != nil {
				return 0, err
			}
			p.entries[e] = n
		}
		text = append(strconv.AppendInt(text, n, 10), ',')
	}
	key := language + string(text)
	if n, known := p.editions[key]; known {
		return firstOf(p.run) + n, nil
	}
	n := int64(len(p.editions)) + 1
	if _, err := tx.ExecContext(ctx, `INSERT INTO editions (id, language, entries) VALUES (?, ?, ?)`,
		firstOf(p.run)+n, language, string(text)); err != nil {
		return 0, err
	}
	p.editions[key] = n
	return firstOf(p.run) + n, nil
}

// matched joins each subscription s of the run with its decision d: first of those that share a cohort, then of those
// that are one.
func matched() []string {
	const slot = `s.cadence = ? AND s.slot_zone = ? AND s.slot_hour = ?
		AND p.id = s.subscriber_id AND p.state = 'active' `
	return []string{
		slot + `AND p.multi = 0 AND d.subscription = 0
			AND d.filter = s.filter_id AND d.position = s.position AND d.language = p.language
			AND d.facts =` + knows,
		slot + `AND p.multi = 1 AND d.subscription = s.id`,
	}
}

// deliver writes the run's deliveries, in the order of their numbers.
func (tx *tx) deliver(ctx context.Context, run *tidings.Run) (total int64, err error) {
	for _, match := range matched() {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO deliveries (id, edition_id, state)
			SELECT ? + p.id, d.edition, 'pending' FROM subscriptions s, subscribers p, temp.decided d
			WHERE `+match+` AND d.edition IS NOT NULL ORDER BY s.id`,
			firstOf(run.ID), run.Slot.Cadence, run.Slot.Zone, run.Slot.Hour)
		if err != nil {
			return 0, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// advance moves the subscriptions to where they stand after the run.
func (tx *tx) advance(ctx context.Context, run *tidings.Run) error {
	for _, match := range matched() {
		if _, err := tx.ExecContext(ctx, `
			UPDATE subscriptions SET position = moved.next
			FROM (SELECT s.id, d.next FROM subscriptions s, subscribers p, temp.decided d
				WHERE `+match+` AND d.next > d.position) moved
			WHERE subscriptions.id = moved.id`, run.Slot.Cadence, run.Slot.Zone, run.Slot.Hour); err != nil {
			return err
		}
	}
	return nil
}
