package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

const subscriberColumns = `p.id, p.address, p.language, p.state, p.paused_until, p.basis, p.recorded_by, p.consented,
	p.created, p.left_at, p.offered, p.moved, p.feed`

func scanSubscriber(row interface{ Scan(...any) error }) (s tidings.Subscriber, err error) {
	var paused, consented, created, left, offered, moved sql.NullInt64
	err = row.Scan(&s.ID, &s.Address, &s.Language, &s.State, &paused, &s.Consent.Basis, &s.Consent.By, &consented,
		&created, &left, &offered, &moved, &s.Feed)
	s.PausedUntil, s.Consent.At, s.Created, s.Left = instant(paused), instant(consented), instant(created), instant(left)
	s.Offered, s.Moved = instant(offered), instant(moved)
	return s, err
}

// Subscriber finds a subscriber, with subscriptions, by address or by decimal number.
func (db *DB) Subscriber(ctx context.Context, ref string) (s tidings.Subscriber, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		s, err = subscriber(ctx, q, ref)
		return err
	})
	return s, err
}

// subscriber finds one who is not erased: of several with an address the one who has it as it is given, or the first.
func subscriber(ctx context.Context, q querier, ref string) (tidings.Subscriber, error) {
	if id, err := strconv.ParseInt(ref, 10, 64); err == nil {
		return subscriberBy(ctx, q, "id", id)
	}
	s, err := subscriberBy(ctx, q, "address", ref)
	if errors.Is(err, tidings.ErrNotFound) && !isASCII(ref) {
		theirs, err := subscribersOf(ctx, q, ref)
		if err == nil && len(theirs) == 0 {
			err = tidings.ErrNotFound
		}
		if err != nil {
			return s, err
		}
		return theirs[0], nil
	}
	return s, err
}

// subscriberBy finds one by a column, as it stands there.
func subscriberBy(ctx context.Context, q querier, column string, key any) (tidings.Subscriber, error) {
	s, err := scanSubscriber(q.QueryRowContext(ctx,
		`SELECT `+subscriberColumns+` FROM subscribers p WHERE p.address IS NOT NULL AND p.`+column+` = ?`, key))
	if errors.Is(err, sql.ErrNoRows) {
		return s, tidings.ErrNotFound
	}
	if err != nil {
		return s, err
	}
	s.Subscriptions, err = list(ctx, q, filterCache{}.scanSubscription,
		`SELECT `+subscriptionColumns+` WHERE s.subscriber_id = ? ORDER BY s.id`, s.ID)
	return s, err
}

// Subscribers gives the subscribers in a state, or all for "", in the order of their numbers.
func (db *DB) Subscribers(ctx context.Context, state tidings.SubscriberState) (all []tidings.Subscriber, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		all, err = list(ctx, q, func(rows *sql.Rows) (tidings.Subscriber, error) { return scanSubscriber(rows) },
			`SELECT `+subscriberColumns+` FROM subscribers p
			WHERE p.address IS NOT NULL AND ?1 IN ('', p.state) ORDER BY p.id`, string(state))
		if err != nil {
			return err
		}
		theirs, err := list(ctx, q, filterCache{}.scanSubscription, `
			SELECT `+subscriptionColumns+` JOIN subscribers p ON p.id = s.subscriber_id
			WHERE p.address IS NOT NULL AND ?1 IN ('', p.state) ORDER BY s.subscriber_id, s.id`, string(state))
		i := 0
		for _, s := range theirs { // both in the order of subscribers
			for all[i].ID != s.SubscriberID {
				i++
			}
			all[i].Subscriptions = append(all[i].Subscriptions, s)
		}
		return err
	})
	return all, err
}

// AddSubscriber adds a subscriber as given, and fills in the numbers. One who left comes back with the new choices, and is
// Created when they first were. All subscriptions stand at the newest publication: what was published before does not
// come, nor does what was still unsent. Somebody who was erased is tidings.ErrSuppressed too: they come back by themselves alone.
func (db *DB) AddSubscriber(ctx context.Context, s *tidings.Subscriber, now time.Time, actor string) error {
	added := *s
	added.Subscriptions = append([]tidings.Subscription(nil), s.Subscriptions...)
	for i := range added.Subscriptions {
		added.Subscriptions[i].Position = 0
	}
	err := db.write(ctx, now, actor, func(tx *tx) error {
		if err := tx.refuseSuppressed(ctx, added.Address); err != nil {
			return err
		}
		if err := tx.addSubscriber(ctx, &added); err != nil {
			return err
		}
		return tx.recorded(ctx, &added)
	})
	if err == nil {
		*s = added
	}
	return err
}

// addSubscriber adds one, or takes back one who left, or was erased. Subscriptions stand where their Position says: see startOf.
func (tx *tx) addSubscriber(ctx context.Context, added *tidings.Subscriber) error {
	if err := tx.refuseBarred(ctx, added.Address); err != nil {
		return err
	}
	if err := tx.pardon(ctx, added.Address); err != nil {
		return err
	}
	old, err := subscriber(ctx, tx, added.Address)
	switch {
	case errors.Is(err, tidings.ErrNotFound):
		old = tidings.Subscriber{}
	case err != nil:
		return err
	case old.State != tidings.Left:
		return tidings.ErrExists
	}
	added.Created, added.Left = cut(tx.now), time.Time{}
	if old.ID != 0 {
		added.Created = old.Created // the leave links in mails of before are bound to it
		if err := tx.dropUnsent(ctx, old.ID); err != nil {
			return err
		}
	}
	if err := tx.insertSubscriber(ctx, old.ID, added); err != nil {
		return err
	}
	for i := range added.Subscriptions {
		added.Subscriptions[i].ID = 0
	}
	if err := tx.writeSubscriptions(ctx, &old, added); err != nil {
		return err
	}
	return tx.audit(ctx, "subscriber.add", subscriberSubject(added.ID),
		details{"state": added.State, "cadences": cadences(added)})
}

// insertSubscriber writes a new row, or over the row with this id.
func (tx *tx) insertSubscriber(ctx context.Context, id int64, s *tidings.Subscriber) error {
	return tx.QueryRowContext(ctx, `
		INSERT INTO subscribers
			(id, address, language, state, paused_until, basis, recorded_by, consented, created, left_at, multi)
		VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT (id) DO UPDATE SET address = excluded.address, language = excluded.language, state = excluded.state,
			paused_until = excluded.paused_until, basis = excluded.basis, recorded_by = excluded.recorded_by,
			consented = excluded.consented, created = excluded.created, left_at = excluded.left_at
		RETURNING id`,
		id, s.Address, s.Language, string(s.State), millis(s.PausedUntil), s.Consent.Basis, s.Consent.By,
		millis(s.Consent.At), s.Created.UnixMilli(), millis(s.Left)).Scan(&s.ID)
}

// RemoveSubscriber erases a person: the address is in no table afterwards, and not in the files either, nor is what they chose and
// consented to. A suppression stays, or comes to be, as a hash: what keeps others from bringing them back. The numbered row stays too, empty, because past deliveries refer to it.
func (db *DB) RemoveSubscriber(ctx context.Context, ref string, now time.Time, actor string) error {
	if err := db.write(ctx, now, actor, func(tx *tx) error { return tx.removeSubscriber(ctx, ref, erasedByDesk) }); err != nil {
		return err
	}
	return db.emptyLog(ctx)
}

// removeSubscriber erases one, for the reason.
func (tx *tx) removeSubscriber(ctx context.Context, ref, reason string) error {
	s, err := tx.current(ctx, ref)
	if err != nil {
		return err
	}
	keep := tx.suppressErased
	if s.State == tidings.Suppressed { // also when nothing else says so any more
		keep = tx.suppress
	}
	if err := errors.Join(keep(ctx, s.Address, reason), tx.outlived(ctx, s.Address)); err != nil {
		return err
	}
	// Who has it now, or asks to have it, is no matter: nobody is left to whom it belonged.
	if err := tx.eraseAddress(ctx, s.ID, s.Address); err != nil {
		return err
	}
	return tx.eraseRecord(ctx, &s)
}

// eraseAddress takes an address, in all its spellings, out of what has it besides subscribers, and out of what the subscriber with the
// number has to do with; 0: nobody.
func (tx *tx) eraseAddress(ctx context.Context, id int64, address string) error {
	forms, err := spellings(ctx, tx, anywhere, address)
	for _, form := range forms {
		for _, erase := range []string{eraseBounces, eraseLetters, `DELETE FROM signups WHERE address = ?2`, eraseDetails} {
			if _, err := tx.ExecContext(ctx, erase, id, form, tx.now.UnixMilli()); err != nil {
				return err
			}
		}
	}
	return err
}

// eraseDetails drops the tickets of whoever wanted to move to the address ?2, or did.
const eraseDetails = `DELETE FROM tickets WHERE detail = ?2 COLLATE NOCASE AND detail <> ''`

// eraseRecord erases what is known of a subscriber by number. What has only their address stays.
func (tx *tx) eraseRecord(ctx context.Context, s *tidings.Subscriber) error {
	if err := tx.dropUnsent(ctx, s.ID); err != nil {
		return err
	}
	theirs, err := list(ctx, tx, scanID, `SELECT filter_id FROM subscriptions WHERE subscriber_id = ?`, s.ID)
	if err != nil {
		return err
	}
	for _, erase := range []string{
		`DELETE FROM subscriptions WHERE subscriber_id = ?1`,
		`UPDATE deliveries SET reply = '' WHERE id IN (SELECT (u.id << 25) + ?1 FROM runs u) AND reply <> ''`, // relays like to repeat the address
		eraseBounces,
		eraseLetters,
		`DELETE FROM tickets WHERE subscriber_id = ?1`,
		`UPDATE subscribers SET address = NULL, state = 'left', language = '', paused_until = NULL,
			basis = '', recorded_by = '', consented = NULL, moved = NULL WHERE id = ?1`,
		`DELETE FROM consents WHERE subscriber_id = ?1`, // now that there is nobody whose record it was
	} {
		if _, err := tx.ExecContext(ctx, erase, s.ID, "", tx.now.UnixMilli()); err != nil {
			return err
		}
	}
	if _, err := tx.dropFilters(ctx, theirs); err != nil {
		return err
	}
	return tx.audit(ctx, "subscriber.remove", subscriberSubject(s.ID), nil)
}

// SubscriberSince gives a subscriber's address, "" for one who was erased, and the instant when they were first stored: what a
// leave link needs to know.
func (db *DB) SubscriberSince(ctx context.Context, id int64) (address string, since time.Time, err error) {
	var created int64
	err = db.readers.QueryRowContext(ctx,
		`SELECT coalesce(address, ''), created FROM subscribers WHERE id = ?`, id).Scan(&address, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, tidings.ErrNotFound
	}
	if err != nil {
		return "", time.Time{}, explain(err)
	}
	return address, time.UnixMilli(created).UTC(), nil
}

// dropUnsent ends all deliveries of digests to a subscriber that are not sent. One that is on the wire at this moment ends
// as its outcome says.
func (tx *tx) dropUnsent(ctx context.Context, subscriber int64) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'suppressed', next_at = NULL, settled = ?2,
			reply = iif(`+perhaps+`, substr('`+tidings.MayHaveArrived+`they were not to be written to any more' || iif(reply = '', '', ': ' || reply), 1, 400), reply)
		WHERE`+unsentTo+`AND state IN ('pending', 'deferred', 'uncertain', 'held')`, subscriber, tx.now.UnixMilli())
	return err
}

func subscriberSubject(id int64) string { return "subscriber:" + strconv.FormatInt(id, 10) }
