package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// tracedRun is what the journal says of a run: all it takes to tell its mails by their Message-IDs, and what they had in them, in a
// database that does not know the run. Instants are in milliseconds.
type tracedRun struct {
	tidings.Run       // without Kind and Goes
	before      int64 // when the run of the slot before it was made; 0: it was the first
	resumed     int64 // when its database was resumed for the last time after it was put back; 0: never
}

// traceOfRun is the step of a line about a run.
const traceOfRun tidings.TraceStep = 'R'

// appendRun writes "checksum R", the numbers of the run, its cadence, the domain, and the zone, which may be empty. A program that does
// not know this line takes it for one of a mail that nobody has.
func appendRun(to []byte, r *tracedRun) []byte {
	start := len(to)
	to = append(to, "00000000 "...)
	to = append(to, byte(traceOfRun), ' ')
	for _, n := range [...]int64{
		r.ID, int64(r.Slot.Hour), r.Due.UnixMilli(), r.Created.UnixMilli(), r.UpTo, r.before, r.resumed,
	} {
		to = append(strconv.AppendInt(to, n, 10), ' ')
	}
	to = fmt.Appendf(to, "%s %s %s", r.Slot.Cadence, r.Domain, r.Slot.Zone)
	return endLine(to, start)
}

// parseRun reads what a line says of a run, and reports whether it says all.
func parseRun(text string) (r tracedRun, ok bool) {
	words := strings.Split(text, " ")
	var numbers [7]int64
	if len(words) != len(numbers)+3 {
		return r, false
	}
	for i := range numbers {
		var err error
		if numbers[i], err = strconv.ParseInt(words[i], 10, 64); err != nil {
			return r, false
		}
	}
	words = words[len(numbers):]
	r.ID, r.Slot = numbers[0], tidings.Slot{Cadence: words[0], Zone: words[2], Hour: int(numbers[1])}
	r.Due, r.Created, r.Domain = time.UnixMilli(numbers[2]).UTC(), time.UnixMilli(numbers[3]).UTC(), words[1]
	r.UpTo, r.before, r.resumed = numbers[4], numbers[5], numbers[6]
	return r, true
}

// traceRun is what there is to say of a run; zero: it is not there.
func (db *DB) traceRun(ctx context.Context, id int64) (r tracedRun, err error) {
	r.Run, err = scanRun(db.readers.QueryRowContext(ctx, `
		SELECT coalesce((SELECT b.created FROM runs b
				WHERE b.cadence = u.cadence AND b.zone = u.zone AND b.hour = u.hour AND b.id < u.id ORDER BY b.id DESC LIMIT 1), 0),
			`+resumedMeta+`, `+runColumns+` FROM runs u WHERE u.id = ?`, id), &r.before, &r.resumed)
	if errors.Is(err, sql.ErrNoRows) {
		return tracedRun{}, nil
	}
	return r, explain(err)
}

const resumedMeta = ` coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'resumed'), 0) `

// ResumedAt is when this database was resumed for the last time after it was put back to an earlier state, or copied; zero: never. Of mails
// that went out between the two it knows at the most that there were some.
func (db *DB) ResumedAt(ctx context.Context) (time.Time, error) {
	var at int64
	err := db.readers.QueryRowContext(ctx, `SELECT`+resumedMeta).Scan(&at)
	if err != nil || at == 0 {
		return time.Time{}, explain(err)
	}
	return time.UnixMilli(at).UTC(), nil
}

// tracedRuns are the runs of which the journals beside the database say all, also of a database that was in its place.
func (db *DB) tracedRuns() (map[tracedRun]struct{}, error) {
	runs := map[tracedRun]struct{}{}
	for t, err := range traces(journalPath(db.path), "") {
		if err != nil {
			return nil, err
		}
		if t.Step == traceOfRun {
			if r, ok := parseRun(t.MessageID); ok {
				runs[r] = struct{}{}
			}
		}
	}
	return runs, nil
}
