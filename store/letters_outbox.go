package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// dueLetters are the letters l that wait: they have one queue.
const dueLetters = ` l.state IN ('pending', 'deferred', 'uncertain') `

// lettersQuery reads letters l. Who asks to join is no subscriber p, and only a copy has a delivery d.
const lettersQuery = `
	SELECT l.id, l.kind, l.address, l.language, coalesce(l.subscriber_id, 0), coalesce(l.signup_id, 0), l.known,
		coalesce(l.delivery_id, 0), coalesce(l.consent_id, 0), l.purpose, l.nonce, l.ticket, l.expires, l.domain, l.created, l.state, l.attempts, l.next_at,
		l.reply, coalesce(p.state, ''), p.created, coalesce(d.edition_id, 0), coalesce(u.cadence, '')
	FROM letters l LEFT JOIN subscribers p ON p.id = l.subscriber_id LEFT JOIN deliveries d ON d.id = l.delivery_id
		LEFT JOIN runs u ON u.id = d.run_id `

// claimLettersQuery walks the queue by its partial index.
const claimLettersQuery = lettersQuery + `
	WHERE` + dueLetters + `AND l.next_at <= ? AND l.created >= ? ORDER BY l.next_at, l.id LIMIT ?`

// dueLetter is a letter in the outbox, and how its subscriber stands.
type dueLetter struct {
	tidings.Delivery
	subscriber tidings.SubscriberState // "": nobody yet
}

func scanDueLetter(row *sql.Rows) (due dueLetter, err error) {
	var expires, next, since sql.NullInt64
	var created int64
	l, d := &tidings.Letter{}, &due.Delivery
	err = row.Scan(&l.ID, &l.Kind, &l.Address, &l.Language, &l.Subscriber, &l.SignUp.ID, &l.Known, &l.Delivery, &l.Consent,
		&l.Purpose, &l.Nonce, &l.TicketHash, &expires, &l.Domain, &created, &d.State, &d.Attempts, &next, &d.LastReply, &due.subscriber, &since,
		&d.EditionID, &d.Cadence)
	l.Expires, l.Created = instant(expires), time.UnixMilli(created).UTC()
	d.Letter, d.ID, d.Subscriber, d.Address = l, l.ID, l.Subscriber, l.Address
	d.MessageID, d.Date = l.MessageID(), l.Created.Truncate(time.Second)
	d.Since, d.Next = instant(since), instant(next)
	return due, err
}

// claimLetters takes up to limit letters that are due and were written since then, the longest waiting first, and marks them as being sent. Those that must not
// be sent any more it ends, and says so: there is something to write then, though nothing was claimed.
func (tx *tx) claimLetters(ctx context.Context, limit int, from time.Time) (claimed []tidings.Delivery, ended bool, err error) {
	for len(claimed) < limit {
		due, err := list(ctx, tx, scanDueLetter, claimLettersQuery, tx.now.UnixMilli(), from.UnixMilli(), limit-len(claimed))
		if err != nil || len(due) == 0 {
			return claimed, ended, err
		}
		for i := range due {
			why, err := tx.unsendable(ctx, &due[i])
			if err != nil {
				return nil, false, err
			}
			if why != "" {
				ended = true
				_, err = tx.ExecContext(ctx, `
					UPDATE letters SET state = 'suppressed', next_at = NULL, settled = ?, nonce = NULL, reply = ? WHERE id = ?`,
					tx.now.UnixMilli(), why, due[i].ID)
			} else {
				claimed = append(claimed, due[i].Delivery)
				_, err = tx.ExecContext(ctx, `UPDATE letters SET state = 'sending' WHERE id = ?`, due[i].ID)
			}
			if err != nil {
				return nil, false, err
			}
		}
	}
	return claimed, ended, nil
}

// unsendable says why a letter must not be sent any more; empty: it may. It fills in the sign-up that a letter asks to confirm, and
// what one tells of.
func (tx *tx) unsendable(ctx context.Context, due *dueLetter) (why string, err error) {
	l := due.Letter
	if l.Address == "" {
		return "erased", nil
	}
	if err := tx.refuseBarred(ctx, l.Address); errors.Is(err, tidings.ErrSuppressed) {
		return "the address is suppressed", nil
	} else if err != nil {
		return "", err
	}
	switch l.Kind {
	case tidings.ConfirmLetter:
		l.SignUp, err = signUp(ctx, tx, l.SignUp.ID)
		if errors.Is(err, tidings.ErrNotFound) {
			return "there is nothing to confirm any more", nil
		}
		return "", err
	case tidings.CopyLetter:
		switch {
		case due.subscriber != tidings.Active && due.subscriber != tidings.Paused:
			return "the subscriber gets no mails any more", nil
		case due.EditionID == 0:
			return "the mail is not kept any more", nil
		}
	case tidings.LinkLetter, tidings.MoveLetter, tidings.EraseLetter: // also to those who left: it is their own
		if due.subscriber == tidings.Suppressed {
			return "the subscriber is suppressed", nil
		}
	case tidings.ChangedLetter:
		if due.subscriber == tidings.Suppressed {
			return "the subscriber is suppressed", nil
		}
		l.Became, err = became(ctx, tx, l.Consent)
		if errors.Is(err, sql.ErrNoRows) {
			return "there is nothing to tell any more", nil
		}
		return "", err
	case tidings.MovedLetter:
	}
	return "", nil
}

// ClaimLetters is Claim of letters alone, for who does not know yet whether digests may go.
func (db *DB) ClaimLetters(ctx context.Context, now time.Time, limit int) (claimed []tidings.Delivery, err error) {
	err = db.write(ctx, now, "mailer", func(tx *tx) error {
		if err := tx.stillSender(ctx); err != nil {
			return err
		}
		held, err := heldAll(ctx, tx)
		if err != nil {
			return err
		}
		var ended bool
		if claimed, ended, err = tx.claimLetters(ctx, limit, held.LettersFrom()); err != nil {
			return err
		}
		for i := range claimed {
			claimed[i].Claimed = now
		}
		if len(claimed) == 0 && !ended {
			return errUnchanged
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// NextLetter is the earliest instant at which ClaimLetters has something to take; zero: no letter waits.
func (db *DB) NextLetter(ctx context.Context) (time.Time, error) {
	held, err := db.HeldAll(ctx)
	if err != nil {
		return time.Time{}, err
	}
	at, err := db.nextLetter(ctx, held.LettersFrom())
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at).UTC(), nil
}

// nextLetter is when claimLetters will have something to take; 0: nothing waits.
func (db *DB) nextLetter(ctx context.Context, from time.Time) (at int64, err error) {
	err = db.readers.QueryRowContext(ctx,
		`SELECT coalesce((SELECT l.next_at FROM letters l WHERE`+dueLetters+`AND l.created >= ? ORDER BY l.next_at LIMIT 1), 0)`,
		from.UnixMilli()).Scan(&at)
	return at, explain(err)
}

// recoverLetters is recoverQuery for letters. Whose address was erased meanwhile gets no second one.
const recoverLetters = `
	UPDATE letters SET state = iif(address = '', 'suppressed', 'uncertain'), next_at = iif(address = '', NULL, ?),
		settled = iif(address = '', ?, NULL)
	WHERE state = 'sending'`

// settleLetter writes down what became of a claimed letter. One that has come to an end needs its ticket no more: who has the file
// cannot make it again.
func (tx *tx) settleLetter(ctx context.Context, o *tidings.Outcome) error {
	next, settled, err := outcomeTimes(o)
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, `
		UPDATE letters SET state = ?, attempts = ?, next_at = ?, reply = iif(address = '', '', ?), settled = ?5,
			nonce = iif(?5 IS NULL, nonce, NULL)
		WHERE id = ?6 AND state = 'sending'`,
		string(o.State), o.Attempts, next, o.Reply, settled, o.Delivery)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, tx.refuseUnlessSame(ctx, o))
	}
	// Who was erased while it was on the wire has no address for another attempt.
	if _, err := tx.ExecContext(ctx, `
		UPDATE letters SET state = 'suppressed', next_at = NULL, settled = ?, nonce = NULL
		WHERE id = ? AND address = '' AND settled IS NULL`, o.At.UnixMilli(), o.Delivery); err != nil || o.Bounced == "" {
		return err
	}
	return tx.bounced(ctx, o)
}
