package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// signUpsOfQuery and lettersOfQuery find by their index what has to do with a subscriber.
const (
	signUpsOfQuery = `SELECT ` + signUpColumns + ` FROM signups WHERE address = ? ORDER BY id`
	lettersOfQuery = `SELECT id, kind, language, coalesce(delivery_id, 0), expires, created, state, attempts, next_at, reply, settled
		FROM letters WHERE subscriber_id = ? ORDER BY id DESC`
)

// Dossier gives all that is held about a subscriber, in one state of the database. tidings.ErrNotFound for one who was erased.
func (db *DB) Dossier(ctx context.Context, id int64) (d tidings.Dossier, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		if d.Subscriber, err = subscriber(ctx, q, strconv.FormatInt(id, 10)); err != nil {
			return err
		}
		if d.Consents, err = consents(ctx, q, id); err != nil {
			return err
		}
		if d.SignUps, err = listOf(ctx, q, func(row *sql.Rows) (tidings.SignUp, error) { return scanSignUp(row) },
			signUpsOfQuery, d.Subscriber.Address); err != nil {
			return err
		}
		if d.Mails, err = pastMails(ctx, q, id, time.Time{}, 0); err != nil {
			return err
		}
		if d.Letters, err = list(ctx, q, scanPosted, lettersOfQuery, id); err != nil {
			return err
		}
		d.Suppression, err = db.suppression(ctx, q, d.Subscriber.Address)
		return err
	})
	return d, err
}

// scanPosted reads a letter as far as it may be shown: without what its ticket is made from.
func scanPosted(row *sql.Rows) (d tidings.Delivery, err error) {
	var l tidings.Letter
	var expires, created, next, settled sql.NullInt64
	err = row.Scan(&l.ID, &l.Kind, &l.Language, &l.Delivery, &expires, &created, &d.State, &d.Attempts, &next, &d.LastReply, &settled)
	l.Expires, l.Created = instant(expires), instant(created)
	d.ID, d.Date, d.Next, d.Settled, d.Letter = l.ID, l.Created.Truncate(time.Second), instant(next), instant(settled), &l
	return d, err
}
