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
	ByOwnPage   = "own page"           // whoever had the link to their page sent to their address
	ByMailLink  = "own page by a mail" // whoever holds the link of a digest, which may have been forwarded
	ByLeavePage = "leave page"         // whoever holds the link that leaves
)

// How long a subscriber's own page opens.
const (
	mailLinkLives = 14 * 24 * time.Hour // by the link of a digest, from its date
	mailsShown    = 90 * 24 * time.Hour // how old the mails are that it shows
	mostMails     = 200                 // and how many of them
)

// Personal keeps what a subscriber's own page shows and does, beside what the Register has.
type Personal interface {
	// Visitor gives a subscriber, and a delivery of theirs: zero when it is none. tidings.ErrNotFound for one who was erased.
	Visitor(ctx context.Context, id, delivery int64) (tidings.Subscriber, tidings.Delivery, error)
	// PastMails gives deliveries made since then, the newest first, at most so many; 0: all.
	PastMails(ctx context.Context, id int64, since time.Time, limit int) ([]tidings.PastMail, error)
	// Dossier gives all that is held. tidings.ErrNotFound.
	Dossier(ctx context.Context, id int64) (tidings.Dossier, error)
	// PostPersonal counts a request that a subscriber made on their own page and, when the limits leave room for it, writes the
	// letter: to the subscriber, or where it says for a move. It is not written to an address that must not be written to, or
	// that somebody else has. What it gives does not depend on the address. The letter has a number once it is written.
	PostPersonal(ctx context.Context, r *tidings.Request, l *tidings.Letter, now time.Time, actor string) (tidings.Admission, error)
	// NoteReason keeps why somebody left, in the record of consent. They say it once for each time that they leave; anything
	// else changes nothing.
	NoteReason(ctx context.Context, id int64, reason string, now time.Time, actor string) error
}

// visitor is who holds the token of an own page.
type visitor struct {
	tidings.Subscriber

	test    bool
	own     bool
	expired bool
}

// numbered is how the Register knows a subscriber by number.
func numbered(id int64) string { return strconv.FormatInt(id, 10) }

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
	sub, d, err := s.Personal.Visitor(ctx, id, delivery)
	if err != nil {
		return nil, badUnlessFound(err)
	}
	// A delivery that is not there was forgotten since, or a restored backup has not known it: a link of ours all the same. One that
	// is older than the address may lie in a mailbox that they have given up.
	return &visitor{
		Subscriber: sub,
		expired:    d.ID == 0 || !now.Before(d.Date.Add(mailLinkLives)) || !sub.Moved.IsZero() && !d.Date.After(sub.Moved),
	}, nil
}

func (s *Service) ticketHolder(ctx context.Context, token string, now time.Time) (*visitor, error) {
	if len(token) != tidings.TokenLength {
		return nil, tidings.ErrBadToken
	}
	ticket, err := s.Tickets.Ticket(ctx, tidings.TicketHash(token), tidings.PurposeManage)
	if err != nil {
		return nil, badUnlessFound(err)
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
// one a short while ago gets none, and neither does a suppressed address: that is an InvalidError, for it is not sent.
func (s *Service) SendLinkByToken(ctx context.Context, token string, now time.Time) error {
	v, err := s.visitor(ctx, token, now)
	switch {
	case err != nil:
		return err
	case v.test:
		return tidings.ErrBadToken
	}
	return s.ask(ctx, v, tidings.LinkRequest, s.letter(tidings.LinkLetter, tidings.PurposeManage, LinkLife, now), now)
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
