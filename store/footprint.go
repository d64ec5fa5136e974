package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// Footprint is what is known of an address, whether a subscriber has it or nobody.
type Footprint struct {
	Suppression tidings.Suppression // that is in force; zero: it may be written to
	Ended       time.Time           // when the last one ended, if nothing has swept it away yet: its subscriber has left; else zero
	SignUps     []tidings.SignUp    // that wait to be confirmed
	Letters     []tidings.Delivery  // the newest first
}

const lettersToQuery = `SELECT id, kind, language, coalesce(delivery_id, 0), expires, created, state, attempts, next_at, reply, settled
	FROM letters WHERE address = ? AND address <> '' ORDER BY id DESC LIMIT 5`

// Footprint gives what is known of an address now besides its subscriber, and the last five letters to it.
func (db *DB) Footprint(ctx context.Context, address string, now time.Time) (t Footprint, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		if t.Suppression, err = db.suppression(ctx, q, address); err != nil {
			return err
		}
		if t.Suppression.Over(now) {
			t.Ended = t.Suppression.Until
			if t.Suppression, err = db.outlasting(ctx, q, address, t.Suppression); err != nil {
				return err
			}
		}
		t.SignUps, err = listOf(ctx, q, func(row *sql.Rows) (tidings.SignUp, error) { return scanSignUp(row) }, signUpsOfQuery, address)
		if err != nil {
			return err
		}
		t.Letters, err = listOf(ctx, q, scanPosted, lettersToQuery, address)
		return err
	})
	return t, err
}

// WentPublic is the instant of a publication; zero: there is none with this number.
func (db *DB) WentPublic(ctx context.Context, seq int64) (time.Time, error) {
	var at sql.NullInt64
	err := db.readers.QueryRowContext(ctx, `SELECT at FROM publications WHERE seq = ?`, seq).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return instant(at), explain(err)
}
