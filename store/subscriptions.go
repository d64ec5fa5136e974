package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/tidings/tidings"
)

// subscriptionColumns are the columns and the tables that make a Subscription.
const subscriptionColumns = `s.id, s.subscriber_id, s.cadence, f.text, s.zone, s.hour, q.position, s.created
	FROM subscriptions s JOIN positions q ON q.subscription_id = s.id JOIN filters f ON f.id = s.filter_id`

func (c filterCache) scanSubscription(row *sql.Rows) (s tidings.Subscription, err error) {
	var filter string
	var created sql.NullInt64
	err = row.Scan(&s.ID, &s.SubscriberID, &s.Cadence, &filter, &s.Zone, &s.Hour, &s.Position, &created)
	if err != nil {
		return s, err
	}
	s.Created = instant(created)
	s.Filter, err = c.parse(filter)
	return s, err
}

func sameSubscription(a, b tidings.Subscription) bool {
	return a.ID == b.ID && a.Position == b.Position && slotOf(a) == slotOf(b) && a.Zone == b.Zone && a.Hour == b.Hour &&
		a.Filter.String() == b.Filter.String()
}

// slotOf is the slot that a subscription is in. Immediate knows no zone and no hour.
func slotOf(s tidings.Subscription) tidings.Slot {
	if s.Cadence == tidings.Immediate {
		return tidings.Slot{Cadence: tidings.Immediate, Hour: tidings.AnyHour}
	}
	return tidings.Slot{Cadence: s.Cadence, Zone: s.Zone, Hour: s.Hour}
}

// writeSubscriptions turns the old subscriptions into the next ones and fills the next ones in.
func (tx *tx) writeSubscriptions(ctx context.Context, old, next *tidings.Subscriber) error {
	if err := checkSubscriptions(old, next); err != nil {
		return err
	}
	for _, s := range old.Subscriptions {
		if find(next.Subscriptions, s.ID) < 0 {
			if _, err := tx.ExecContext(ctx, `DELETE FROM subscriptions WHERE id = ?`, s.ID); err != nil {
				return err
			}
			continue
		}
		// Two subscriptions may swap their cadences: make room first, under names that no cadence has.
		if _, err := tx.ExecContext(ctx, `UPDATE subscriptions SET cadence = '#' || id WHERE id = ?`, s.ID); err != nil {
			return err
		}
	}
	newest, err := newestSeq(ctx, tx)
	if err != nil {
		return err
	}
	for i := range next.Subscriptions {
		s := &next.Subscriptions[i]
		moved := true
		if at := find(old.Subscriptions, s.ID); at >= 0 {
			was := old.Subscriptions[at]
			s.Created, moved = was.Created, slotOf(was) != slotOf(*s)
			s.Position = max(0, min(s.Position, was.Position))
		} else {
			s.Position, s.Created = startOf(s.Position, newest), cut(tx.now)
		}
		s.SubscriberID = next.ID
		if err := tx.writeSubscription(ctx, s, moved); err != nil {
			return err
		}
	}
	return tx.noteMulti(ctx, old, next)
}

// startOf is where a new subscription stands that asks for this position: 0 is the newest, and less is the very beginning.
func startOf(position, newest int64) int64 {
	if position == 0 {
		return newest
	}
	return min(max(0, position), newest)
}

// writeSubscription stores one; moved says that it comes into another slot than it was in.
func (tx *tx) writeSubscription(ctx context.Context, s *tidings.Subscription, moved bool) error {
	var filter int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO filters (text) VALUES (?) ON CONFLICT (text) DO UPDATE SET text = excluded.text RETURNING id`,
		s.Filter.String()).Scan(&filter)
	if err != nil {
		return err
	}
	now := tx.now.UnixMilli()
	if s.ID == 0 {
		err = tx.QueryRowContext(ctx, `
			INSERT INTO subscriptions (subscriber_id, cadence, filter_id, zone, hour, created, since)
			VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			s.SubscriberID, s.Cadence, filter, s.Zone, s.Hour, now, now).Scan(&s.ID)
	} else {
		_, err = tx.ExecContext(ctx, `
			UPDATE subscriptions SET cadence = ?, filter_id = ?, zone = ?, hour = ?, since = iif(?, ?, since) WHERE id = ?`,
			s.Cadence, filter, s.Zone, s.Hour, moved, now, s.ID)
	}
	if err != nil {
		return err
	}
	return tx.place(ctx, s.ID, s.Position)
}

// place puts a subscription to a position. Runs do it for many at once: see advance.
func (tx *tx) place(ctx context.Context, subscription, position int64) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO positions (subscription_id, position) VALUES (?, ?)
		ON CONFLICT (subscription_id) DO UPDATE SET position = excluded.position`, subscription, position)
	return err
}

// noteMulti remembers who has several subscriptions at a time, or one that went back. Even when one alone is left, it may
// stand behind what has been brought already, so that runs must look at what this subscriber got.
func (tx *tx) noteMulti(ctx context.Context, old, next *tidings.Subscriber) error {
	back := slices.ContainsFunc(next.Subscriptions, func(s tidings.Subscription) bool {
		at := find(old.Subscriptions, s.ID)
		return at >= 0 && s.Position < old.Subscriptions[at].Position
	})
	if len(next.Subscriptions) < 2 && !back {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE subscribers SET multi = 1 WHERE id = ?`, next.ID)
	return err
}

func checkSubscriptions(old, next *tidings.Subscriber) error {
	seen := make([]string, 0, len(next.Subscriptions))
	for _, s := range next.Subscriptions {
		switch {
		case s.Cadence == "":
			return tidings.Invalidf("cadence", "missing")
		case slices.Contains(seen, s.Cadence):
			return tidings.Invalidf("cadence", "there can be only one %s subscription", s.Cadence)
		case s.Hour < tidings.AnyHour || s.Hour > 23:
			return tidings.Invalidf("hour", "%d is not an hour of the day", s.Hour)
		case s.ID != 0 && find(old.Subscriptions, s.ID) < 0:
			return errors.New("a subscription of another subscriber")
		}
		seen = append(seen, s.Cadence)
	}
	return nil
}

func find(all []tidings.Subscription, id int64) int {
	return slices.IndexFunc(all, func(s tidings.Subscription) bool { return s.ID == id })
}
