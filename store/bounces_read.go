package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// bounceColumns are those of a bounce b.
const bounceColumns = `b.mail, b.mail_id, b.kind, coalesce(b.subscriber_id, 0), b.at, b.status, b.verdict, b.suppressed, b.via, b.diagnostic`

func scanBounce(row interface{ Scan(...any) error }) (r tidings.BounceRecord, err error) {
	var at int64
	err = row.Scan(&r.Mail.Kind, &r.Mail.ID, &r.Kind, &r.Subscriber, &at, &r.Status, &r.Verdict, &r.Suppressed, &r.Via, &r.Diagnostic)
	r.At = time.UnixMilli(at).UTC()
	return r, err
}

// Bounces gives a subscriber's bounces and complaints, or for 0 everybody's, the newest first; at most limit of them, 0: all.
func (db *DB) Bounces(ctx context.Context, subscriber int64, limit int) ([]tidings.BounceRecord, error) {
	return list(ctx, db.readers, func(row *sql.Rows) (tidings.BounceRecord, error) { return scanBounce(row) },
		`SELECT `+bounceColumns+` FROM bounces b WHERE ?1 = 0 OR b.subscriber_id = ?1 ORDER BY b.at DESC, b.id DESC LIMIT ?2`,
		subscriber, limitOf(limit))
}

// BounceOf is the bounce of a mail, or tidings.ErrNotFound.
func (db *DB) BounceOf(ctx context.Context, p tidings.ReturnPath) (tidings.BounceRecord, error) {
	r, err := scanBounce(db.readers.QueryRowContext(ctx, `SELECT `+bounceColumns+` FROM bounces b
		WHERE b.mail = ? AND b.mail_id = ? AND b.kind = 'bounce'`, string(p.Kind), p.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return r, tidings.ErrNotFound
	}
	return r, explain(err)
}

// MailOf gives the Date of a mail, and the address that it is for, "" for one who was erased; tidings.ErrNotFound.
func (db *DB) MailOf(ctx context.Context, p tidings.ReturnPath) (address string, date time.Time, err error) {
	var query string
	switch p.Kind {
	case tidings.DeliveryMail:
		query = `SELECT coalesce(p.address, ''), u.created FROM deliveries d JOIN subscribers p ON p.id = d.subscriber_id
			JOIN runs u ON u.id = d.run_id WHERE d.id = ?`
	case tidings.LetterMail:
		query = `SELECT address, created FROM letters WHERE id = ?`
	default:
		return "", time.Time{}, tidings.ErrNotFound
	}
	var created int64
	err = db.readers.QueryRowContext(ctx, query, p.ID).Scan(&address, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, tidings.ErrNotFound
	}
	return address, time.UnixMilli(created).UTC().Truncate(time.Second), explain(err)
}

// mailsSearched is how many of somebody's newest mails may be meant by a Message-ID.
const mailsSearched = 500

// FindMail gives the mail to an address with this Message-ID, without angle brackets, or else, when there is none or it is a
// relay's own, the newest one that was sent there; tidings.ErrNotFound.
func (db *DB) FindMail(ctx context.Context, address, messageID string) (found tidings.ReturnPath, err error) {
	type mail struct {
		path      tidings.ReturnPath
		messageID string
		settled   int64
	}
	if address == "" {
		return found, tidings.ErrNotFound
	}
	deliveries, err := listOf(ctx, db.readers, func(row *sql.Rows) (m mail, err error) {
		var d tidings.Delivery
		if d, err = scanDelivery(row); err != nil {
			return m, err
		}
		m = mail{path: tidings.PathOf(&d), messageID: d.MessageID}
		if d.State == tidings.DeliverySent {
			m.settled = d.Settled.UnixMilli()
		}
		return m, nil
	}, `SELECT `+deliveryColumns+`
		FROM subscribers p CROSS JOIN runs u CROSS JOIN deliveries d ON d.id = (u.id << 25) + p.id
		WHERE p.address = ? ORDER BY u.id DESC LIMIT ?`, address, mailsSearched)
	if err != nil {
		return found, err
	}
	letters, err := listOf(ctx, db.readers, func(row *sql.Rows) (m mail, err error) {
		var l tidings.Letter
		var created int64
		m.path.Kind = tidings.LetterMail
		if err = row.Scan(&l.ID, &l.Kind, &l.Domain, &created, &m.settled); err != nil {
			return m, err
		}
		l.Created, m.path.ID = time.UnixMilli(created).UTC(), l.ID
		m.messageID = l.MessageID()
		return m, nil
	}, `SELECT id, kind, domain, created, iif(state = 'sent', coalesce(settled, 0), 0) FROM letters
		WHERE address = ? AND address <> '' ORDER BY id DESC LIMIT ?`, address, mailsSearched)
	if err != nil {
		return found, err
	}
	var newest int64
	for _, m := range append(deliveries, letters...) {
		if messageID != "" && strings.EqualFold(m.messageID, messageID) {
			return m.path, nil
		}
		if m.settled > newest {
			found, newest = m.path, m.settled
		}
	}
	if newest == 0 {
		return found, tidings.ErrNotFound
	}
	return found, nil
}
