package subscribe

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// Who took a step, as the audit log and the record of consent say it.
const (
	ByOwnPage  = "own page"           // whoever had the link to their page sent to their address
	ByMailLink = "own page by a mail" // whoever holds the link of a digest, which may have been forwarded
)

// How long a subscriber's own page opens.
const (
	mailLinkLives = 14 * 24 * time.Hour // by the link of a digest, from its date
	letterLives   = 24 * time.Hour      // by a link that was sent for it; likewise the links that move and erase
	mailsShown    = 90 * 24 * time.Hour // how old the mails are that it shows
	mostMails     = 200                 // and how many of them
)

// Personal keeps what a subscriber's own page shows and does, beside what the Register has.
type Personal interface {
	// Ticket finds a ticket by its hash, whatever it is for, used and expired ones too. tidings.ErrNotFound.
	Ticket(ctx context.Context, hash []byte) (tidings.Ticket, error)
	// Visitor gives a subscriber, and the date of a delivery: zero when it is none of theirs. tidings.ErrNotFound for one
	// who was erased.
	Visitor(ctx context.Context, id, delivery int64) (tidings.Subscriber, time.Time, error)
	// PastMails gives deliveries made since then, the newest first, at most so many; 0: all.
	PastMails(ctx context.Context, id int64, since time.Time, limit int) ([]tidings.PastMail, error)
	// Dossier gives all that is held. tidings.ErrNotFound.
	Dossier(ctx context.Context, id int64) (tidings.Dossier, error)
	// PostPersonal writes a letter that a subscriber asked for, within the limits for such.
	PostPersonal(ctx context.Context, l *tidings.Letter, now time.Time, actor string) error
}

// visitor is who holds the token of an own page.
type visitor struct {
	tidings.Subscriber

	test    bool
	own     bool
	expired bool
}

func (v *visitor) ref() string { return strconv.FormatInt(v.ID, 10) }

func (v *visitor) actor() string {
	if v.own {
		return ByOwnPage
	}
	return ByMailLink
}

// visitor finds out whose page the token opens, or opened. It is the token of a digest, which says it by itself, or a ticket.
func (s *Service) visitor(ctx context.Context, token string, now time.Time) (*visitor, error) {
	delivery, id, err := s.Keyring.Verify(tidings.PurposeManage, token, s.since(ctx))
	switch {
	case errors.Is(err, tidings.ErrBadToken):
		return s.ticketHolder(ctx, token, now)
	case err != nil:
		return nil, err
	case id == nobody:
		return &visitor{test: true}, nil
	}
	sub, date, err := s.Personal.Visitor(ctx, id, delivery)
	if err != nil {
		return nil, badUnlessFound(err)
	}
	// A delivery that is not there was forgotten since, or a restored backup has not known it: a link of ours all the same.
	return &visitor{Subscriber: sub, expired: date.IsZero() || !now.Before(date.Add(mailLinkLives))}, nil
}

func (s *Service) ticketHolder(ctx context.Context, token string, now time.Time) (*visitor, error) {
	if len(token) != tidings.TokenLength {
		return nil, tidings.ErrBadToken
	}
	ticket, err := s.Personal.Ticket(ctx, tidings.TicketHash(token))
	if err != nil {
		return nil, badUnlessFound(err)
	}
	if ticket.Purpose != tidings.PurposeManage {
		return nil, tidings.ErrBadToken
	}
	sub, _, err := s.Personal.Visitor(ctx, ticket.Subscriber, 0)
	if err != nil {
		return nil, badUnlessFound(err)
	}
	return &visitor{Subscriber: sub, own: true, expired: !now.Before(ticket.Expires)}, nil
}

// open is the visitor whose page the token opens now.
func (s *Service) open(ctx context.Context, token string, now time.Time) (*visitor, error) {
	v, err := s.visitor(ctx, token, now)
	switch {
	case err != nil:
		return nil, err
	case v.test:
		return nil, tidings.ErrBadToken
	case v.expired:
		return nil, tidings.ErrExpired
	}
	return v, nil
}

// openOwn is likewise, for what the link of a digest cannot do.
func (s *Service) openOwn(ctx context.Context, token string, now time.Time) (*visitor, error) {
	v, err := s.open(ctx, token, now)
	if err == nil && !v.own {
		return nil, tidings.ErrBadToken
	}
	return v, err
}

// Visit is the own page that the token opens; it changes nothing. tidings.ErrBadToken when the token is none of ours, or not for
// this, or of somebody whom a restored backup does not know or who was erased; tidings.ErrExpired when its time is over, which
// SendLinkByToken mends.
func (s *Service) Visit(ctx context.Context, token string, now time.Time) (tidings.Visit, error) {
	var none tidings.Visit
	found, err := s.visitor(ctx, token, now)
	switch {
	case err != nil:
		return none, err
	case found.test:
		return tidings.Visit{Test: true}, nil
	case found.expired:
		return none, tidings.ErrExpired
	}
	visit := tidings.Visit{Subscriber: found.Subscriber, Own: found.own, Offer: s.offers(&found.Subscriber)}
	if !found.own {
		return visit, nil
	}
	visit.Feed = s.feedToken(&found.Subscriber)
	visit.Mails, err = s.Personal.PastMails(ctx, found.ID, now.Add(-mailsShown), mostMails)
	return visit, err
}

// SendLinkByToken sends the link to the own page to the subscriber's own address, whose page the token opens or opened. Who got
// one a short while ago gets none, and neither does a suppressed address: the answer is the same.
func (s *Service) SendLinkByToken(ctx context.Context, token string, now time.Time) error {
	v, err := s.visitor(ctx, token, now)
	switch {
	case err != nil:
		return err
	case v.test:
		return tidings.ErrBadToken
	}
	return s.Personal.PostPersonal(ctx, s.letter(v, tidings.LinkLetter, tidings.PurposeManage, now), now, v.actor())
}

// letter is one to the visitor's address.
func (s *Service) letter(v *visitor, kind tidings.LetterKind, p tidings.Purpose, now time.Time) *tidings.Letter {
	l := &tidings.Letter{
		Kind: kind, Address: v.Address, Language: v.Language, Subscriber: v.ID, Purpose: p, Created: now,
	}
	if p != "" {
		l.Nonce, l.TicketHash = s.Keyring.NewTicket(p)
		l.Expires = now.Add(letterLives)
	}
	return l
}

// since is what Verify asks for.
func (s *Service) since(ctx context.Context) func(int64) (time.Time, error) {
	return func(id int64) (time.Time, error) {
		_, since, err := s.Register.SubscriberSince(ctx, id)
		return since, err
	}
}

// badUnlessFound: a link to what is not there is none of ours.
func badUnlessFound(err error) error {
	if errors.Is(err, tidings.ErrNotFound) {
		return tidings.ErrBadToken
	}
	return err
}
