package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// How the column erased of a suppression says whose it is.
const (
	notErased   = 0
	erasedAlone = 1 // of somebody erased, and nothing else
	erasedThen  = 2 // of somebody who was erased while it had an end: after that, erasedAlone
)

// inForce narrows suppressions to those that bar anybody at an instant: what is over leaves somebody erased meanwhile as erased. Its
// arguments are that instant and erasedThen.
const inForce = ` (ends IS NULL OR ends > ? OR erased = ?) `

// standing is the suppression of an address at the transaction's instant. One that is over is ended first.
func (tx *tx) standing(ctx context.Context, address string) (tidings.Suppression, error) {
	s, err := tx.db.suppression(ctx, tx, address)
	if err != nil || !s.Over(tx.now) {
		return s, err
	}
	for _, key := range tx.db.addressKeys(address) {
		if err := tx.endSuppression(ctx, key); err != nil {
			return s, err
		}
	}
	theirs, err := subscribersOf(ctx, tx, address)
	if err != nil {
		return s, err
	}
	if err := tx.freed(ctx, theirs, "suppression.end", nil); err != nil {
		return s, err
	}
	return tx.db.suppression(ctx, tx, address)
}

// current is a subscriber as they stand at the transaction's instant: one whose suppression is over has left.
func (tx *tx) current(ctx context.Context, ref string) (tidings.Subscriber, error) {
	s, err := subscriber(ctx, tx, ref)
	if err != nil || s.State != tidings.Suppressed {
		return s, err
	}
	if _, err := tx.standing(ctx, s.Address); err != nil {
		return s, err
	}
	return subscriber(ctx, tx, ref)
}

// freed is for those who have an address that may be written to again: they have left, and what bounced before counts no more. To write
// to them takes a new consent.
func (tx *tx) freed(ctx context.Context, theirs []tidings.Subscriber, action string, d details) error {
	if len(theirs) == 0 {
		return tx.audit(ctx, action, "suppression", d) // of somebody erased: there is nothing to name them by
	}
	for i := range theirs {
		if err := tx.freedOne(ctx, &theirs[i], action, d); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) freedOne(ctx context.Context, old *tidings.Subscriber, action string, d details) error {
	if _, err := tx.ExecContext(ctx, `UPDATE bounces SET counts = 0 WHERE subscriber_id = ? AND counts = 1`, old.ID); err != nil {
		return err
	}
	if old.State == tidings.Suppressed {
		next := *old
		next.State = tidings.Left
		if err := tx.updateSubscriber(ctx, old, &next); err != nil {
			return err
		}
	}
	return tx.audit(ctx, action, subscriberSubject(old.ID), d)
}

// outlasting is what endSuppression leaves of the suppression of an address that is over; zero: nothing.
func (db *DB) outlasting(ctx context.Context, q querier, address string, over tidings.Suppression) (tidings.Suppression, error) {
	for _, key := range db.addressKeys(address) {
		var erased bool
		err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM suppressions WHERE address = ? AND erased = ?)`, key, erasedThen).Scan(&erased)
		if err != nil {
			return over, err
		}
		if erased {
			return tidings.Suppression{Reason: erasedMeanwhile, At: over.At, Erased: true}, nil
		}
	}
	return tidings.Suppression{}, nil
}

// endSuppression ends the suppression with a key that is over. Who was erased meanwhile stays so.
func (tx *tx) endSuppression(ctx context.Context, key []byte) error {
	if _, err := tx.ExecContext(ctx, `UPDATE suppressions SET erased = ?, ends = NULL, reason = ? WHERE address = ? AND erased = ? AND ends <= ?`,
		erasedAlone, erasedMeanwhile, key, erasedThen, tx.now.UnixMilli()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM suppressions WHERE address = ? AND ends <= ?`, key, tx.now.UnixMilli())
	return err
}

// overQuery finds suppressions that are over, by their index.
const overQuery = `SELECT address FROM suppressions WHERE ends IS NOT NULL AND ends <= ? ORDER BY ends LIMIT ?`

// endSuppressions ends all that are over, and says how many.
func (db *DB) endSuppressions(ctx context.Context, now time.Time) (total int, err error) {
	scan := func(row *sql.Rows) (key []byte, err error) { return key, row.Scan(&key) }
	for {
		over, err := list(ctx, db.readers, scan, overQuery, now.UnixMilli(), forgetAtOnce)
		if err != nil || len(over) == 0 {
			return total, err
		}
		freed, err := db.freedBy(ctx, over)
		if err != nil {
			return total, err
		}
		if err := db.write(ctx, now, "schedule", func(tx *tx) error {
			for _, address := range freed {
				if _, err := tx.standing(ctx, address); err != nil {
					return err
				}
			}
			rest, err := list(ctx, tx, scan, overQuery, now.UnixMilli(), forgetAtOnce)
			for _, key := range rest {
				err = errors.Join(err, tx.endSuppression(ctx, key), tx.audit(ctx, "suppression.end", "suppression", nil))
			}
			return err
		}); err != nil {
			return total, err
		}
		total += len(over)
	}
}

// freedBy gives the addresses of subscribers that suppressions with these keys bar. Which they are is known by the hashes of all who are
// suppressed, of whom there may be a hundred thousand: the writer is not held for that. Who comes to be suppressed meanwhile is by another.
func (db *DB) freedBy(ctx context.Context, keys [][]byte) (addresses []string, err error) {
	ends := make(map[string]bool, len(keys))
	for _, key := range keys {
		ends[string(key)] = true
	}
	_, err = list(ctx, db.readers, func(row *sql.Rows) (id int64, err error) {
		var address string
		err = row.Scan(&id, &address)
		if slices.ContainsFunc(db.addressKeys(address), func(key []byte) bool { return ends[string(key)] }) {
			addresses = append(addresses, address)
		}
		return id, err
	}, theSuppressed)
	return addresses, err
}

// suppressUntil makes an address one that must not be written to until the instant; zero: for ever. One that is so already keeps what
// holds longer. It says whether anything changed.
func (tx *tx) suppressUntil(ctx context.Context, address, reason string, until time.Time) (changed bool, err error) {
	s, err := tx.standing(ctx, address)
	if err != nil {
		return false, err
	}
	erased := notErased
	switch barred := !s.At.IsZero() && !s.Erased; {
	case barred && (s.Until.IsZero() || !until.IsZero() && !until.After(s.Until)):
		return false, nil
	case barred:
		for _, key := range tx.db.addressKeys(address) {
			if _, err := tx.ExecContext(ctx, `UPDATE suppressions SET reason = ?, ends = ? WHERE address = ?`, reason, millis(until), key); err != nil {
				return false, err
			}
		}
		return true, nil
	case s.Erased && !until.IsZero():
		erased = erasedThen
	}
	if err := tx.pardon(ctx, address); err != nil {
		return false, err
	}
	return true, tx.keepSuppression(ctx, address, reason, until, erased)
}

// outlived notes of a suppression with an end that whoever had the address has been erased.
func (tx *tx) outlived(ctx context.Context, address string) error {
	for _, key := range tx.db.addressKeys(address) {
		if _, err := tx.ExecContext(ctx, `UPDATE suppressions SET erased = ? WHERE address = ? AND ends IS NOT NULL`, erasedThen, key); err != nil {
			return err
		}
	}
	return nil
}
