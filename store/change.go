package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// UpdateSubscriber loads a subscriber, lets change work on it and writes the difference, all in one transaction.
// Subscriptions keep their place whatever else changes in them, cadence too, and can be put back to a lower Position, never
// forward; one without ID is new and stands at its Position, or at the newest publication when that is 0, or before the
// first when it is negative; one that is missing is dropped. An unsent delivery is dropped when the subscriber leaves or is
// suppressed, held while they pause, and due again when they come back from a pause. change must not write to the
// database itself: there is only one writer, and this is it.
func (db *DB) UpdateSubscriber(
	ctx context.Context, ref string, now time.Time, actor string, change func(*tidings.Subscriber) error,
) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		_, err := tx.change(ctx, ref, change)
		return err
	})
}

// Step is UpdateSubscriber for a step that a subscriber takes on their own page. With a request it is counted, and taken when its
// limits leave room for it; one that changes nothing does not count. With a letter, the subscriber is told of it; see tell.
func (db *DB) Step(
	ctx context.Context, r *tidings.Request, told *tidings.Letter, ref string, now time.Time, actor string,
	change func(*tidings.Subscriber) error,
) (a tidings.Admission, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		a = tidings.Admitted
		if r != nil {
			if a, _, err = tx.admit(ctx, r, false); err != nil || a != tidings.Admitted {
				return err
			}
		}
		old, err := tx.change(ctx, ref, change)
		if err != nil || told == nil || tx.entry == 0 {
			return err
		}
		return tx.tell(ctx, &old, told)
	})
	return a, err
}

// change does what UpdateSubscriber says, and gives the subscriber as they were. That nothing changes is errUnchanged.
func (tx *tx) change(ctx context.Context, ref string, change func(*tidings.Subscriber) error) (old tidings.Subscriber, err error) {
	if old, err = tx.current(ctx, ref); err != nil {
		return old, err
	}
	next := old
	next.Subscriptions = slices.Clone(old.Subscriptions)
	if err := change(&next); err != nil {
		return old, err
	}
	if err := tx.updateSubscriber(ctx, &old, &next); err != nil {
		return old, err
	}
	return old, tx.recordChange(ctx, &old, &next)
}

func (tx *tx) updateSubscriber(ctx context.Context, old, next *tidings.Subscriber) error {
	next.ID, next.Created = old.ID, old.Created
	next.PausedUntil, next.Consent.At, next.Left = cut(next.PausedUntil), cut(next.Consent.At), cut(next.Left)
	next.Offered = cut(next.Offered)
	switch {
	case next.State != tidings.Left:
		next.Left = time.Time{}
	case next.Left.IsZero():
		next.Left = cut(tx.now)
	}
	if next.State != tidings.Paused {
		next.PausedUntil = time.Time{}
	}
	if sameSubscriber(old, next) {
		return errUnchanged
	}
	if next.Address != old.Address {
		if err := tx.refuseTaken(ctx, next); err != nil {
			return err
		}
		next.Moved = cut(tx.now)
	}
	if err := tx.insertSubscriber(ctx, old.ID, next); err != nil {
		return err
	}
	if err := tx.writePersonal(ctx, old, next); err != nil {
		return err
	}
	if err := tx.writeSubscriptions(ctx, old, next); err != nil {
		return err
	}
	if err := tx.follow(ctx, old, next); err != nil {
		return err
	}
	return tx.audit(ctx, "subscriber.update", subscriberSubject(old.ID), details{
		"from": details{"state": old.State, "cadences": cadences(old)},
		"to":   details{"state": next.State, "cadences": cadences(next)},
	})
}

func sameSubscriber(a, b *tidings.Subscriber) bool {
	return a.Address == b.Address && a.Language == b.Language && a.State == b.State &&
		a.PausedUntil.Equal(b.PausedUntil) && a.Left.Equal(b.Left) && a.Offered.Equal(b.Offered) && a.Feed == b.Feed &&
		sameConsent(a, b) && slices.EqualFunc(a.Subscriptions, b.Subscriptions, sameSubscription)
}

func sameConsent(a, b *tidings.Subscriber) bool {
	return a.Consent.Basis == b.Consent.Basis && a.Consent.By == b.Consent.By && a.Consent.At.Equal(b.Consent.At)
}

// refuseTaken checks that a subscriber may move to a new address. Its owner has confirmed it: whoever was erased there is back.
func (tx *tx) refuseTaken(ctx context.Context, next *tidings.Subscriber) error {
	if err := tx.refuseBarred(ctx, next.Address); err != nil {
		return err
	}
	if err := tx.pardon(ctx, next.Address); err != nil {
		return err
	}
	other, err := subscriber(ctx, tx, next.Address)
	switch {
	case errors.Is(err, tidings.ErrNotFound) || err == nil && other.ID == next.ID:
		return nil
	case err != nil:
		return err
	}
	return tidings.ErrExists
}

// follow does to deliveries and suppressions what a change of state means for them.
func (tx *tx) follow(ctx context.Context, old, next *tidings.Subscriber) error {
	if old.State == next.State {
		return nil
	}
	if old.State == tidings.Suppressed { // only a person does this, and knows why
		if _, err := tx.lift(ctx, old.Address); err != nil {
			return err
		}
	}
	switch next.State {
	case tidings.Suppressed:
		if err := tx.suppress(ctx, next.Address, "by "+tx.actor); err != nil {
			return err
		}
		return tx.dropUnsent(ctx, next.ID)
	case tidings.Left:
		return tx.dropUnsent(ctx, next.ID)
	case tidings.Paused:
		// next_at stays: by it a delivery held for the pause differs from one that is held for a person to look at.
		_, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET state = 'held', next_at = coalesce(next_at, ?2)
			WHERE`+unsentTo+`AND state IN ('pending', 'deferred', 'uncertain')`, next.ID, tx.now.UnixMilli())
		return err
	case tidings.Active:
		return tx.activate(ctx, next.ID)
	case tidings.Pending:
	}
	return nil
}

// activate puts a subscriber into their slots from now on, and what was held for a pause into the queue; but what its run has not come to
// waits for it, as before: the run may be undecided still, or wait for the press office. What may have arrived may still.
func (tx *tx) activate(ctx context.Context, id int64) error {
	if _, err := tx.ExecContext(ctx,
		`UPDATE subscriptions SET since = ? WHERE subscriber_id = ?`, tx.now.UnixMilli(), id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = iif(`+perhaps+`, 'uncertain', 'pending'),
			next_at = iif(EXISTS (SELECT 1 FROM runs u WHERE u.id = deliveries.run_id AND u.cursor <= deliveries.id), NULL, next_at)
		WHERE`+unsentTo+`AND state = 'held' AND next_at IS NOT NULL`, id)
	return err
}

// resumable are those whose pause has ended, the longest ended first: so they stand in their index.
const resumable = `SELECT CAST(id AS TEXT) FROM subscribers
	WHERE address IS NOT NULL AND state = 'paused' AND paused_until <= ? ORDER BY paused_until`

// ResumeDue brings everyone back whose pause has ended, and says how many; suppressions that are over it ends. Each is a transaction: one who cannot be brought
// back does not keep the others. All errors are joined.
func (db *DB) ResumeDue(ctx context.Context, now time.Time) (resumed int, err error) {
	_, fault := db.endSuppressions(ctx, now)
	due, err := list(ctx, db.readers, scanString, resumable, now.UnixMilli())
	if err != nil {
		return 0, errors.Join(fault, err)
	}
	faults := []error{fault}
	for _, id := range due {
		back := false
		err := db.UpdateSubscriber(ctx, id, now, "schedule", func(s *tidings.Subscriber) error {
			if s.State != tidings.Paused || s.PausedUntil.IsZero() || s.PausedUntil.After(now) {
				return errUnchanged // they, or the press office, said otherwise meanwhile
			}
			s.State, back = tidings.Active, true
			return nil
		})
		switch {
		case err == nil && back:
			resumed++
		case err != nil && !errors.Is(err, tidings.ErrNotFound):
			faults = append(faults, fmt.Errorf("subscriber %s: %w", id, err))
		}
	}
	return resumed, errors.Join(faults...)
}

// cadences lists what a subscriber gets, for the audit log.
func cadences(s *tidings.Subscriber) []string {
	names := make([]string, 0, len(s.Subscriptions))
	for _, one := range s.Subscriptions {
		name := one.Cadence + " " + one.Zone
		if one.Hour != tidings.AnyHour {
			name += " " + strconv.Itoa(one.Hour)
		}
		names = append(names, name)
	}
	return names
}
