package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// Enrol takes in a part of a list that comes from elsewhere, in one transaction, and says what became of each. Who is here
// already stays as they are, and suppressed addresses stay suppressed: the same list again changes nothing. All subscriptions
// stand at the newest publication. A fault is an error, and then nothing of the part is stored.
func (db *DB) Enrol(ctx context.Context, part []tidings.Enrolment, now time.Time, actor string) ([]tidings.Enrolled, error) {
	return db.enrol(ctx, part, now, actor, nil)
}

// ForeseeEnrol says what Enrol would do, and leaves nothing behind.
func (db *DB) ForeseeEnrol(ctx context.Context, part []tidings.Enrolment, now time.Time, actor string) ([]tidings.Enrolled, error) {
	return db.enrol(ctx, part, now, actor, errUnchanged)
}

// enrol ends its transaction with the error; nil commits.
func (db *DB) enrol(
	ctx context.Context, part []tidings.Enrolment, now time.Time, actor string, end error,
) (became []tidings.Enrolled, err error) {
	became = make([]tidings.Enrolled, len(part))
	err = db.write(ctx, now, actor, func(tx *tx) error {
		e := enroller{tx: tx, filters: map[string]int64{}, counts: map[tidings.Fate]int{}}
		var err error
		if e.newest, err = newestSeq(ctx, tx); err != nil {
			return err
		}
		for i := range part {
			if became[i], err = e.one(ctx, &part[i]); err != nil {
				return err
			}
			e.counts[became[i].Fate]++
		}
		if e.counts[tidings.FateAdded]+e.counts[tidings.FateLeft]+e.counts[tidings.FateSuppressed] == 0 {
			return errUnchanged
		}
		if err := tx.audit(ctx, "subscriber.import", "subscribers", e.told()); err != nil {
			return err
		}
		return end
	})
	if err != nil {
		return nil, err
	}
	return became, nil
}

// enroller takes in one after the other.
type enroller struct {
	tx          *tx
	newest      int64            // publication
	filters     map[string]int64 // numbers, by canonical text
	counts      map[tidings.Fate]int
	first, last int64 // numbers of those who were stored; 0: nobody was
}

// told is what the audit log is told: one record for all.
func (e *enroller) told() details {
	d := details{}
	for _, fate := range []tidings.Fate{tidings.FateAdded, tidings.FateLeft, tidings.FateSuppressed} {
		d[string(fate)] = e.counts[fate]
	}
	if e.first != 0 {
		d["from"], d["to"] = e.first, e.last
	}
	return d
}

func (e *enroller) one(ctx context.Context, n *tidings.Enrolment) (tidings.Enrolled, error) {
	s := &n.Subscriber
	err := e.tx.refuseSuppressed(ctx, s.Address)
	switch {
	case errors.Is(err, tidings.ErrSuppressed):
		return tidings.Enrolled{Fate: tidings.FateBarred, Reason: err.Error()}, nil
	case err != nil:
		return tidings.Enrolled{}, err
	}
	var state tidings.SubscriberState
	err = e.tx.QueryRowContext(ctx, `SELECT state FROM subscribers WHERE address = ?`, s.Address).Scan(&state)
	switch {
	case err == nil:
		return tidings.Enrolled{Fate: tidings.FateKnown, Reason: "is here already: " + string(state)}, nil
	case !errors.Is(err, sql.ErrNoRows):
		return tidings.Enrolled{}, err
	case s.State == tidings.Suppressed:
		return tidings.Enrolled{Fate: tidings.FateSuppressed, Reason: n.Reason}, e.tx.suppress(ctx, s.Address, n.Reason)
	}
	fate := tidings.FateAdded
	if s.State == tidings.Left {
		fate = tidings.FateLeft
	}
	return tidings.Enrolled{Fate: fate}, e.store(ctx, n)
}

// store writes the subscriber, what they get, and their consent.
func (e *enroller) store(ctx context.Context, n *tidings.Enrolment) error {
	s := &n.Subscriber
	if err := checkSubscriptions(&tidings.Subscriber{}, s); err != nil {
		return err
	}
	var left sql.NullInt64
	if s.State == tidings.Left {
		left = millis(e.tx.now) // for how long they are kept is counted from here
	}
	err := e.tx.QueryRowContext(ctx, `
		INSERT INTO subscribers
			(address, language, state, paused_until, basis, recorded_by, consented, created, left_at, multi)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		s.Address, s.Language, string(s.State), millis(s.PausedUntil), s.Consent.Basis, s.Consent.By, millis(s.Consent.At),
		cut(e.tx.now).UnixMilli(), left, len(s.Subscriptions) > 1).Scan(&s.ID)
	if err != nil {
		return err
	}
	if e.last = s.ID; e.first == 0 {
		e.first = s.ID
	}
	for i := range s.Subscriptions {
		if err := e.subscribe(ctx, s.ID, &s.Subscriptions[i]); err != nil {
			return err
		}
	}
	return e.consent(ctx, n)
}

func (e *enroller) subscribe(ctx context.Context, subscriber int64, s *tidings.Subscription) error {
	text := s.Filter.String()
	filter := e.filters[text]
	if filter == 0 {
		err := e.tx.QueryRowContext(ctx, `SELECT id FROM filters WHERE text = ?`, text).Scan(&filter)
		if errors.Is(err, sql.ErrNoRows) {
			err = e.tx.QueryRowContext(ctx, `INSERT INTO filters (text) VALUES (?) RETURNING id`, text).Scan(&filter)
		}
		if err != nil {
			return err
		}
		e.filters[text] = filter
	}
	now := e.tx.now.UnixMilli()
	_, err := e.tx.ExecContext(ctx, `
		INSERT INTO subscriptions (subscriber_id, cadence, filter_id, zone, hour, position, created, since)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		subscriber, s.Cadence, filter, s.Zone, s.Hour, e.newest, now, now)
	return err
}

// consent writes down on what ground somebody is on the list, or that they had left it.
func (e *enroller) consent(ctx context.Context, n *tidings.Enrolment) error {
	s := &n.Subscriber
	kind := tidings.ConsentRecorded
	detail := details{"basis": s.Consent.Basis, "by": s.Consent.By, "language": s.Language}
	if !s.Consent.At.IsZero() {
		detail["given"] = s.Consent.At.UTC().Format(time.RFC3339)
	}
	if s.State == tidings.Left {
		kind = tidings.ConsentLeft
		if detail["reason"] = "left where the list comes from"; !s.Left.IsZero() {
			detail["left"] = s.Left.UTC().Format(time.RFC3339)
		}
	}
	choices := make([]details, len(s.Subscriptions))
	for i, c := range s.Subscriptions {
		choices[i] = details{"cadence": c.Cadence, "filter": c.Filter.String(), "zone": c.Zone, "hour": c.Hour}
	}
	if len(choices) > 0 {
		detail["choices"] = choices
	}
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	_, err = e.tx.ExecContext(ctx, `
		INSERT INTO consents (subscriber_id, kind, at, actor, form, wording, network, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		s.ID, string(kind), e.tx.now.UnixMilli(), e.tx.actor, n.Evidence.Form, n.Evidence.Wording, n.Evidence.Network, string(text))
	return err
}
