package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// viaRelay is how we heard of what the relay said at once.
const viaRelay = "relay"

// diagnosticMost is how much of a server's words is kept, in octets.
const diagnosticMost = 200

// TakeBounce writes down what was said of a mail, and does what follows from it: see tidings.VerdictOf. What is known already is
// Repeated, unless more follows from it now. tidings.ErrNotFound: there is no such mail.
func (db *DB) TakeBounce(ctx context.Context, b tidings.Bounce, now time.Time) (r tidings.BounceRecord, err error) {
	err = db.write(ctx, now, "bounce", func(tx *tx) error {
		r, err = tx.takeBounce(ctx, b)
		return err
	})
	return r, err
}

// takeBounce is TakeBounce within a transaction. What changes nothing is errUnchanged.
func (tx *tx) takeBounce(ctx context.Context, b tidings.Bounce) (r tidings.BounceRecord, err error) {
	m, err := bouncedMail(ctx, tx, b.Mail)
	if err != nil {
		return r, err
	}
	b.At = cut(tx.now)
	b.Diagnostic = diagnosticOf(b.Diagnostic, m.address)
	r = tidings.BounceRecord{Bounce: b, Subscriber: m.subscriber, Verdict: m.judge(&b)}
	if m.address == "" && b.Mail.Kind != tidings.ProbeMail {
		return r, errUnchanged // erased meanwhile: nothing is known of them, and nothing is to be
	}
	if r.Verdict == tidings.BounceAlarm { // before it takes the place of one that raised it
		if r.Again, err = tx.alarmed(ctx, &r); err != nil {
			return r, err
		}
	}
	id, repeated, err := tx.keepBounce(ctx, &r, &m)
	if err != nil {
		return r, err
	}
	if r.Repeated = repeated; repeated {
		return r, errUnchanged
	}
	reason, err := tx.followsFrom(ctx, &r, id)
	if err != nil || reason == "" {
		return r, err
	}
	r.Suppressed = true
	if _, err := tx.ExecContext(ctx, `UPDATE bounces SET suppressed = 1 WHERE id = ?`, id); err != nil {
		return r, err
	}
	return r, tx.suppressAddress(ctx, m.address, b.Mail, reason)
}

// mailRow is what is known of a mail that bounced.
type mailRow struct {
	subscriber int64  // 0: nobody's
	address    string // to which it went, or to which its subscriber has moved since; "": erased
	sent       time.Time
	stale      bool // the address is another one now
	unproven   bool // it went to an address that nobody had confirmed
}

// judge is VerdictOf, as far as the address is still the one that it speaks of.
func (m *mailRow) judge(b *tidings.Bounce) tidings.BounceVerdict {
	switch {
	case b.Mail.Kind == tidings.ProbeMail || m.stale || m.address == "" || b.Address != "" && !sameAddress(b.Address, m.address):
		return tidings.BounceNothing
	case b.Kind == tidings.Complained:
		return tidings.BounceHard
	}
	verdict := tidings.VerdictOf(b.Status)
	if m.unproven && verdict != tidings.BounceAlarm {
		return tidings.BounceNothing // that it does not exist bars nobody from it, who may have it one day
	}
	return verdict
}

func bouncedMail(ctx context.Context, q querier, p tidings.ReturnPath) (m mailRow, err error) {
	var sent, moved sql.NullInt64
	var kind string
	switch p.Kind {
	case tidings.ProbeMail:
		return m, nil
	case tidings.DeliveryMail:
		err = q.QueryRowContext(ctx, `SELECT d.subscriber_id, coalesce(p.address, ''), iif(d.state = 'sent', d.settled, NULL), p.moved
			FROM deliveries d JOIN subscribers p ON p.id = d.subscriber_id WHERE d.id = ?`, p.ID).Scan(&m.subscriber, &m.address, &sent, &moved)
	case tidings.LetterMail:
		err = q.QueryRowContext(ctx, `SELECT coalesce(subscriber_id, 0), address, iif(state = 'sent', settled, NULL), kind
			FROM letters WHERE id = ?`, p.ID).Scan(&m.subscriber, &m.address, &sent, &kind)
	default:
		err = tidings.ErrNotFound
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = tidings.ErrNotFound
	}
	m.sent, m.unproven = instant(sent), tidings.LetterKind(kind).Unproven()
	m.stale = !m.sent.IsZero() && m.sent.Before(instant(moved))
	return m, err
}

// keepBounce writes the record, or over one from which less followed, or that the relay gave before it took the mail after all. Else it is
// repeated.
func (tx *tx) keepBounce(ctx context.Context, r *tidings.BounceRecord, m *mailRow) (id int64, repeated bool, err error) {
	var before tidings.BounceVerdict
	var via string
	err = tx.QueryRowContext(ctx, `SELECT verdict, via FROM bounces WHERE mail = ? AND mail_id = ? AND kind = ?`,
		string(r.Mail.Kind), r.Mail.ID, string(r.Kind)).Scan(&before, &via)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return 0, false, err
	case via == viaRelay && r.Via != viaRelay && !m.sent.IsZero():
	case !r.Verdict.Worse(before):
		return 0, true, nil
	}
	sent := m.sent
	if sent.IsZero() {
		sent = r.At
	}
	err = tx.QueryRowContext(ctx, `
		INSERT INTO bounces (mail, mail_id, kind, subscriber_id, at, sent, status, verdict, counts, suppressed, via, diagnostic)
		VALUES (?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, 0, ?, ?)
		ON CONFLICT (mail, mail_id, kind) DO UPDATE SET at = excluded.at, status = excluded.status, verdict = excluded.verdict,
			counts = excluded.counts, via = excluded.via, diagnostic = excluded.diagnostic
		RETURNING id`,
		string(r.Mail.Kind), r.Mail.ID, string(r.Kind), r.Subscriber, r.At.UnixMilli(), sent.UnixMilli(), r.Status, string(r.Verdict),
		r.Verdict == tidings.BounceSoft, r.Via, r.Diagnostic).Scan(&id)
	return id, false, err
}

// followsFrom says for which reason the address is to be suppressed; "": it is not, or is already.
func (tx *tx) followsFrom(ctx context.Context, r *tidings.BounceRecord, id int64) (reason string, err error) {
	switch r.Verdict {
	case tidings.BounceAlarm:
		if r.Again {
			return "", nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE bounces SET raised = 1 WHERE id = ?`, id); err != nil {
			return "", err
		}
		return "", tx.audit(ctx, "bounce.alarm", string(r.Mail.Kind)+":"+strconv.FormatInt(r.Mail.ID, 10), details{"status": r.Status})
	case tidings.BounceSoft:
		return tx.softBounces(ctx, r)
	case tidings.BounceHard:
		reason = "bounced: " + r.Status
	case tidings.BounceNothing:
		return "", nil
	}
	if r.Kind == tidings.Complained {
		reason = "complained"
		if err := tx.recordComplaint(ctx, r.Subscriber); err != nil {
			return "", err
		}
	}
	return reason, nil
}

// alarmed reports whether another bounce raised the same alarm a short while ago. Those that raised none do not count: else steady
// trouble would keep itself quiet.
func (tx *tx) alarmed(ctx context.Context, r *tidings.BounceRecord) (again bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM bounces WHERE at > ? AND at <= ? AND raised = 1 AND status = ?)`,
		r.At.Add(-tidings.AlarmRest).UnixMilli(), r.At.UnixMilli(), r.Status).Scan(&again)
	return again, err
}

// recordComplaint: who calls our mails spam has left them all.
func (tx *tx) recordComplaint(ctx context.Context, id int64) error {
	if id == 0 {
		return nil
	}
	s, err := subscriber(ctx, tx, strconv.FormatInt(id, 10))
	if errors.Is(err, tidings.ErrNotFound) || err == nil && s.State == tidings.Left {
		return nil
	}
	if err != nil {
		return err
	}
	detail, err := consentDetail{Reason: "complained of a mail"}.text()
	if err != nil {
		return err
	}
	return tx.record(ctx, &tidings.ConsentEntry{Subscriber: id, Kind: tidings.ConsentLeft, Detail: detail})
}

// lastSuccess is when the newest mail to ?1 left that nothing was said of, among those before the newest one that bounced: of
// later ones it is too early to say.
const lastSuccess = `
	SELECT coalesce(max(sent), -1) FROM (
		SELECT d.settled AS sent, 'delivery' AS mail, d.id FROM runs u CROSS JOIN deliveries d ON d.id = (u.id << 25) + ?1 WHERE d.state = 'sent'
		UNION ALL SELECT l.settled, 'letter', l.id FROM letters l WHERE l.subscriber_id = ?1 AND l.state = 'sent') t
	WHERE sent < (SELECT max(b.sent) FROM bounces b WHERE b.subscriber_id = ?1 AND b.counts = 1)
		AND NOT EXISTS (SELECT 1 FROM bounces b WHERE b.mail = t.mail AND b.mail_id = t.id AND b.verdict <> 'nothing')`

// softCount is how many of ?1 count since the success ?2 and the move, and when the first and the last of them came.
const softCount = `
	SELECT count(*), coalesce(min(b.at), 0), coalesce(max(b.at), 0) FROM bounces b JOIN subscribers p ON p.id = b.subscriber_id
	WHERE b.subscriber_id = ?1 AND b.counts = 1 AND b.sent > ?2 AND b.sent >= coalesce(p.moved, 0)`

// softBounces counts those of a subscriber.
func (tx *tx) softBounces(ctx context.Context, r *tidings.BounceRecord) (reason string, err error) {
	var success, first, last int64
	var n int
	if err := tx.QueryRowContext(ctx, lastSuccess, r.Subscriber).Scan(&success); err != nil {
		return "", err
	}
	if err := tx.QueryRowContext(ctx, softCount, r.Subscriber, success).Scan(&n, &first, &last); err != nil {
		return "", err
	}
	if n < tidings.SoftBounces || time.Duration(last-first)*time.Millisecond < tidings.SoftSpan {
		return "", nil
	}
	return fmt.Sprintf("bounced: %d times since %s, at last %s", n, time.UnixMilli(first).UTC().Format(time.DateOnly), r.Status), nil
}

// diagnosticOf is a server's words as they are kept: they like to name whom the mail was for.
func diagnosticOf(words, address string) string {
	words = tidings.WithoutAddresses(words)
	if local, _, _ := strings.Cut(address, "@"); len(local) > 1 {
		words = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(local)).ReplaceAllString(words, "(name)")
	}
	return tidings.OneLine(words, diagnosticMost)
}

// announce says what others wait for, once it is written down.
func (tx *tx) announce() {
	if tx.posted && tx.db.posted != nil {
		tx.db.posted()
	}
	for _, r := range tx.alarms {
		if tx.db.alarm != nil {
			tx.db.alarm(r)
		}
	}
}
