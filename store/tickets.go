package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/tidings/tidings"
)

// Ticket finds the ticket of a token by the token's hash. One that is for none of the purposes is tidings.ErrNotFound too.
// Whether it is used or expired is for the caller to see.
func (db *DB) Ticket(ctx context.Context, hash []byte, purposes ...tidings.Purpose) (tidings.Ticket, error) {
	t, err := ticket(ctx, db.readers, hash, purposes...)
	return t, explain(err)
}

func ticket(ctx context.Context, q querier, hash []byte, purposes ...tidings.Purpose) (t tidings.Ticket, err error) {
	var created, expires, used sql.NullInt64
	err = q.QueryRowContext(ctx, `
		SELECT hash, purpose, coalesce(signup_id, 0), coalesce(subscriber_id, 0), detail, language, created, expires, used
		FROM tickets WHERE hash = ?`, hash).
		Scan(&t.Hash, &t.Purpose, &t.SignUp, &t.Subscriber, &t.Detail, &t.Language, &created, &expires, &used)
	t.Created, t.Expires, t.Used = instant(created), instant(expires), instant(used)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !slices.Contains(purposes, t.Purpose) {
		return tidings.Ticket{}, tidings.ErrNotFound
	}
	return t, err
}

// use takes a ticket that works once. A used one is errUnchanged: what it does is done. An expired one is tidings.ErrExpired.
func (tx *tx) use(ctx context.Context, hash []byte, p tidings.Purpose) (tidings.Ticket, error) {
	t, err := ticket(ctx, tx, hash, p)
	switch {
	case err != nil:
		return t, err
	case !t.Used.IsZero():
		return t, errUnchanged
	case !tx.now.Before(t.Expires):
		return t, tidings.ErrExpired
	}
	_, err = tx.ExecContext(ctx, `UPDATE tickets SET used = ? WHERE hash = ?`, tx.now.UnixMilli(), hash)
	return t, err
}
