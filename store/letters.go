package store

import (
	"context"
	"database/sql"

	"github.com/tidings/tidings"
)

// post puts a letter into the outbox, due now, and what there is to keep of its ticket beside it. It fills in the letter's number
// and instant. The caller has asked admit whether there may be one.
func (tx *tx) post(ctx context.Context, l *tidings.Letter) error {
	tx.posted = true
	l.Created = cut(tx.now)
	if l.Purpose != "" {
		if err := tx.keepTicket(ctx, l); err != nil {
			return err
		}
	}
	return tx.QueryRowContext(ctx, `
		INSERT INTO letters (kind, address, language, subscriber_id, signup_id, known, delivery_id, consent_id, purpose, nonce, ticket,
			expires, domain, created, state, next_at)
		VALUES (?, ?, ?, nullif(?, 0), nullif(?, 0), ?, nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?, 'pending', ?) RETURNING id`,
		string(l.Kind), l.Address, l.Language, l.Subscriber, l.SignUp.ID, l.Known, l.Delivery, l.Consent, string(l.Purpose),
		blob(l.Nonce), blob(l.TicketHash), millis(l.Expires), l.Domain, l.Created.UnixMilli(), l.Created.UnixMilli()).Scan(&l.ID)
}

// keepTicket writes down the ticket of a letter. That of a move says where to: where the letter goes.
func (tx *tx) keepTicket(ctx context.Context, l *tidings.Letter) error {
	detail := ""
	if l.Purpose == tidings.PurposeMove {
		detail = l.Address
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO tickets (hash, purpose, signup_id, subscriber_id, detail, language, created, expires)
		VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?, ?, ?, ?)`,
		l.TicketHash, string(l.Purpose), l.SignUp.ID, l.Subscriber, detail, l.Language, l.Created.UnixMilli(),
		l.Expires.UnixMilli())
	return err
}

// eraseLetters takes the address out of all letters that had to do with a person, and ends those that are not sent. What is on
// the wire at this moment ends as its outcome says, and is not tried again: it has no address. ?1 is the number, ?2 the address.
const eraseLetters = `
	UPDATE letters SET address = '', nonce = NULL, reply = '',
		state = iif(state IN ('pending', 'deferred', 'uncertain', 'held'), 'suppressed', state),
		next_at = NULL, settled = iif(state IN ('pending', 'deferred', 'uncertain', 'held'), ?3, settled)
	WHERE subscriber_id = ?1 OR address = ?2 AND address <> ''`

// eraseBounces forgets what was said of mails to a person, before eraseLetters forgets which they were.
const eraseBounces = `
	DELETE FROM bounces WHERE subscriber_id = ?1 OR mail = 'letter' AND mail_id IN (
		SELECT id FROM letters WHERE subscriber_id = ?1 OR address = ?2 AND address <> '')`

// blob is octets as a column: NULL for none.
func blob(b []byte) any {
	if len(b) == 0 {
		return sql.NullString{}
	}
	return b
}
