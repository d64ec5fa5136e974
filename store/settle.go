package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

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
	editions := map[string]int64{}
	for i, d := range decisions {
		m := &members[i]
		if d.Position < m.Position || d.Position > run.UpTo {
			return fmt.Errorf("a position cannot go from %d to %d in a run up to %d", m.Position, d.Position, run.UpTo)
		}
		edition, err := tx.edition(ctx, run, m.Language, d.Entries, editions)
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

// edition stores the edition with these entries, once for the run and language. No entries: no edition, 0.
func (tx *tx) edition(
	ctx context.Context, run *tidings.Run, language string, entries []tidings.Entry, known map[string]int64,
) (id int64, err error) {
	if len(entries) == 0 {
		return 0, nil
	}
	var key strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&key, "%d.%d%s %s\n", e.Release, e.Revision, e.Kind, e.Section)
	}
	memo := language + "\n" + key.String()
	if id, ok := known[memo]; ok {
		return id, nil
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO editions (run_id, language, key) VALUES (?, ?, ?) RETURNING id`,
		run.ID, language, key.String()).Scan(&id)
	if err != nil {
		return 0, err
	}
	known[memo] = id
	for i, e := range entries {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO edition_entries (edition_id, place, release_id, revision, section, kind) VALUES (?, ?, ?, ?, ?, ?)`,
			id, i, e.Release, e.Revision, e.Section, string(e.Kind)); err != nil {
			return 0, err
		}
	}
	return id, nil
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

// deliver writes the run's deliveries, those of an edition side by side: Claim gives them in this order, and the
// mailer makes an edition's mail once for as long as the edition stays the same.
func (tx *tx) deliver(ctx context.Context, run *tidings.Run) (total int64, err error) {
	for _, match := range matched() {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO deliveries (run_id, edition_id, subscriber_id, state, next_at)
			SELECT ?, d.edition, p.id, 'pending', ? FROM subscriptions s, subscribers p, temp.decided d
			WHERE `+match+` AND d.edition IS NOT NULL ORDER BY d.edition, s.id`,
			run.ID, run.Created.UnixMilli(), run.Slot.Cadence, run.Slot.Zone, run.Slot.Hour)
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
