package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"github.com/tidings/tidings"
)

func runSubject(id int64) string { return "run:" + strconv.FormatInt(id, 10) }

// write stores what was decided for a part: editions, deliveries and positions.
func (p *planning) write(ctx context.Context, tx *tx, this *part) error {
	if err := tx.print(ctx, p.run.ID, &this.print); err != nil {
		return err
	}
	n, err := tx.deliver(ctx, p.run.ID, this)
	if err != nil {
		return err
	}
	p.deliveries += n
	return tx.advance(ctx, p.run, this)
}

// print writes the entries and the editions that a run has not had before.
func (tx *tx) print(ctx context.Context, run int64, out *printout) error {
	for _, e := range out.entries {
		if _, err := tx.ExecContext(ctx, `INSERT INTO run_entries (id, release_id, revision, section, kind) VALUES (?, ?, ?, ?, ?)`,
			firstOf(run)+e.n, e.Release, e.Revision, e.Section, string(e.Kind)); err != nil {
			return err
		}
	}
	numbers, args := make([]int64, len(out.editions)), make([]any, 0, 2*len(out.editions))
	texts, from := string(out.texts), 0
	for i := range out.editions {
		e := &out.editions[i]
		numbers[i] = firstOf(run) + out.first + int64(i)
		args = append(args, e.language, texts[from:e.to])
		from = e.to
	}
	return tx.insertNumbered(ctx, "editions", "language, entries", "?, ?", numbers, args)
}

// deliver writes a part's deliveries, in the order of their numbers.
func (tx *tx) deliver(ctx context.Context, run int64, this *part) (n int64, err error) {
	pairs := make([]int64, 0, len(this.rows)) // a subscriber and the edition's number
	for i := range this.rows {
		if s := &this.rows[i]; s.edition != 0 {
			pairs = append(pairs, s.subscriber<<runShift|s.edition)
		}
	}
	slices.Sort(pairs)
	numbers, args := pairs, make([]any, len(pairs))
	for i, pair := range pairs {
		args[i] = firstOf(run) + pair&maxInRun
		numbers[i] = firstOf(run) + pair>>runShift
	}
	return int64(len(pairs)), tx.insertNumbered(ctx, "deliveries", "edition_id, state", "?, 'pending'", numbers, args)
}

// advance moves a part's subscriptions to where they stand after the run: nearly all of them to its end, in one statement.
func (tx *tx) advance(ctx context.Context, run *tidings.Run, this *part) error {
	all := make([]int64, 0, len(this.rows))
	elsewhere := map[int64][]int64{}
	for i := range this.rows {
		s := &this.rows[i]
		switch {
		case s.ruling == nil || s.ruling.next <= s.position: // it stays
		case s.ruling.next == run.UpTo:
			all = append(all, s.id)
		default:
			elsewhere[s.ruling.next] = append(elsewhere[s.ruling.next], s.id)
		}
	}
	if err := tx.advanceTo(ctx, run.UpTo, all); err != nil {
		return err
	}
	for position, ids := range elsewhere {
		if err := tx.advanceTo(ctx, position, ids); err != nil {
			return err
		}
	}
	return nil
}

// advanceTo moves subscriptions, in the order of their numbers, to a position. Where few others have numbers between theirs, it goes
// through the table and leaves those out, or it looks for each.
func (tx *tx) advanceTo(ctx context.Context, position int64, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	first, last := ids[0], ids[len(ids)-1]
	var moved sql.Result
	var err error
	switch between := last - first + 1 - int64(len(ids)); {
	case between == 0:
		moved, err = tx.ExecContext(ctx, moveQuery+`BETWEEN ? AND ?`, position, first, last)
	case between <= int64(len(ids)):
		moved, err = tx.ExecContext(ctx, moveQuery+`BETWEEN ? AND ? AND subscription_id NOT IN (SELECT value FROM json_each(?))`,
			position, first, last, listText(gaps(ids)))
	default:
		moved, err = tx.ExecContext(ctx, moveQuery+`IN (SELECT value FROM json_each(?))`, position, listText(ids))
	}
	if err != nil {
		return err
	}
	if n, err := moved.RowsAffected(); err != nil || n != int64(len(ids)) {
		return cmp.Or(err, fmt.Errorf("%d subscriptions moved, where %d were decided", n, len(ids)))
	}
	return nil
}

const moveQuery = `UPDATE positions SET position = ? WHERE subscription_id `

// gaps are the numbers between those in the list, which ascends.
func gaps(ids []int64) (others []int64) {
	for i := 1; i < len(ids); i++ {
		for n := ids[i-1] + 1; n < ids[i]; n++ {
			others = append(others, n)
		}
	}
	return others
}

// listText is numbers as a JSON list.
func listText(numbers []int64) string {
	text := make([]byte, 0, 12*len(numbers)+2)
	text = append(text, '[')
	for i, n := range numbers {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, n, 10)
	}
	return string(append(text, ']'))
}
