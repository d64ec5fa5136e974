package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
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

// bulkCache is for how many KiB of pages the writer finds room while lists come in: their addresses fall all over an index.
const bulkCache = 64 << 10

// enrol ends its transaction with the error; nil commits.
func (db *DB) enrol(
	ctx context.Context, part []tidings.Enrolment, now time.Time, actor string, end error,
) (became []tidings.Enrolled, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// A part is short: what is begun is ended, and no statement is worth a watchman of its own.
	ctx = context.WithoutCancel(ctx)
	if _, err := db.writer.ExecContext(ctx, `PRAGMA cache_size = -`+strconv.Itoa(bulkCache)); err != nil {
		return nil, explain(err)
	}
	became = make([]tidings.Enrolled, len(part))
	err = db.write(ctx, now, actor, func(tx *tx) error {
		e := enroller{tx: tx, counts: map[tidings.Fate]int{}}
		var err error
		if e.newest, err = newestSeq(ctx, tx); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM suppressions)`).Scan(&e.suppressions); err != nil {
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
	tx           *tx
	newest       int64 // publication
	suppressions bool  // there is one at least
	counts       map[tidings.Fate]int
	first, last  int64 // numbers of those who were stored; 0: nobody was
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
	if e.suppressions {
		refuse := e.tx.refuseSuppressed
		if s.State == tidings.Suppressed { // more than that somebody was erased
			refuse = e.tx.refuseBarred
		}
		err := refuse(ctx, s.Address)
		switch {
		case errors.Is(err, tidings.ErrSuppressed):
			return tidings.Enrolled{Fate: tidings.FateBarred, Reason: err.Error()}, nil
		case err != nil:
			return tidings.Enrolled{}, err
		}
	}
	fate := tidings.FateAdded
	switch s.State {
	case tidings.Suppressed:
		known, err := e.known(ctx, s.Address)
		if err != nil || known.Fate != "" {
			return known, err
		}
		e.suppressions = true
		_, err = e.tx.suppressUntil(ctx, s.Address, n.Reason, cut(n.Until))
		return tidings.Enrolled{Fate: tidings.FateSuppressed, Reason: n.Reason}, err
	case tidings.Left:
		fate = tidings.FateLeft
	case tidings.Active, tidings.Paused, tidings.Pending:
	}
	stored, err := e.store(ctx, n)
	if err != nil || stored {
		return tidings.Enrolled{Fate: fate}, err
	}
	return e.known(ctx, s.Address)
}

// known says as what an address is here already; the zero value: as nothing.
func (e *enroller) known(ctx context.Context, address string) (tidings.Enrolled, error) {
	forms, err := spellings(ctx, e.tx, amongSubscribers, address)
	for _, form := range forms {
		var state tidings.SubscriberState
		err := e.tx.QueryRowContext(ctx, `SELECT state FROM subscribers WHERE address = ?`, form).Scan(&state)
		if !errors.Is(err, sql.ErrNoRows) {
			return tidings.Enrolled{Fate: tidings.FateKnown, Reason: "is here already: " + string(state)}, err
		}
	}
	return tidings.Enrolled{}, err
}

// store writes the subscriber, what they get, and their consent. false: there is one with the address.
func (e *enroller) store(ctx context.Context, n *tidings.Enrolment) (stored bool, err error) {
	s := &n.Subscriber
	if err := checkSubscriptions(&tidings.Subscriber{}, s); err != nil {
		return false, err
	}
	if !isASCII(s.Address) { // in another spelling
		if known, err := e.known(ctx, s.Address); err != nil || known.Fate != "" {
			return false, err
		}
	}
	var left sql.NullInt64
	if s.State == tidings.Left {
		left = millis(e.tx.now) // for how long they are kept is counted from here
	}
	done, err := e.tx.ExecContext(ctx, `
		INSERT INTO subscribers
			(address, language, state, paused_until, basis, recorded_by, consented, created, left_at, multi)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (address) DO NOTHING`,
		s.Address, s.Language, string(s.State), millis(s.PausedUntil), s.Consent.Basis, s.Consent.By, millis(s.Consent.At),
		cut(e.tx.now).UnixMilli(), left, len(s.Subscriptions) > 1)
	if err != nil {
		return false, err
	}
	if rows, err := done.RowsAffected(); err != nil || rows == 0 {
		return false, err
	}
	if s.ID, err = done.LastInsertId(); err != nil {
		return false, err
	}
	if e.last = s.ID; e.first == 0 {
		e.first = s.ID
	}
	for i := range s.Subscriptions {
		if err := e.subscribe(ctx, s.ID, &s.Subscriptions[i]); err != nil {
			return false, err
		}
	}
	return true, e.consent(ctx, n)
}

// subscribe writes a subscription; its filter is most often there.
func (e *enroller) subscribe(ctx context.Context, subscriber int64, s *tidings.Subscription) error {
	text, now := s.Filter.String(), e.tx.now.UnixMilli()
	for {
		done, err := e.tx.ExecContext(ctx, `
			INSERT INTO subscriptions (subscriber_id, cadence, filter_id, zone, hour, created, since)
			SELECT ?, ?, id, ?, ?, ?, ? FROM filters WHERE text = ?`,
			subscriber, s.Cadence, s.Zone, s.Hour, now, now, text)
		if err != nil {
			return err
		}
		rows, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if rows > 0 {
			id, err := done.LastInsertId()
			if err != nil {
				return err
			}
			return e.tx.place(ctx, id, e.newest)
		}
		if _, err := e.tx.ExecContext(ctx, `INSERT INTO filters (text) VALUES (?)`, text); err != nil {
			return err
		}
	}
}

// consent writes down on what ground somebody is on the list, or that they had left it.
func (e *enroller) consent(ctx context.Context, n *tidings.Enrolment) error {
	s := &n.Subscriber
	entry := tidings.ConsentEntry{Subscriber: s.ID, Kind: tidings.ConsentRecorded, Evidence: n.Evidence}
	detail := consentDetail{
		Basis: s.Consent.Basis, By: s.Consent.By, Given: stamp(s.Consent.At), Language: s.Language, Choices: choiceTexts(s.Subscriptions),
	}
	if s.State == tidings.Left {
		entry.Kind, detail.Reason = tidings.ConsentLeft, strings.TrimSpace("left where the list comes from "+stamp(s.Left))
	}
	var err error
	if entry.Detail, err = detail.text(); err != nil {
		return err
	}
	return e.tx.record(ctx, &entry)
}
