package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"github.com/tidings/tidings"
)

func runSubject(id int64) string { return "run:" + strconv.FormatInt(id, 10) }

// printed is what a run's editions are made of: each entry and each edition once.
type printed struct {
	run         int64
	entries     map[tidings.Entry]int64
	editions    map[editionKey]int64
	newEntries  []printedEntry
	newEditions printedEditions
	last        []tidings.Entry // of the last edition: those in another language are the same list
	lastText    string
}

// editionKey is a hash of an edition's language and the numbers of its entries in their order: the texts of a hundred thousand would
// take more room than all else.
type editionKey [16]byte

func keyOf(text []byte) (k editionKey) {
	sum := sha256.Sum256(text)
	copy(k[:], sum[:])
	return k
}

// printedEntry is an entry that is to be stored.
type printedEntry struct {
	n int64
	tidings.Entry
}

// printedEditions are editions that are to be stored: a JSON list of what printed knows them by, the first of which has this number.
type printedEditions struct {
	first int64
	keys  []byte
}

// printedOf is what a run has so far.
func (tx *tx) printedOf(ctx context.Context, run int64) (*printed, error) {
	p := &printed{run: run, entries: map[tidings.Entry]int64{}, editions: map[editionKey]int64{}}
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
		p.editions[keyOf([]byte(language+entries))] = id - firstOf(run)
		return none, err
	}, `SELECT id, language, entries FROM editions WHERE id > ? AND id <= ?`, firstOf(run), lastOf(run))
	return p, err
}

// edition gives the number of the edition with these entries: a new one when the run has none such. No entries: no edition, 0.
func (p *printed) edition(language string, entries []tidings.Entry) int64 {
	if len(entries) == 0 {
		return 0
	}
	if len(p.last) == len(entries) && &p.last[0] == &entries[0] {
		return p.named(append(append(make([]byte, 0, 128), language...), p.lastText...))
	}
	key := append(append(make([]byte, 0, 128), language...), ',')
	for _, e := range entries {
		n, known := p.entries[e]
		if !known {
			n = int64(len(p.entries)) + 1
			p.entries[e] = n
			p.newEntries = append(p.newEntries, printedEntry{n, e})
		}
		key = append(strconv.AppendInt(key, n, 10), ',')
	}
	p.last, p.lastText = entries, string(key[len(language):])
	return p.named(key)
}

// named gives the number of the edition that is known by the key.
func (p *printed) named(key []byte) int64 {
	hash := keyOf(key)
	n, known := p.editions[hash]
	if !known {
		n = int64(len(p.editions)) + 1
		p.editions[hash] = n
		if p.newEditions.first == 0 {
			p.newEditions.first = n
		}
		p.newEditions.keys = append(append(append(p.newEditions.keys, ",\""...), key...), '"') // a language tag has nothing to escape
	}
	return n
}

// take gives what is to be stored, once.
func (p *printed) take() (entries []printedEntry, editions printedEditions) {
	entries, editions = p.newEntries, p.newEditions
	p.newEntries, p.newEditions = nil, printedEditions{}
	return entries, editions
}

// write stores what was decided for a part: editions, deliveries and positions.
func (p *planning) write(ctx context.Context, tx *tx, this *part) error {
	for _, e := range this.entries {
		if _, err := tx.ExecContext(ctx, `INSERT INTO run_entries (id, release_id, revision, section, kind) VALUES (?, ?, ?, ?, ?)`,
			firstOf(p.run.ID)+e.n, e.Release, e.Revision, e.Section, string(e.Kind)); err != nil {
			return err
		}
	}
	if len(this.editions.keys) > 0 {
		this.editions.keys[0] = '['
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO editions (id, language, entries)
			SELECT ?1 + j.key, substr(j.value, 1, instr(j.value, ',') - 1), substr(j.value, instr(j.value, ',')) FROM json_each(?2) j`,
			firstOf(p.run.ID)+this.editions.first, string(append(this.editions.keys, ']'))); err != nil {
			return err
		}
	}
	n, err := tx.deliver(ctx, p.run.ID, this)
	if err != nil {
		return err
	}
	p.deliveries += n
	return tx.advance(ctx, p.run, this)
}

// deliver writes a part's deliveries, in the order of their numbers.
func (tx *tx) deliver(ctx context.Context, run int64, this *part) (n int64, err error) {
	var pairs []int64 // a subscriber and the edition's number
	for i := range this.rows {
		if v := this.rows[i].verdict; v != nil && v.edition != 0 {
			pairs = append(pairs, this.rows[i].subscriber<<runShift|v.edition)
		}
	}
	if len(pairs) == 0 {
		return 0, nil
	}
	slices.Sort(pairs)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO deliveries (id, edition_id, state)
		SELECT ?1 + (j.value >> 25), ?1 + (j.value & 33554431), 'pending' FROM json_each(?2) j`,
		firstOf(run), listText(pairs))
	return int64(len(pairs)), err
}

// advance moves a part's subscriptions to where they stand after the run: nearly all of them to its end, in one statement.
func (tx *tx) advance(ctx context.Context, run *tidings.Run, this *part) error {
	var all, others []int64
	elsewhere := map[int64][]int64{}
	for i := range this.rows {
		s := &this.rows[i]
		switch {
		case s.verdict != nil && s.verdict.next == run.UpTo && s.position < run.UpTo:
			all = append(all, s.id)
			continue
		case s.verdict != nil && s.verdict.next > s.position:
			elsewhere[s.verdict.next] = append(elsewhere[s.verdict.next], s.id)
		}
		others = append(others, s.id)
	}
	if err := tx.advanceAll(ctx, run, all, others); err != nil {
		return err
	}
	for position, ids := range elsewhere {
		if _, err := tx.ExecContext(ctx, `UPDATE subscriptions SET position = ? WHERE id IN (SELECT value FROM json_each(?))`,
			position, listText(ids)); err != nil {
			return err
		}
	}
	return nil
}

// advanceAll moves subscriptions to the run's end. Where few others stand between them, it goes through the table.
func (tx *tx) advanceAll(ctx context.Context, run *tidings.Run, all, others []int64) error {
	if len(all) == 0 {
		return nil
	}
	first, last := all[0], all[len(all)-1]
	query := `UPDATE subscriptions SET position = ?1 WHERE id IN (SELECT value FROM json_each(?2))`
	args := []any{run.UpTo, listText(all)}
	if last-first < 2*int64(len(all)) {
		query = `UPDATE subscriptions SET position = ?1 WHERE id >= ?2 AND id <= ?3 AND position < ?1
			AND +cadence = ?4 AND +slot_zone = ?5 AND +slot_hour = ?6`
		args = []any{run.UpTo, first, last, run.Slot.Cadence, run.Slot.Zone, run.Slot.Hour}
		if len(others) > 0 {
			query += ` AND id NOT IN (SELECT value FROM json_each(?7))`
			args = append(args, listText(others))
		}
	}
	moved, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := moved.RowsAffected(); err != nil || n != int64(len(all)) {
		return cmp.Or(err, fmt.Errorf("%d subscriptions moved, where %d were decided", n, len(all)))
	}
	return nil
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
