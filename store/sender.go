package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/tidings/tidings"
)

// The lock of LockSender is on a file, which somebody may remove; then another process takes a lock on a new file of that name. So the
// database says who its sender is: who began last. Whoever is it no more begins no mail, and claims none.

// lockSuffix is what the name of the lock has more than that of the database.
const lockSuffix = ".sender.lock"

// senderQuery is the id of who began to send last.
const senderQuery = `SELECT coalesce((SELECT value FROM meta WHERE key = 'sender'), '')`

// beSender says in the database that its sender is this process from now on. Who was it before sees that with its next mail.
func (db *DB) beSender(ctx context.Context, now time.Time) error {
	id := newID()
	err := db.write(ctx, now, "mailer", func(tx *tx) error { return tx.setMeta(ctx, "sender", id) })
	if err == nil {
		db.sender.Store(&id)
	}
	return err
}

// stillSender is tidings.ErrNotSender when another process has begun to send since this one did.
func (db *DB) stillSender(ask func() *sql.Row) error {
	mine := db.sender.Load()
	if mine == nil { // it has not begun: a test
		return nil
	}
	var id string
	if err := ask().Scan(&id); err != nil {
		return explain(err)
	}
	if id != *mine {
		lock := filepath.Base(db.path) + lockSuffix
		return fmt.Errorf("%w: %s, which keeps it out, must have been removed. End one of the two, and leave that file where it is",
			tidings.ErrNotSender, lock)
	}
	return nil
}

func (tx *tx) stillSender(ctx context.Context) error {
	return tx.db.stillSender(func() *sql.Row { return tx.QueryRowContext(ctx, senderQuery) })
}

// stillOurs leaves out what is not ours to write down any more, when another process has begun to send: what was claimed and not begun,
// it has put back itself, and may have claimed. But that the relay took a mail is said of those that it found on the wire.
func (tx *tx) stillOurs(ctx context.Context, outcomes []tidings.Outcome) ([]tidings.Outcome, error) {
	err := tx.stillSender(ctx)
	if !errors.Is(err, tidings.ErrNotSender) {
		return outcomes, err
	}
	var taken []tidings.Outcome
	for i := range outcomes {
		o := &outcomes[i]
		if o.State != tidings.DeliverySent {
			continue
		}
		query := `UPDATE deliveries SET state = 'sending' WHERE id = ? AND state = 'uncertain'`
		if o.Letter {
			query = `UPDATE letters SET state = 'sending' WHERE id = ? AND state = 'uncertain'`
		}
		if _, err := tx.ExecContext(ctx, query, o.Delivery); err != nil {
			return nil, err
		}
		taken = append(taken, *o)
	}
	return taken, nil
}
