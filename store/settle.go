package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

func runSubject(id int64) string { return "run:" + strconv.FormatInt(id, 10) }

// printed is what a run's editions are made of: each entry, each list of entries and each edition once.
type printed struct {
	entries  map[tidings.Entry]int64
	lists    map[string]*printedList // by their numbers
	editions int64                   // so many have numbers
}

// printedList is a list of entries. There may be a hundred thousand.
type printedList struct {
	numbers  string  // of its entries, in their order, as varints
	editions []int64 // that have it: one for each language, 0 where there is none
}

// printout is what has numbers and is to be stored with a part.
type printout struct {
	entries  []printedEntry
	editions []printedIn
	first    int64  // the number of the first of the editions; the others follow
	texts    []byte // a JSON list of the language and the entries of each
}

// printedIn is a list in the language in this place.
type printedIn struct {
	*printedList
	place int
}

// printedEntry is an entry that is to be stored.
type printedEntry struct {
	n int64
	tidings.Entry
}

func newPrinted() *printed {
	return &printed{entries: map[tidings.Entry]int64{}, lists: map[string]*printedList{}}
}

// printedOf is what a run has so far.
func (tx *tx) printedOf(ctx context.Context, run int64, met *languages) (*printed, error) {
	p := newPrinted()
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
		var language, entries string
		if err := row.Scan(&p.editions, &language, &entries); err != nil {
			return none, err
		}
		var numbers []byte
		for text := range strings.SplitSeq(strings.Trim(entries, ","), ",") {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return none, err
			}
			numbers = binary.AppendUvarint(numbers, n)
		}
		*p.named(numbers).in(met.of(language)) = p.editions
		return none, nil
	}, `SELECT id - ?1, language, entries FROM editions WHERE id > ?1 AND id <= ?2 ORDER BY id`, firstOf(run), lastOf(run))
	return p, err
}

// edition gives the number of the edition with a list, in the language in this place: a new one when the run has none such.
// No list: no edition, 0.
func (p *printed) edition(to *printout, list *printedList, place int, language string) int64 {
	if list == nil {
		return 0
	}
	n := list.in(place)
	if *n == 0 {
		p.editions++
		*n = p.editions
		to.add(printedIn{list, place}, language)
	}
	return *n
}

// list numbers entries; nil: there are none.
func (p *printed) list(to *printout, entries []tidings.Entry) *printedList {
	if len(entries) == 0 {
		return nil
	}
	numbers := make([]byte, 0, 256)
	for _, e := range entries {
		n, known := p.entries[e]
		if !known {
			n = int64(len(p.entries)) + 1
			p.entries[e] = n
			to.entries = append(to.entries, printedEntry{n, e})
		}
		numbers = binary.AppendUvarint(numbers, uint64(n))
	}
	return p.named(numbers)
}

// named gives the list of these numbers.
func (p *printed) named(numbers []byte) *printedList {
	known := p.lists[string(numbers)]
	if known == nil {
		known = &printedList{numbers: string(numbers)}
		p.lists[known.numbers] = known
	}
	return known
}

// in is the number of the list's edition in the language in this place.
func (l *printedList) in(place int) *int64 {
	for len(l.editions) <= place {
		l.editions = append(l.editions, 0)
	}
	return &l.editions[place]
}

// add has an edition stored: its entries as ",3,17,".
func (to *printout) add(e printedIn, language string) {
	if len(to.editions) == 0 {
		to.first = *e.in(e.place)
	}
	to.editions = append(to.editions, e)
	text := append(append(append(to.texts, ",\""...), language...), ',') // a language tag has nothing to escape
	for rest := []byte(e.numbers); len(rest) > 0; {
		n, size := binary.Uvarint(rest)
		text, rest = append(strconv.AppendUint(text, n, 10), ','), rest[size:]
	}
	to.texts = append(text, '"')
}

// write stores what was decided for a part: editions, deliveries and positions.
func (p *planning) write(ctx context.Context, tx *tx, this *part) error {
	for _, e := range this.print.entries {
		if _, err := tx.ExecContext(ctx, `INSERT INTO run_entries (id, release_id, revision, section, kind) VALUES (?, ?, ?, ?, ?)`,
			firstOf(p.run.ID)+e.n, e.Release, e.Revision, e.Section, string(e.Kind)); err != nil {
			return err
		}
	}
	if len(this.print.texts) > 0 {
		this.print.texts[0] = '['
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO editions (id, language, entries)
			SELECT ?1 + j.key, substr(j.value, 1, instr(j.value, ',') - 1), substr(j.value, instr(j.value, ',')) FROM json_each(?2) j`,
			firstOf(p.run.ID)+this.print.first, string(append(this.print.texts, ']'))); err != nil {
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
	pairs := make([]int64, 0, len(this.rows)) // a subscriber and the edition's number
	for i := range this.rows {
		if s := &this.rows[i]; s.edition != 0 {
			pairs = append(pairs, s.subscriber<<runShift|s.edition)
		}
	}
	slices.Sort(pairs)
	// As parameters they cost three quarters of what they do in a JSON list, which is for the rest.
	const abreast = 100
	query := unpacked + `(VALUES ` + strings.Repeat(`(?), `, abreast-1) + `(?))`
	args := make([]any, 1+abreast)
	args[0] = firstOf(run)
	rest := pairs
	for ; len(rest) >= abreast; rest = rest[abreast:] {
		for i, pair := range rest[:abreast] {
			args[1+i] = pair
		}
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return 0, err
		}
	}
	if len(rest) > 0 {
		_, err = tx.ExecContext(ctx, unpacked+`(SELECT value AS column1 FROM json_each(?))`, firstOf(run), listText(rest))
	}
	return int64(len(pairs)), err
}

// unpacked makes deliveries of pairs in a table with one column.
const unpacked = `INSERT INTO deliveries (id, edition_id, state) SELECT ?1 + (column1 >> 25), ?1 + (column1 & 33554431), 'pending' FROM `

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
