package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// AdmitSignUp counts a request to join and, where it may have its letter, keeps the letter's sign-up, at the newest publication,
// the ticket and the letter. A nil letter is a request with an address that is none: like one with a suppressed address, it is
// counted, and that is all. Where the limits leave no room for another letter, the newest wish stands behind the link of the last
// one. What it gives does not depend on the address.
func (db *DB) AdmitSignUp(
	ctx context.Context, r *tidings.Request, letter *tidings.Letter, now time.Time,
) (a tidings.Admission, err error) {
	err = db.write(ctx, now, "web", func(tx *tx) error {
		able := letter != nil
		if able {
			err := tx.refuseBarred(ctx, letter.Address)
			if able = err == nil; err != nil && !errors.Is(err, tidings.ErrSuppressed) {
				return err
			}
		}
		var mail bool
		if a, mail, err = tx.admit(ctx, r, able); err != nil || a != tidings.Admitted || !able {
			return err
		}
		s := &letter.SignUp
		if !mail {
			return tx.replaceSignUp(ctx, s)
		}
		if s.Position, err = newestSeq(ctx, tx); err != nil {
			return err
		}
		if err := tx.keepSignUp(ctx, s); err != nil {
			return err
		}
		if letter.Known, err = knownTo(ctx, tx, s.Address); err != nil {
			return err
		}
		return tx.post(ctx, letter)
	})
	return a, err
}

func (tx *tx) keepSignUp(ctx context.Context, s *tidings.SignUp) error {
	subs, err := json.Marshal(choiceTexts(s.Subscriptions))
	if err != nil {
		return err
	}
	s.Created = cut(tx.now)
	return tx.QueryRowContext(ctx, `
		INSERT INTO signups (address, language, subscriptions, position, form, wording, network, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		s.Address, s.Language, string(subs), s.Position, s.Evidence.Form, s.Evidence.Wording, s.Evidence.Network,
		s.Created.UnixMilli()).Scan(&s.ID)
}

// pendingQuery finds the sign-up behind the newest link of an address, ?1, that still works at the instant ?2.
const pendingQuery = `SELECT u.id FROM letters l JOIN signups u ON u.id = l.signup_id JOIN tickets t ON t.hash = l.ticket
	WHERE l.address = ?1 AND l.address <> '' AND u.address = ?1 AND t.used IS NULL AND t.expires > ?2 ORDER BY l.id DESC LIMIT 1`

// replaceSignUp puts a wish, and how it was said, in the place of the one that waits for its confirmation; without one it is dropped.
// What was published since the first one was made is not missed: the position stays.
func (tx *tx) replaceSignUp(ctx context.Context, s *tidings.SignUp) error {
	forms, err := spellings(ctx, tx, anywhere, s.Address)
	for i := 0; i < len(forms) && err == nil && s.ID == 0; i++ {
		err = tx.QueryRowContext(ctx, pendingQuery, forms[i], tx.now.UnixMilli()).Scan(&s.ID)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
	}
	if err != nil || s.ID == 0 {
		return err
	}
	subs, err := json.Marshal(choiceTexts(s.Subscriptions))
	if err != nil {
		return err
	}
	s.Created = cut(tx.now)
	_, err = tx.ExecContext(ctx, `
		UPDATE signups SET language = ?, subscriptions = ?, form = ?, wording = ?, network = ?, created = ? WHERE id = ?`,
		s.Language, string(subs), s.Evidence.Form, s.Evidence.Wording, s.Evidence.Network, s.Created.UnixMilli(), s.ID)
	return err
}

// SignUp gives one that is not confirmed yet, and whether its address has a subscriber already who gets the choices besides.
func (db *DB) SignUp(ctx context.Context, id int64) (s tidings.SignUp, known bool, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		if s, err = signUp(ctx, q, id); err != nil {
			return err
		}
		known, err = knownTo(ctx, q, s.Address)
		return err
	})
	return s, known, err
}

const signUpColumns = `id, address, language, subscriptions, position, form, wording, network, created`

func scanSignUp(row interface{ Scan(...any) error }) (s tidings.SignUp, err error) {
	var created int64
	var text string
	err = row.Scan(&s.ID, &s.Address, &s.Language, &text, &s.Position, &s.Evidence.Form, &s.Evidence.Wording, &s.Evidence.Network, &created)
	if err != nil {
		return s, err
	}
	s.Created = time.UnixMilli(created).UTC()
	var choices []choiceText
	if err := json.Unmarshal([]byte(text), &choices); err != nil {
		return s, err
	}
	for _, c := range choices {
		s.Subscriptions = append(s.Subscriptions, tidings.Subscription{Cadence: c.Cadence, Filter: c.Filter, Zone: c.Zone, Hour: c.Hour})
	}
	return s, nil
}

func signUp(ctx context.Context, q querier, id int64) (tidings.SignUp, error) {
	s, err := scanSignUp(q.QueryRowContext(ctx, `SELECT `+signUpColumns+` FROM signups WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return s, tidings.ErrNotFound
	}
	return s, err
}

// knownTo says whether an address has a subscriber to whom a sign-up adds.
func knownTo(ctx context.Context, q querier, address string) (known bool, err error) {
	forms, err := spellings(ctx, q, amongSubscribers, address)
	for i := 0; i < len(forms) && err == nil && !known; i++ {
		err = q.QueryRowContext(ctx, `
			SELECT EXISTS (SELECT 1 FROM subscribers WHERE address = ? AND state IN ('active', 'paused'))`, forms[i]).Scan(&known)
	}
	return known, err
}

// ConfirmSignUp does what the ticket's sign-up asks for: it makes a subscriber, takes back one who left, or gives the choices
// besides to one who is there. What was published since the sign-up is not missed. A second time is no error. tidings.ErrExpired
// when the ticket is, or the sign-up is gone; tidings.ErrSuppressed when the address has become so.
func (db *DB) ConfirmSignUp(ctx context.Context, hash []byte, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		t, err := tx.use(ctx, hash, tidings.PurposeConfirm)
		if err != nil {
			return err
		}
		s, err := signUp(ctx, tx, t.SignUp)
		if errors.Is(err, tidings.ErrNotFound) {
			return tidings.ErrExpired // kept for longer than the ticket, so only who was erased comes here
		}
		if err != nil {
			return err
		}
		id, err := tx.enrol(ctx, &s)
		if err != nil {
			return err
		}
		if err := tx.recordSignUp(ctx, id, &s); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, ownLetters, id, s.ID, s.Address); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM signups WHERE id = ?`, s.ID)
		return err
	})
}

// ownLetters gives the letters of a sign-up, ?2, which went to the address ?3, to the subscriber ?1: they are erased together.
const ownLetters = `UPDATE letters SET subscriber_id = ?1 WHERE address = ?3 AND address <> '' AND signup_id = ?2`

// enrol makes a subscriber of a sign-up, or adds it to one, and gives the subscriber's number.
func (tx *tx) enrol(ctx context.Context, s *tidings.SignUp) (int64, error) {
	old, err := tx.current(ctx, s.Address)
	switch {
	case errors.Is(err, tidings.ErrNotFound) || err == nil && old.State == tidings.Left:
	case err != nil:
		return 0, err
	case old.State == tidings.Suppressed:
		return 0, tidings.ErrSuppressed
	default:
		return old.ID, tx.addChoices(ctx, &old, s)
	}
	added := tidings.Subscriber{
		Address: s.Address, Language: s.Language, State: tidings.Active, Consent: tx.optedIn(), Subscriptions: placed(s),
	}
	if err := tx.addSubscriber(ctx, &added); err != nil || old.ID == 0 {
		return added.ID, err
	}
	// They may have got some of what is new to the sign-up, before they left: see noteMulti.
	_, err = tx.ExecContext(ctx, `UPDATE subscribers SET multi = 1 WHERE id = ?`, added.ID)
	return added.ID, err
}

func (tx *tx) optedIn() tidings.Consent {
	return tidings.Consent{Basis: "double opt-in", By: tx.actor, At: tx.now}
}

// placed are the subscriptions of a sign-up, where it stands.
func placed(s *tidings.SignUp) []tidings.Subscription {
	subs := slices.Clone(s.Subscriptions)
	for i := range subs {
		subs[i].Position = cmp.Or(s.Position, -1) // 0: nothing was published yet
	}
	return subs
}

// addChoices gives a subscriber what the sign-up asks for besides what they have, from where the sign-up stands: what they have got
// since does not come again, see noteMulti. A pause goes on until its date; one without a
// date has ended: it was to last until they say so. An address that waited for its confirmation has it.
func (tx *tx) addChoices(ctx context.Context, old *tidings.Subscriber, s *tidings.SignUp) error {
	next := *old
	next.Subscriptions = slices.Clone(old.Subscriptions)
	switch {
	case old.State == tidings.Pending:
		next.State, next.Consent, next.Language = tidings.Active, tx.optedIn(), s.Language
	case old.State == tidings.Paused && old.PausedUntil.IsZero():
		next.State = tidings.Active
	}
	for _, wanted := range placed(s) {
		at := slices.IndexFunc(next.Subscriptions, func(has tidings.Subscription) bool { return has.Cadence == wanted.Cadence })
		if at < 0 {
			next.Subscriptions = append(next.Subscriptions, wanted)
			continue
		}
		has := &next.Subscriptions[at]
		joined, err := has.Filter.Or(wanted.Filter)
		if err != nil {
			return err
		}
		// Also when they get all of it by now: another sign-up, or they, may have seen to that after something came out.
		has.Filter, has.Position = joined, min(has.Position, s.Position)
	}
	if err := tx.updateSubscriber(ctx, old, &next); !errors.Is(err, errUnchanged) {
		return err
	}
	return nil
}

// asker is who fills in a form, as the record of consent says it: nobody knows yet who that is.
const asker = "visitor"

// recordSignUp writes down who asked for what, how, and that whoever owns the address confirmed it.
func (tx *tx) recordSignUp(ctx context.Context, subscriber int64, s *tidings.SignUp) error {
	detail, err := consentDetail{Language: s.Language, Choices: choiceTexts(s.Subscriptions)}.text()
	if err != nil {
		return err
	}
	for _, entry := range []tidings.ConsentEntry{
		{Kind: tidings.ConsentAsked, At: s.Created, Actor: asker, Evidence: s.Evidence, Detail: detail},
		{Kind: tidings.ConsentConfirmed},
	} {
		entry.Subscriber = subscriber
		if err := tx.record(ctx, &entry); err != nil {
			return err
		}
	}
	return nil
}
