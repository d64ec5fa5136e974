package subscribe

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Choose gives the visitor other choices, zone, hour or language; see Change. Topics that have ended since may stay.
func (s *Service) Choose(ctx context.Context, token string, w tidings.Wish, now time.Time) error {
	v, err := s.open(ctx, token, now)
	if err != nil {
		return err
	}
	change, err := s.wish(ctx, w, now, asked(&v.Subscriber)...)
	if err != nil {
		return err
	}
	return s.Register.UpdateSubscriber(ctx, numbered(v.ID), now, v.actor(), func(sub *tidings.Subscriber) error {
		if gone(sub) {
			return errGone(sub)
		}
		return change(sub)
	})
}

func errGone(sub *tidings.Subscriber) error {
	return tidings.Invalidf("subscriber", "gets no mail that could be changed: %s", sub.State)
}

// PauseVisit stops the visitor's mails until the instant, or until they say so when it is zero; see Pause.
func (s *Service) PauseVisit(ctx context.Context, token string, until, now time.Time) error {
	v, err := s.open(ctx, token, now)
	if err != nil {
		return err
	}
	return s.Pause(ctx, numbered(v.ID), until, now, v.actor())
}

// ResumeVisit ends the visitor's pause. Whoever is back already is left in peace.
func (s *Service) ResumeVisit(ctx context.Context, token string, now time.Time) error {
	v, err := s.open(ctx, token, now)
	if err != nil || v.State == tidings.Active {
		return err
	}
	return s.Resume(ctx, numbered(v.ID), now, v.actor())
}

// LeaveVisit unsubscribes the visitor from everything; see Leave.
func (s *Service) LeaveVisit(ctx context.Context, token string, now time.Time) error {
	v, err := s.open(ctx, token, now)
	if err != nil {
		return err
	}
	return s.Leave(ctx, numbered(v.ID), now, v.actor())
}

// How often a subscriber may ask for a letter of each kind. What an address may get is another limit.
func rateOf(kind tidings.LetterKind) tidings.Rate {
	switch kind {
	case tidings.CopyLetter:
		return tidings.Rate{Most: 5, Within: time.Hour}
	case tidings.MoveLetter, tidings.EraseLetter:
		return tidings.Rate{Most: 3, Within: 24 * time.Hour}
	default:
		return tidings.Rate{} // what an address may get is limit enough
	}
}

// post writes a letter for the visitor, with a ticket when it has a purpose.
func (s *Service) post(ctx context.Context, v *visitor, l *tidings.Letter, now time.Time) error {
	l.Subscriber, l.Language, l.Created = v.ID, v.Language, now
	if l.Address == "" {
		l.Address = v.Address
	}
	if l.Purpose != "" {
		l.Nonce, l.TicketHash = s.Keyring.NewTicket(l.Purpose)
		l.Expires = now.Add(letterLives)
	}
	err := s.Personal.PostPersonal(ctx, l, rateOf(l.Kind), now, v.actor())
	if errors.Is(err, tidings.ErrSuppressed) {
		return tidings.Invalidf("subscriber", "no mail may be sent to this address")
	}
	return err
}

// Move asks whoever owns the new address whether the visitor's mails may go there. That the address belongs to another
// subscriber already, or must not be written to, is not told: then nobody is asked.
func (s *Service) Move(ctx context.Context, token, address string, now time.Time) error {
	v, err := s.openOwn(ctx, token, now)
	if err != nil {
		return err
	}
	address, err = NormalizeAddress(address)
	switch {
	case err != nil:
		return err
	case strings.EqualFold(address, v.Address):
		return tidings.Invalidf("address", "mails go to this one already")
	}
	return s.post(ctx, v, &tidings.Letter{Kind: tidings.MoveLetter, Purpose: tidings.PurposeMove, Address: address}, now)
}

// AskErase asks the visitor by mail whether everything that is held about them is to be erased.
func (s *Service) AskErase(ctx context.Context, token string, now time.Time) error {
	v, err := s.openOwn(ctx, token, now)
	if err != nil {
		return err
	}
	return s.post(ctx, v, &tidings.Letter{Kind: tidings.EraseLetter, Purpose: tidings.PurposeErase}, now)
}

// MailAgain sends the visitor a mail once more that they got in the last 90 days. tidings.ErrNotFound when it is none of these.
func (s *Service) MailAgain(ctx context.Context, token string, delivery int64, now time.Time) error {
	v, err := s.openOwn(ctx, token, now)
	if err != nil {
		return err
	}
	return s.post(ctx, v, &tidings.Letter{Kind: tidings.CopyLetter, Delivery: delivery}, now)
}

// ResetFeed gives the visitor's personal feed another address: the old one is none of ours from now on.
func (s *Service) ResetFeed(ctx context.Context, token string, now time.Time) error {
	v, err := s.openOwn(ctx, token, now)
	if err != nil {
		return err
	}
	return s.Register.UpdateSubscriber(ctx, numbered(v.ID), now, v.actor(), func(sub *tidings.Subscriber) error {
		sub.Feed++
		return nil
	})
}

// FeedOf is what the personal feed with this token shows. tidings.ErrBadToken when it was given another address since, and when
// its owner has left or was erased.
func (s *Service) FeedOf(ctx context.Context, token string) (tidings.PersonalFeed, error) {
	var none tidings.PersonalFeed
	resets, id, err := s.Keyring.Verify(tidings.PurposeRead, token, s.since(ctx))
	switch {
	case err != nil:
		return none, err
	case id == nobody:
		return none, tidings.ErrBadToken
	}
	sub, err := s.Register.Subscriber(ctx, numbered(id))
	switch {
	case err != nil:
		return none, badUnlessFound(err)
	case sub.Feed != resets || sub.State == tidings.Left:
		return none, tidings.ErrBadToken
	}
	f := tidings.PersonalFeed{Language: sub.Language}
	for _, one := range sub.Subscriptions {
		f.Filters = append(f.Filters, one.Filter)
	}
	return f, nil
}

func (s *Service) feedToken(sub *tidings.Subscriber) string {
	return s.Keyring.Mint(tidings.PurposeRead, sub.Feed, sub.ID, sub.Created)
}
