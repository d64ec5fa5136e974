package subscribe

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Requests counts what may make us send a mail, and the steps on own pages, and keeps what there is to keep, in one transaction. What it gives does not depend
// on whose the address is, nor on whether it is one: a nil letter is for an address that is none.
type Requests interface {
	AdmitSignUp(ctx context.Context, r *tidings.Request, letter *tidings.Letter, now time.Time) (tidings.Admission, error)
	// AdmitLink writes to the subscriber of the address, if there is one.
	AdmitLink(ctx context.Context, r *tidings.Request, letter *tidings.Letter, now time.Time) (tidings.Admission, error)
	// Step is the Register's UpdateSubscriber for a step on one's own page. With a request it is taken when it is admitted, and counts
	// when it changes anything; with a letter, the subscriber is told of it, at most once an hour.
	Step(
		ctx context.Context, r *tidings.Request, told *tidings.Letter, address string, now time.Time, actor string,
		change func(*tidings.Subscriber) error,
	) (tidings.Admission, error)
}

// SignUp takes a wish to join. Nothing is a subscriber before whoever owns the address has confirmed it. What is wrong with the
// choices is an InvalidError; about the address nothing is said, whatever it is: known, unknown, suppressed or malformed.
func (s *Service) SignUp(ctx context.Context, w tidings.SignUpForm, now time.Time) (tidings.Admission, error) {
	language, err := s.language(w.Language)
	if err != nil {
		return "", err
	}
	subs, err := s.subscriptions(ctx, w.Choices)
	if err != nil {
		return "", err
	}
	r, valid := s.request(tidings.SignUpRequest, w.Address, w.From)
	var letter *tidings.Letter
	if valid {
		letter = s.letter(tidings.ConfirmLetter, tidings.PurposeConfirm, ConfirmLife, now)
		letter.Address, letter.Language = r.Address, language
		letter.SignUp = tidings.SignUp{
			Address: r.Address, Language: language, Subscriptions: subs,
			Evidence: tidings.Evidence{Form: w.Form, Wording: w.Wording, Network: r.Block},
		}
	}
	return s.Requests.AdmitSignUp(ctx, r, letter, now)
}

// SendLink sends the link to one's own page to an address that has a subscriber. Nothing is said about the address. The letter is
// in the language, or in the subscriber's when that is empty.
func (s *Service) SendLink(
	ctx context.Context, address, language string, from netip.Addr, now time.Time,
) (tidings.Admission, error) {
	if language != "" {
		ours, err := s.language(language)
		if err != nil {
			return "", err
		}
		language = ours
	}
	r, valid := s.request(tidings.LinkRequest, address, from)
	var letter *tidings.Letter
	if valid {
		letter = s.letter(tidings.LinkLetter, tidings.PurposeManage, LinkLife, now)
		letter.Language = language
	}
	return s.Requests.AdmitLink(ctx, r, letter, now)
}

// request is one as it is counted; valid says that what was typed is an address.
func (s *Service) request(kind tidings.RequestKind, typed string, from netip.Addr) (r *tidings.Request, valid bool) {
	address, err := NormalizeAddress(typed)
	if err != nil {
		address = strings.TrimSpace(typed)
	}
	network, block := origin(from)
	return &tidings.Request{Kind: kind, Address: address, Network: network, Block: block, Limits: s.limits()}, err == nil
}
