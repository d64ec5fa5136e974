package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

// printed is what a run's editions are made of: each entry, each list of entries and each edition once.
type printed struct {
	entries  map[tidings.Entry]int64
	lists    map[string]*printedList // by their numbers
	editions int64                   // so many have numbers
}

// printedList is a list of entries. There may be a hundred thousand.
type printedList struct {
	numbers string   // of its entries, in their order, as varints
	few     [2]int64 // the numbers of its editions in the first languages, 0 where there is none
	more    []int64  // in the others
}

// printout is what has numbers and is to be stored with a part.
type printout struct {
	entries  []printedEntry
	editions []printedIn
	first    int64  // the number of the first of the editions; the others follow
	texts    []byte // the entries of all, as they are stored
}

// printedIn is a list in the language in this place.
type printedIn struct {
	*printedList
	place    int
	language string
	to       int // where its entries end in the texts; they begin where those before end
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
		to.add(printedIn{printedList: list, place: place, language: language})
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
	if place < len(l.few) { // at once, for a million readers
		return &l.few[place]
	}
	place -= len(l.few)
	for len(l.more) <= place {
		l.more = append(l.more, 0)
	}
	return &l.more[place]
}

// add has an edition stored: its entries as ",3,17,".
func (to *printout) add(e printedIn) {
	if len(to.editions) == 0 {
		to.first = *e.in(e.place)
	}
	text := append(to.texts, ',')
	for rest := []byte(e.numbers); len(rest) > 0; {
		n, size := binary.Uvarint(rest)
		text, rest = append(strconv.AppendUint(text, n, 10), ','), rest[size:]
	}
	e.to = len(text)
	to.texts, to.editions = text, append(to.editions, e)
}
