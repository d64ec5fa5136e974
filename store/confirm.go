package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// AdmitLink counts a request for the link to one's own page and, where the address has a subscriber who may be written to and
// the limits leave room, sends the letter: to the address as it is stored, in the letter's language or, when it has none, in the
// subscriber's. What it gives does not depend on the address. A nil letter is a request with an address that is none.
func (db *DB) AdmitLink(
	ctx context.Context, r *tidings.Request, letter *tidings.Letter, now time.Time,
) (a tidings.Admission, err error) {
	err = db.write(ctx, now, "web", func(tx *tx) error {
		able := letter != nil
		var s tidings.Subscriber
		if able {
			if s, err = tx.reachable(ctx, r.Address); err != nil {
				return err
			}
			able = s.ID != 0
		}
		var mail bool
		if a, mail, err = tx.admit(ctx, r, able); err != nil || !mail {
			return err
		}
		letter.Address, letter.Subscriber = s.Address, s.ID
		if letter.Language == "" {
			letter.Language = s.Language
		}
		return tx.post(ctx, letter)
	})
	return a, err
}

// reachable is the subscriber of an address if a letter may go there; zero: there is none.
func (tx *tx) reachable(ctx context.Context, address string) (tidings.Subscriber, error) {
	var none tidings.Subscriber
	err := tx.refuseBarred(ctx, address)
	if err == nil {
		var s tidings.Subscriber
		if s, err = subscriber(ctx, tx, address); err == nil && s.State != tidings.Suppressed {
			return s, nil
		}
	}
	if err == nil || errors.Is(err, tidings.ErrSuppressed) || errors.Is(err, tidings.ErrNotFound) {
		return none, nil
	}
	return none, err
}

// ConfirmMove moves the ticket's subscriber to the address that the ticket names, and tells the old one by the letter, whose
// address, language and subscriber are filled in. Links to the own page and to confirm, which the old address has, expire: those
// in letters, and by Subscriber.Moved those in digests. The personal feed is reset: whoever reads the old mailbox may have its address.
// Nothing else is kept of the old address: sign-ups of it that wait, tickets of
// whoever wants to move there, and letters to it are gone, or have no address any more. A second time is no error.
// Nothing is changed by tidings.ErrExists, when another subscriber has come to have the address, and tidings.ErrSuppressed, when
// nobody may write to it, or the subscriber has become suppressed.
func (db *DB) ConfirmMove(ctx context.Context, hash []byte, told *tidings.Letter, now time.Time, actor string) error {
	err := db.write(ctx, now, actor, func(tx *tx) error {
		t, err := tx.use(ctx, hash, tidings.PurposeMove)
		if err != nil {
			return err
		}
		old, err := tx.current(ctx, strconv.FormatInt(t.Subscriber, 10))
		if err != nil {
			return err
		}
		if old.State == tidings.Suppressed {
			return tidings.ErrSuppressed
		}
		if err := tx.clear(ctx, t.Detail, old.ID); err != nil {
			return err
		}
		next := old
		if next.Address = t.Detail; next.Address != old.Address {
			next.Feed++
		}
		if err := tx.updateSubscriber(ctx, &old, &next); errors.Is(err, errUnchanged) {
			return nil // they have it already
		} else if err != nil {
			return err
		}
		if err := tx.recordChange(ctx, &old, &next); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE tickets SET expires = min(expires, ?1) WHERE subscriber_id = ?2 AND used IS NULL`,
			now.UnixMilli(), old.ID); err != nil {
			return err
		}
		if err := tx.vacate(ctx, &old); err != nil {
			return err
		}
		told.Address, told.Language, told.Subscriber = old.Address, old.Language, old.ID
		return tx.post(ctx, told)
	})
	if err != nil {
		return err
	}
	return db.emptyLog(ctx)
}

// vacate takes the address that a subscriber has moved from out of all that has it: once they are erased, nobody would know it to
// be theirs. Letters to it that are not sent are ended.
func (tx *tx) vacate(ctx context.Context, old *tidings.Subscriber) error {
	return tx.eraseAddress(ctx, 0, old.Address)
}

// clear erases who had this address and has left: whoever moves there has it now. What only has the address stays, as sign-ups that
// wait: it is the mover's.
func (tx *tx) clear(ctx context.Context, address string, mover int64) error {
	other, err := subscriber(ctx, tx, address)
	if errors.Is(err, tidings.ErrNotFound) || err == nil && (other.ID == mover || other.State != tidings.Left) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.eraseRecord(ctx, &other)
}

// ConfirmErase erases the ticket's subscriber, as RemoveSubscriber does. The ticket stays, and knows nobody. A second time is no
// error.
func (db *DB) ConfirmErase(ctx context.Context, hash []byte, now time.Time, actor string) error {
	err := db.write(ctx, now, actor, func(tx *tx) error {
		t, err := tx.use(ctx, hash, tidings.PurposeErase)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tickets SET subscriber_id = NULL WHERE hash = ?`, hash); err != nil {
			return err
		}
		return tx.removeSubscriber(ctx, strconv.FormatInt(t.Subscriber, 10), erasedByThem)
	})
	if err != nil {
		return err
	}
	return db.emptyLog(ctx)
}
