package store

import (
	"context"
	"database/sql"
	"iter"
	"time"

	"github.com/tidings/tidings"
)

// pageSize is how many rows of a long list are read at a time: no reader holds the database for longer than that takes.
const pageSize = 1000

// EachSubscriber gives the subscribers in a state, or all for "", in the order of their numbers, a page at a time: what changes
// meanwhile is seen as it was before or after. One whose suppression is over by now has left. An error ends it.
func (db *DB) EachSubscriber(ctx context.Context, state tidings.SubscriberState, now time.Time) iter.Seq2[OnRoll, error] {
	return func(yield func(OnRoll, error) bool) {
		filters := filterCache{}
		for after := int64(0); ; {
			page, err := db.rollPage(ctx, state, after, now, filters)
			if err != nil {
				yield(OnRoll{}, err)
				return
			}
			for _, one := range page {
				if (state == "" || one.State == state) && !yield(one, nil) {
					return
				}
			}
			if len(page) < pageSize {
				return
			}
			after = page[len(page)-1].ID
			if len(filters) > pageSize {
				clear(filters)
			}
		}
	}
}

// OnRoll is a subscriber on the roll of all.
type OnRoll struct {
	tidings.Subscriber
	Reason string    // why they are suppressed
	Until  time.Time // when that ends; zero: never
}

// rollPage is the next page of them; of those who left, with all who are suppressed: that may be over.
func (db *DB) rollPage(ctx context.Context, state tidings.SubscriberState, after int64, now time.Time, filters filterCache) (
	page []OnRoll, err error,
) {
	err = db.snapshot(ctx, func(q querier) error {
		page, err = list(ctx, q, func(rows *sql.Rows) (o OnRoll, err error) {
			o.Subscriber, err = scanSubscriber(rows)
			return o, err
		}, `SELECT `+subscriberColumns+` FROM subscribers p
			WHERE p.id > ?1 AND p.address IS NOT NULL AND (?2 IN ('', p.state) OR ?2 = 'left' AND p.state = 'suppressed') ORDER BY p.id LIMIT ?3`, after, string(state), pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		theirs, err := list(ctx, q, filters.scanSubscription,
			`SELECT `+subscriptionColumns+` WHERE s.subscriber_id BETWEEN ? AND ? ORDER BY s.subscriber_id, s.id`,
			page[0].ID, page[len(page)-1].ID)
		if err != nil {
			return err
		}
		i := 0
		for _, s := range theirs { // both in the order of subscribers; those of another state have no place on the page
			for i < len(page)-1 && page[i].ID < s.SubscriberID {
				i++
			}
			if page[i].ID == s.SubscriberID {
				page[i].Subscriptions = append(page[i].Subscriptions, s)
			}
		}
		for i := range page {
			if err := db.standingOnRoll(ctx, q, &page[i], now); err != nil {
				return err
			}
		}
		return nil
	})
	return page, err
}

// standingOnRoll is standing for what only looks.
func (db *DB) standingOnRoll(ctx context.Context, q querier, one *OnRoll, now time.Time) error {
	if one.State != tidings.Suppressed {
		return nil
	}
	why, err := db.suppression(ctx, q, one.Address)
	if why.Over(now) {
		one.State, one.Left = tidings.Left, why.Until
		return err
	}
	one.Reason, one.Until = why.Reason, why.Until
	return err
}

// Suppression is an address that must not be written to.
type Suppression struct {
	Address string // empty: no subscriber has it, and nobody can tell which it is
	Reason  string
	At      time.Time
	Erased  bool      // of somebody who was erased; see tidings.Suppression
	Until   time.Time // when it ends; zero: never
}

// Suppressions are those in force, the newest first. Addresses are kept as hashes: known are those alone whose subscriber is still
// here, as somebody suppressed or as somebody who left.
func (db *DB) Suppressions(ctx context.Context, now time.Time) (all []Suppression, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		var keys []string
		all, err = list(ctx, q, func(rows *sql.Rows) (s Suppression, err error) {
			var key []byte
			var at, erased int64
			var ends sql.NullInt64
			err = rows.Scan(&key, &s.Reason, &at, &erased, &ends)
			s.At, s.Erased, s.Until = time.UnixMilli(at).UTC(), erased == erasedAlone, instant(ends)
			if (tidings.Suppression{Until: s.Until}).Over(now) { // as endSuppression leaves it
				s.Reason, s.Erased, s.Until = erasedMeanwhile, true, time.Time{}
			}
			keys = append(keys, string(key))
			return s, err
		}, `SELECT address, reason, at, erased, ends FROM suppressions WHERE`+inForce+`ORDER BY at DESC, address`, now.UnixMilli(), erasedThen)
		if err != nil {
			return err
		}
		places := make(map[string]int, len(keys))
		for i, key := range keys {
			places[key] = i
		}
		known, err := list(ctx, q, func(rows *sql.Rows) (address string, err error) { return address, rows.Scan(&address) },
			`SELECT address FROM subscribers WHERE address IS NOT NULL AND state IN ('suppressed', 'left')`)
		for _, address := range known {
			for _, key := range db.addressKeys(address) {
				if i, suppressed := places[string(key)]; suppressed {
					all[i].Address = address
				}
			}
		}
		return err
	})
	return all, err
}

// Suppress makes an address one that must not be written to until the instant; zero: for ever. It says whether it was none before, or
// one for less long; that of somebody erased is none. Its subscriber, if there is one, is suppressed with it, and what is unsent does not
// go out.
func (db *DB) Suppress(ctx context.Context, address, reason string, until, now time.Time, actor string) (fresh bool, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		fresh, err = tx.suppressAll(ctx, address, reason, cut(until))
		return err
	})
	return fresh, err
}

func (tx *tx) suppressAll(ctx context.Context, address, reason string, until time.Time) (fresh bool, err error) {
	fresh, err = tx.suppressUntil(ctx, address, reason, until)
	switch {
	case err != nil:
		return false, err
	case !fresh:
		return false, errUnchanged
	}
	subject := "suppression" // of somebody unknown: there is nothing to name them by
	theirs, err := subscribersOf(ctx, tx, address)
	if err != nil {
		return false, err
	}
	for i := range theirs {
		old := &theirs[i]
		subject = subscriberSubject(old.ID)
		if next := *old; old.State != tidings.Suppressed {
			next.State = tidings.Suppressed
			if err := tx.updateSubscriber(ctx, old, &next); err != nil {
				return false, err
			}
		}
	}
	d := details{"reason": reason}
	if !until.IsZero() {
		d["until"] = until
	}
	return true, tx.audit(ctx, "suppression.add", subject, d)
}

// Evidence is an entry in the record of consent, with whose it is.
type Evidence struct {
	tidings.ConsentEntry
	Address string
}

// eachConsent is a page of the record, from ?1 on, ?2 entries; consentsOfOne is one of the subscriber ?3, by their index.
const (
	eachConsent   = consentColumns + `WHERE c.id > ?1 AND p.address IS NOT NULL` + consentPage
	consentsOfOne = consentColumns + `WHERE c.subscriber_id = ?3 AND c.id > ?1 AND p.address IS NOT NULL` + consentPage

	consentColumns = `
		SELECT c.id, p.address, c.subscriber_id, c.kind, c.at, c.actor, c.form, c.wording, c.network, c.detail
		FROM consents c JOIN subscribers p ON p.id = c.subscriber_id `
	consentPage = ` ORDER BY c.id LIMIT ?2`
)

// EachConsent gives the record of consent, of all subscribers or of the one with this number, in the order in which it was
// written, a page at a time. An error ends it.
func (db *DB) EachConsent(ctx context.Context, subscriber int64) iter.Seq2[Evidence, error] {
	query := eachConsent
	if subscriber != 0 {
		query = consentsOfOne
	}
	return func(yield func(Evidence, error) bool) {
		for after := int64(0); ; {
			last := after
			page, err := list(ctx, db.readers, func(row *sql.Rows) (e Evidence, err error) {
				var at int64
				err = row.Scan(&last, &e.Address, &e.Subscriber, &e.Kind, &at, &e.Actor,
					&e.Evidence.Form, &e.Evidence.Wording, &e.Evidence.Network, &e.Detail)
				e.At = time.UnixMilli(at).UTC()
				return e, err
			}, query, after, pageSize, subscriber)
			if err != nil {
				yield(Evidence{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < pageSize {
				return
			}
			after = last
		}
	}
}
