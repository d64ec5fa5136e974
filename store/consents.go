package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/tidings/tidings"
)

// Consents gives a subscriber's entries in the record of consent, the oldest first.
func (db *DB) Consents(ctx context.Context, subscriber int64) ([]tidings.ConsentEntry, error) {
	return consents(ctx, db.readers, subscriber)
}

func consents(ctx context.Context, q querier, subscriber int64) ([]tidings.ConsentEntry, error) {
	return list(ctx, q, func(row *sql.Rows) (c tidings.ConsentEntry, err error) {
		var at int64
		err = row.Scan(&c.Subscriber, &c.Kind, &at, &c.Actor, &c.Evidence.Form, &c.Evidence.Wording, &c.Evidence.Network, &c.Detail)
		c.At = time.UnixMilli(at).UTC()
		return c, err
	}, `SELECT subscriber_id, kind, at, actor, form, wording, network, detail FROM consents WHERE subscriber_id = ? ORDER BY id`, subscriber)
}

// record adds an entry to the record of consent. What it leaves out is filled in: now, the transaction's actor.
func (tx *tx) record(ctx context.Context, c *tidings.ConsentEntry) error {
	if c.At.IsZero() {
		c.At = tx.now
	}
	if c.Actor == "" {
		c.Actor = tx.actor
	}
	if c.Detail == "" {
		c.Detail = "{}"
	}
	return tx.QueryRowContext(ctx, `
		INSERT INTO consents (subscriber_id, kind, at, actor, form, wording, network, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		RETURNING id`, c.Subscriber, string(c.Kind), c.At.UnixMilli(), c.Actor, c.Evidence.Form, c.Evidence.Wording,
		c.Evidence.Network, c.Detail).Scan(&tx.entry)
}

// consentDetail is what an entry says of a subscriber: never the address.
type consentDetail struct {
	Basis       string       `json:"basis,omitempty"` // on which it rests, who recorded it and when it was given
	By          string       `json:"by,omitempty"`
	Given       string       `json:"given,omitempty"`
	State       string       `json:"state,omitempty"`
	PausedUntil string       `json:"paused_until,omitempty"`
	Language    string       `json:"language,omitempty"`
	Choices     []choiceText `json:"choices,omitempty"`
	Reason      string       `json:"reason,omitempty"`
}

func (d consentDetail) text() (string, error) {
	text, err := json.Marshal(d)
	return string(text), err
}

// choiceText is a subscription as it is written down: without where it stands.
type choiceText struct {
	Cadence string         `json:"cadence"`
	Filter  tidings.Filter `json:"filter"`
	Zone    string         `json:"zone"`
	Hour    int            `json:"hour"`
}

func choiceTexts(subs []tidings.Subscription) []choiceText {
	texts := make([]choiceText, len(subs))
	for i, s := range subs {
		texts[i] = choiceText{s.Cadence, s.Filter, s.Zone, s.Hour}
	}
	return texts
}

// recorded writes down that the press office, or an import, has a consent.
func (tx *tx) recorded(ctx context.Context, s *tidings.Subscriber) error {
	detail, err := consentDetail{
		Basis: s.Consent.Basis, By: s.Consent.By, Given: stamp(s.Consent.At), Language: s.Language, Choices: choiceTexts(s.Subscriptions),
	}.text()
	if err != nil {
		return err
	}
	return tx.record(ctx, &tidings.ConsentEntry{Subscriber: s.ID, Kind: tidings.ConsentRecorded, Detail: detail})
}

// recordChange writes down what a subscriber, or somebody for them, has changed.
func (tx *tx) recordChange(ctx context.Context, old, next *tidings.Subscriber) error {
	entry := tidings.ConsentEntry{Subscriber: next.ID, Kind: tidings.ConsentChanged}
	var detail consentDetail
	switch {
	case next.State == tidings.Left && old.State != tidings.Left:
		entry.Kind = tidings.ConsentLeft
	case next.Address != old.Address:
		entry.Kind = tidings.ConsentMoved
	default:
		detail = choicesOf(next)
		before, err := choicesOf(old).text()
		if err != nil {
			return err
		}
		if after, err := detail.text(); err != nil || after == before && sameConsent(old, next) {
			return err // only where they stand, or what was said to them, or where their feed is
		}
	}
	var err error
	if entry.Detail, err = detail.text(); err != nil {
		return err
	}
	return tx.record(ctx, &entry)
}

// choicesOf is what somebody gets now, and whether.
func choicesOf(s *tidings.Subscriber) consentDetail {
	return consentDetail{
		State: string(s.State), Language: s.Language, PausedUntil: stamp(s.PausedUntil), Choices: choiceTexts(s.Subscriptions),
	}
}

// stamp is an instant as text; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
