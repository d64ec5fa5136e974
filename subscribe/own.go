package subscribe

import (
	"context"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// How often a subscriber may ask for the same in an hour: what needs their own page, and is answered with a letter.
const (
	movesAnHour  = 3
	erasesAnHour = 3
	copiesAnHour = 5
	linksAnHour  = 5 // by a token, whether a letter comes of it or not
)

// changesAnHour is how many steps that change anything a subscriber may take in an hour: each stays in the record of consent. To leave
// is none of them.
const changesAnHour = 60

// step changes the visitor as far as the limit leaves room for it.
func (s *Service) step(ctx context.Context, v *visitor, now time.Time, change func(*tidings.Subscriber) error) error {
	a, err := s.Requests.Step(
		ctx, s.counted(v, tidings.ChangeRequest, nil), s.told(v, now), numbered(v.ID), now, v.actor(), change)
	if err == nil && a != tidings.Admitted {
		err = tidings.Invalidf("changes", "too many changes in an hour")
	}
	return err
}

// told is the letter by which the visitor learns of a step, and can put it right: the link of a digest may have been forwarded. Of what
// is done by one's own link one is not told; nil.
func (s *Service) told(v *visitor, now time.Time) *tidings.Letter {
	if v.own {
		return nil
	}
	return s.letter(tidings.ChangedLetter, tidings.PurposeManage, LinkLife, now)
}

// ask counts a request of the visitor's, and writes the letter when the limits leave room for it.
func (s *Service) ask(ctx context.Context, v *visitor, kind tidings.RequestKind, l *tidings.Letter, now time.Time) error {
	if v.State == tidings.Suppressed {
		return tidings.Invalidf("subscriber", "no mail may be sent to this address")
	}
	l.Subscriber, l.Language = v.ID, v.Language
	admission, err := s.Personal.PostPersonal(ctx, s.counted(v, kind, l), l, now, v.actor())
	if err != nil {
		return badUnlessFound(err)
	}
	switch {
	case admission == tidings.Admitted && kind == tidings.LinkRequest && l.ID == 0:
		return tidings.Invalidf("link", "one was sent less than an hour ago, or three within a day; look into your mailbox")
	case admission == tidings.Admitted:
		return nil
	default:
		return tidings.Invalidf("letters", "you have asked for several already; try again in an hour")
	}
}

// counted is the visitor's request as it is counted: by their number, and where it is a letter that strangers can have us write, with all
// others of its kind that go to its address. The limit of the whole site is none of theirs.
func (s *Service) counted(v *visitor, kind tidings.RequestKind, l *tidings.Letter) *tidings.Request {
	name := "subscriber:" + strconv.FormatInt(v.ID, 10) + " " + string(kind)
	r := &tidings.Request{Kind: kind, Network: name, Block: tidings.OwnBlock, Address: name, Limits: s.limits()}
	r.Limits.BlockHour, r.Limits.SiteHour = 0, 0
	switch kind {
	case tidings.LinkRequest:
		r.Address, r.Limits.NetworkHour = v.Address, linksAnHour
	case tidings.MoveRequest:
		r.Address, r.Limits.NetworkHour = l.Address, movesAnHour
	case tidings.EraseRequest:
		r.Limits = tidings.Limits{NetworkHour: erasesAnHour}
	case tidings.CopyRequest:
		r.Limits = tidings.Limits{NetworkHour: copiesAnHour}
	case tidings.ChangeRequest:
		r.Limits = tidings.Limits{NetworkHour: changesAnHour}
	case tidings.SignUpRequest: // is not made here
	}
	return r
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
	case strings.EqualFold(address, norm.NFC.String(v.Address)):
		return tidings.Invalidf("address", "mails go to this one already")
	}
	l := s.letter(tidings.MoveLetter, tidings.PurposeMove, LinkLife, now)
	l.Address = address
	return s.ask(ctx, v, tidings.MoveRequest, l, now)
}

// AskErase asks the visitor by mail whether everything that is held about them is to be erased.
func (s *Service) AskErase(ctx context.Context, token string, now time.Time) error {
	v, err := s.openOwn(ctx, token, now)
	if err != nil {
		return err
	}
	return s.ask(ctx, v, tidings.EraseRequest, s.letter(tidings.EraseLetter, tidings.PurposeErase, LinkLife, now), now)
}

// MailAgain sends the visitor a mail once more that they got in the last 90 days. tidings.ErrNotFound when it is none of these.
func (s *Service) MailAgain(ctx context.Context, token string, delivery int64, now time.Time) error {
	v, err := s.openOwn(ctx, token, now)
	if err != nil {
		return err
	}
	_, d, err := s.Personal.Visitor(ctx, v.ID, delivery)
	switch {
	case err != nil:
		return badUnlessFound(err)
	case d.State != tidings.DeliverySent || d.Date.Before(now.Add(-mailsShown)):
		return tidings.ErrNotFound
	}
	l := s.letter(tidings.CopyLetter, "", 0, now)
	l.Delivery = d.ID // the link may have one of before
	return s.ask(ctx, v, tidings.CopyRequest, l, now)
}

// ResetFeed gives the visitor's personal feed another address: the old one is none of ours from now on.
func (s *Service) ResetFeed(ctx context.Context, token string, now time.Time) error {
	v, err := s.openOwn(ctx, token, now)
	if err != nil {
		return err
	}
	return s.step(ctx, v, now, func(sub *tidings.Subscriber) error {
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
