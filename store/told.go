package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tidings/tidings"
)

// toldQuery looks back from an instant. What is said to have been after it was written while the clock was wrong.
const toldQuery = `SELECT EXISTS (SELECT 1 FROM letters
	WHERE subscriber_id = ?1 AND kind = 'changed' AND created > ?2 AND created <= ?3)`

// untold is how long no letter tells of further changes after one has.
const untold = time.Hour

// tell tells a subscriber of a change by the letter, whose address, language and subscriber are filled in: the language that they had
// before, since whoever changed it may be somebody else. No letter goes out where nothing was changed that the record of consent tells
// of, where one told them so short a while ago, and to an address that must not be written to. Limits of requests have no part in it.
func (tx *tx) tell(ctx context.Context, old *tidings.Subscriber, l *tidings.Letter) error {
	var recently bool
	err := tx.QueryRowContext(ctx, toldQuery, old.ID, tx.now.Add(-untold).UnixMilli(), tx.now.UnixMilli()).Scan(&recently)
	if err != nil || recently {
		return err
	}
	l.Address, l.Language, l.Subscriber, l.Consent = old.Address, old.Language, old.ID, tx.entry
	if able, err := tx.mayPost(ctx, old, l); err != nil || !able {
		return err
	}
	if err := tx.post(ctx, l); err != nil {
		return err
	}
	return tx.audit(ctx, "subscriber.letter", subscriberSubject(old.ID), details{"kind": l.Kind})
}

// became is what an entry in the record of consent says that a subscriber gets.
func became(ctx context.Context, q querier, entry int64) (b tidings.Became, err error) {
	var kind tidings.ConsentKind
	var text []byte
	var detail consentDetail
	if err = q.QueryRowContext(ctx, `SELECT kind, detail FROM consents WHERE id = ?`, entry).Scan(&kind, &text); err != nil {
		return b, err
	}
	if kind == tidings.ConsentLeft {
		return tidings.Became{State: tidings.Left}, nil
	}
	if err := json.Unmarshal(text, &detail); err != nil {
		return b, err
	}
	b.State = tidings.SubscriberState(detail.State)
	if detail.PausedUntil != "" {
		if b.PausedUntil, err = time.Parse(time.RFC3339, detail.PausedUntil); err != nil {
			return b, err
		}
	}
	for _, c := range detail.Choices {
		b.Subscriptions = append(b.Subscriptions, tidings.Subscription{Cadence: c.Cadence, Filter: c.Filter, Zone: c.Zone, Hour: c.Hour})
	}
	return b, nil
}
