package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

const (
	// ticketRest is for how long a ticket says what it was, after it has expired.
	ticketRest = 30 * 24 * time.Hour
	// bounceRest is for how long a bounce without its diagnostic is kept: what bounces once a month is to be counted too.
	bounceRest = 400 * 24 * time.Hour
	// requestRest is for how long requests are kept: longer than any limit looks back.
	requestRest = 48 * time.Hour
	// forgetAtOnce is how many rows are forgotten in one transaction, so that nobody waits long for the writer.
	forgetAtOnce = 2000
	// forgetLooks is likewise how many deliveries are looked for: one in each run that ever was, for each person.
	forgetLooks = 100_000
)

// Forget carries out a retention: what has been over for longer goes, and so do the requests and tickets that have served their
// time, and the filters that nobody uses. Suppressions stay until their end, also of those who are erased for theirs. It works in small
// steps. When it is interrupted, the next one goes on where it ended. What else was cut off, or has a wrong instant, is put right first:
// the clock may have been set after the start.
func (db *DB) Forget(ctx context.Context, r tidings.Retention, now time.Time) (f tidings.Forgotten, err error) {
	if err := db.putRight(ctx, now); err != nil {
		return f, err
	}
	before := func(kept time.Duration) int64 { return now.Add(-kept).UnixMilli() }
	steps := []struct {
		count *int
		kept  time.Duration
		do    func(context.Context, int64, time.Time) (int, error)
	}{
		{&f.SignUps, r.Unconfirmed, db.forgetting(forgetSignUps)},
		{&f.Subscribers, r.Left, db.forgetSubscribers},
		{&f.Replies, r.Details, db.forgetting(forgetReplies)},
		{&f.Letters, r.Details, db.forgetting(forgetLetters)},
		{&f.Diagnostics, r.Details, db.forgetting(forgetDiagnostics)},
		{&f.Bounces, bounceRest, db.forgetting(forgetBounces)},
		{&f.Tickets, ticketRest, db.forgetting(forgetTickets)},
		{&f.Requests, requestRest, db.forgetting(forgetRequests)},
	}
	for _, step := range steps {
		if step.kept <= 0 {
			continue
		}
		if *step.count, err = step.do(ctx, before(step.kept), now); err != nil {
			return f, err
		}
	}
	if f.Suppressions, err = db.endSuppressions(ctx, now); err != nil {
		return f, err
	}
	if f.Filters, err = db.forgetFilters(ctx, now); err != nil || f == (tidings.Forgotten{}) && !db.unemptied.Load() {
		return f, err
	}
	return f, db.emptyLog(ctx)
}

const (
	forgetSignUps = `DELETE FROM signups WHERE id IN (SELECT id FROM signups WHERE created < ?1 LIMIT ?2)`
	forgetReplies = `UPDATE deliveries SET reply = '' WHERE id IN (
		SELECT id FROM deliveries WHERE settled < ?1 AND reply <> '' LIMIT ?2)`
	forgetLetters = `UPDATE letters SET address = '', reply = '', nonce = NULL WHERE id IN (
		SELECT id FROM letters WHERE settled < ?1 AND address <> '' LIMIT ?2)`
	forgetDiagnostics = `UPDATE bounces SET diagnostic = '' WHERE id IN (
		SELECT id FROM bounces WHERE at < ?1 AND diagnostic <> '' LIMIT ?2)`
	forgetBounces = `DELETE FROM bounces WHERE id IN (SELECT id FROM bounces WHERE at < ?1 LIMIT ?2)`
	forgetTickets = `DELETE FROM tickets WHERE hash IN (SELECT hash FROM tickets WHERE expires < ?1 LIMIT ?2)`
	// What is said to be in the future was counted while the clock was wrong.
	forgetRequests = `DELETE FROM requests WHERE id IN (
		SELECT id FROM requests WHERE at < ?1 OR at > 2 * ?3 - ?1 LIMIT ?2)`
)

// forgetting runs a statement until it finds nothing more: ?1 is an instant in milliseconds, ?2 how many rows at most, ?3 now.
func (db *DB) forgetting(statement string) func(context.Context, int64, time.Time) (int, error) {
	return func(ctx context.Context, before int64, now time.Time) (total int, err error) {
		for {
			var n int64
			err := db.write(ctx, now, "retention", func(tx *tx) error {
				done, err := tx.ExecContext(ctx, statement, before, forgetAtOnce, now.UnixMilli())
				if err != nil {
					return err
				}
				if n, err = done.RowsAffected(); err == nil && n == 0 {
					return errUnchanged
				}
				return err
			})
			if total += int(n); err != nil || n < forgetAtOnce {
				return total, err
			}
		}
	}
}

const (
	theyLeft       = `SELECT id FROM subscribers WHERE state = 'left' AND address IS NOT NULL AND left_at < ?`
	theSuppressed  = `SELECT id, address FROM subscribers WHERE state = 'suppressed' AND +address IS NOT NULL`
	suppressedThen = `SELECT EXISTS (SELECT 1 FROM suppressions WHERE address = ? AND at < ?)`
)

// forgetSubscribers erases those who left before the instant, and those whose address was suppressed before it: the suppression
// stays, as a hash.
func (db *DB) forgetSubscribers(ctx context.Context, before int64, now time.Time) (total int, err error) {
	gone, err := list(ctx, db.readers, scanID, theyLeft, before)
	if err != nil {
		return 0, err
	}
	total, err = db.forgetThese(ctx, gone, now, func(tx *tx, id int64) (still bool, err error) {
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (`+theyLeft+` AND id = ?)`, before, id).Scan(&still)
		return still, err
	})
	if err != nil {
		return total, err
	}
	if gone, err = db.suppressedBefore(ctx, db.readers, theSuppressed, before); err != nil {
		return total, err
	}
	n, err := db.forgetThese(ctx, gone, now, func(tx *tx, id int64) (bool, error) {
		still, err := db.suppressedBefore(ctx, tx, theSuppressed+` AND id = ?`, before, id)
		return len(still) > 0, err
	})
	return total + n, err
}

// suppressedBefore gives of the people of a query, by number and address, those who were suppressed before the instant. When that was
// is known by the keyed hash of the address alone.
func (db *DB) suppressedBefore(ctx context.Context, q querier, query string, before int64, args ...any) (ids []int64, err error) {
	type person struct {
		id      int64
		address string
	}
	all, err := list(ctx, q, func(row *sql.Rows) (p person, err error) { return p, row.Scan(&p.id, &p.address) }, query, args...)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		for _, key := range db.addressKeys(p.address) {
			var then bool
			if err := q.QueryRowContext(ctx, suppressedThen, key, before).Scan(&then); err != nil {
				return nil, explain(err)
			}
			if then {
				ids = append(ids, p.id)
				break
			}
		}
	}
	return ids, nil
}

// forgetThese erases people of whom it still holds, and says how many.
func (db *DB) forgetThese(ctx context.Context, gone []int64, now time.Time, holds func(*tx, int64) (bool, error)) (total int, err error) {
	var runs int
	if err := db.readers.QueryRowContext(ctx, `SELECT count(*) FROM runs`).Scan(&runs); err != nil {
		return 0, explain(err)
	}
	for part := range slices.Chunk(gone, max(1, min(forgetAtOnce/10, forgetLooks/(runs+1)))) {
		n := 0
		err := db.write(ctx, now, "retention", func(tx *tx) error {
			for _, id := range part {
				still, err := holds(tx, id)
				if err == nil && !still {
					continue // they are back, or erased already
				}
				if err == nil {
					err = tx.removeSubscriber(ctx, strconv.FormatInt(id, 10), erasedWithTime)
				}
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// forgetFilters drops those that nobody uses any more: they are in the words of people.
func (db *DB) forgetFilters(ctx context.Context, now time.Time) (total int, err error) {
	unused, err := list(ctx, db.readers, scanID, `SELECT f.id FROM filters f WHERE `+isUnused+
		` AND NOT (f.id = `+newestFilter+` AND`+isBlank+`)`)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(unused, forgetAtOnce) {
		var n int
		err := db.write(ctx, now, "retention", func(tx *tx) (err error) {
			n, err = tx.dropFilters(ctx, part)
			return err
		})
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

const (
	isUnused     = `NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.filter_id = f.id)`
	newestFilter = `(SELECT max(id) FROM filters)`
	isBlank      = ` substr(f.text, 1, 1) = char(1) `
)

// dropFilters drops of these filters those that nobody uses, and says how many. Of the newest, the number stays, with a text that no filter
// has: numbers are not given twice, since a run that is being decided knows filters by them.
func (tx *tx) dropFilters(ctx context.Context, ids []int64) (int, error) {
	var total int64
	for _, drop := range []string{
		`DELETE FROM filters AS f WHERE +f.id < ` + newestFilter,
		`UPDATE filters AS f SET text = char(1) || id WHERE NOT` + isBlank,
	} {
		done, err := tx.ExecContext(ctx, drop+` AND id IN (SELECT value FROM json_each(?)) AND `+isUnused, listText(ids))
		if err != nil {
			return 0, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return 0, err
		}
		total += n
	}
	return int(total), nil
}
