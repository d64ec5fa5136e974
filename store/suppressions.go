package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// addressKeys are how an address may be known without being kept: the newest first, by which it is written down. Without a
// keyring there is the plain one alone.
func (db *DB) addressKeys(address string) (all [][]byte) {
	for _, form := range folds(address) {
		keys := db.keys.AddressKeys(form)
		if len(keys) == 0 {
			keys = [][]byte{tidings.PlainAddressKey(form)}
		}
		all = append(all, keys...)
	}
	return all
}

// Why somebody was erased, as their suppression says it.
const (
	erasedByThem   = "erased: they asked for it"
	erasedWithTime = "erased: they had left, and were forgotten"
	erasedByDesk   = "erased: they were removed"
	// erasedMeanwhile is of those who were erased while their address was suppressed until a day that has come.
	erasedMeanwhile = "erased: they were suppressed"
)

// refuseSuppressed gives the reason for which nobody but its owner may bring an address, in a tidings.ErrSuppressed; nil: anybody
// may.
func (tx *tx) refuseSuppressed(ctx context.Context, address string) error {
	s, err := tx.standing(ctx, address)
	if err == nil && !s.At.IsZero() {
		err = errSuppressed(s)
	}
	return err
}

// refuseBarred is refuseSuppressed for what the owner of an address asks for, or will confirm: having been erased bars nobody.
func (tx *tx) refuseBarred(ctx context.Context, address string) error {
	s, err := tx.standing(ctx, address)
	if err == nil && !s.At.IsZero() && !s.Erased {
		err = errSuppressed(s)
	}
	return err
}

func errSuppressed(s tidings.Suppression) error {
	if !s.Until.IsZero() {
		return fmt.Errorf("%w until %s: %s", tidings.ErrSuppressed, s.Until.Format("2006-01-02 15:04 MST"), s.Reason)
	}
	return fmt.Errorf("%w: %s", tidings.ErrSuppressed, s.Reason)
}

// suppression says since when an address must not be written to, why, and until when, though that may be over; zero: it may.
func (db *DB) suppression(ctx context.Context, q querier, address string) (s tidings.Suppression, err error) {
	for _, key := range db.addressKeys(address) {
		var at, erased int64
		var ends sql.NullInt64
		err := q.QueryRowContext(ctx, `SELECT reason, at, erased, ends FROM suppressions WHERE address = ?`, key).Scan(&s.Reason, &at, &erased, &ends)
		if err == nil {
			s.At, s.Erased, s.Until = time.UnixMilli(at).UTC(), erased == erasedAlone, instant(ends)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return s, err
		}
	}
	return s, nil
}

// suppress makes an address one that must not be written to. One that is so already keeps its first reason and its end, unless that was
// no more than that somebody was erased.
func (tx *tx) suppress(ctx context.Context, address, reason string) error {
	err := tx.refuseBarred(ctx, address)
	if errors.Is(err, tidings.ErrSuppressed) {
		return nil
	}
	if err == nil {
		_, err = tx.suppressUntil(ctx, address, reason, time.Time{})
	}
	return err
}

// suppressErased keeps the address of somebody who is being erased from being brought back by anybody but themselves. One that must
// not be written to stays so.
func (tx *tx) suppressErased(ctx context.Context, address, reason string) error {
	err := tx.refuseSuppressed(ctx, address)
	if errors.Is(err, tidings.ErrSuppressed) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.keepSuppression(ctx, address, reason, time.Time{}, erasedAlone)
}

func (tx *tx) keepSuppression(ctx context.Context, address, reason string, until time.Time, erased int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO suppressions (address, reason, at, keyed, erased, ends) VALUES (?, ?, ?, ?, ?, ?)`,
		tx.db.addressKeys(address)[0], reason, tx.now.UnixMilli(), tx.db.keyed, erased, millis(until))
	return err
}

// pardon forgets that the owner of an address was erased: they are back.
func (tx *tx) pardon(ctx context.Context, address string) error {
	for _, key := range tx.db.addressKeys(address) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM suppressions WHERE address = ? AND erased = 1`, key); err != nil {
			return err
		}
	}
	return nil
}

// lift makes an address one that may be written to again, and says whether it was suppressed.
func (tx *tx) lift(ctx context.Context, address string) (was bool, err error) {
	for _, key := range tx.db.addressKeys(address) {
		done, err := tx.ExecContext(ctx, `DELETE FROM suppressions WHERE address = ?`, key)
		if err != nil {
			return was, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return was, err
		}
		was = was || n > 0
	}
	return was, nil
}

// rekey makes keyed hashes of those that former programs wrote, which anybody with the file could have tried addresses
// against. Most often there are none.
func (db *DB) rekey(ctx context.Context) error {
	plain := func(q querier) ([][]byte, error) {
		return list(ctx, q, func(row *sql.Rows) (key []byte, err error) { return key, row.Scan(&key) },
			`SELECT address FROM suppressions WHERE keyed = 0`)
	}
	if found, err := plain(db.readers); err != nil || len(found) == 0 {
		return err
	}
	err := db.write(ctx, time.Time{}, "keys", func(tx *tx) error {
		found, err := plain(tx)
		if err != nil {
			return err
		}
		for _, key := range found {
			if _, err := tx.ExecContext(ctx,
				`UPDATE OR REPLACE suppressions SET address = ?, keyed = 1 WHERE address = ?`, db.keys.Rekey(key), key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return db.emptyLog(ctx)
}

// LiftSuppression makes an address one that may be written to again. A subscriber who was suppressed has left now:
// to write to them takes a new consent. That nothing suppresses the address is an InvalidError.
func (db *DB) LiftSuppression(ctx context.Context, address, reason string, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		was, err := tx.lift(ctx, address)
		if err != nil {
			return err
		}
		theirs, err := subscribersOf(ctx, tx, address)
		if err != nil {
			return err
		}
		if !was && !slices.ContainsFunc(theirs, func(s tidings.Subscriber) bool { return s.State == tidings.Suppressed }) {
			return tidings.Invalidf("subscriber", "is not suppressed")
		}
		return tx.freed(ctx, theirs, "suppression.lift", details{"reason": reason})
	})
}
