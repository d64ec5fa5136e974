package subscribe

import (
	"context"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// Tickets keeps what letters ask about, and does it when it is confirmed. A confirmation that is repeated is no error.
type Tickets interface {
	// Ticket finds one by the hash of its token. tidings.ErrNotFound, also when it is for none of the purposes.
	Ticket(ctx context.Context, hash []byte, purposes ...tidings.Purpose) (tidings.Ticket, error)
	// SignUp gives one that is not confirmed; known: its address has a subscriber, who gets the choices besides.
	SignUp(ctx context.Context, id int64) (s tidings.SignUp, known bool, err error)
	ConfirmSignUp(ctx context.Context, hash []byte, now time.Time, actor string) error
	// ConfirmMove tells the old address by the letter.
	ConfirmMove(ctx context.Context, hash []byte, told *tidings.Letter, now time.Time, actor string) error
	ConfirmErase(ctx context.Context, hash []byte, now time.Time, actor string) error
}

// Confirming says what the link in a letter would do, and does nothing. One that was used says so for as long as it is
// remembered. tidings.ErrBadToken when the token is not ours, or for something else; tidings.ErrExpired when its time is over:
// then Purpose and Language are given all the same.
func (s *Service) Confirming(ctx context.Context, token string, now time.Time) (tidings.Confirmation, error) {
	c, signUp, err := s.ticket(ctx, token, now)
	if err != nil || c.Done || signUp == 0 {
		return c, err
	}
	c.SignUp, c.Known, err = s.Tickets.SignUp(ctx, signUp)
	if !errors.Is(err, tidings.ErrNotFound) {
		return c, err
	}
	// It went with the person, unless somebody has pressed the button just now.
	if c, _, err = s.ticket(ctx, token, now); err == nil && !c.Done {
		err = tidings.ErrExpired
	}
	return c, err
}

// ticket says what the ticket of a token is for, and of which sign-up; 0: of none.
func (s *Service) ticket(ctx context.Context, token string, now time.Time) (c tidings.Confirmation, signUp int64, err error) {
	t, err := s.Tickets.Ticket(ctx, tidings.TicketHash(token), tidings.PurposeConfirm, tidings.PurposeMove, tidings.PurposeErase)
	if err != nil {
		return c, 0, unknownTicket(err)
	}
	c = tidings.Confirmation{Purpose: t.Purpose, Language: t.Language, Done: !t.Used.IsZero(), NewAddress: t.Detail}
	if !c.Done && !now.Before(t.Expires) {
		err = tidings.ErrExpired
	}
	return c, t.SignUp, err
}

// Confirm does what the link in a letter asks about, once. A second time it says that it is done. Besides the errors of Confirming
// there are tidings.ErrSuppressed, when the address may not be written to any more, tidings.ErrExists, when the address to move
// to has come to be another subscriber's, and an InvalidError, when the choices together are more than a filter can hold; then
// nothing has changed.
func (s *Service) Confirm(ctx context.Context, token string, now time.Time, actor string) (tidings.Confirmation, error) {
	c, err := s.Confirming(ctx, token, now)
	if err != nil || c.Done {
		return c, err
	}
	hash := tidings.TicketHash(token)
	switch c.Purpose {
	case tidings.PurposeConfirm:
		err = s.Tickets.ConfirmSignUp(ctx, hash, now, actor)
	case tidings.PurposeMove:
		err = s.Tickets.ConfirmMove(ctx, hash, s.letter(tidings.MovedLetter, "", 0, now), now, actor)
	case tidings.PurposeErase:
		err = s.Tickets.ConfirmErase(ctx, hash, now, actor)
	}
	return c, unknownTicket(err)
}

// unknownTicket: to whoever holds the token, what is not there is not ours.
func unknownTicket(err error) error {
	if errors.Is(err, tidings.ErrNotFound) {
		return tidings.ErrBadToken
	}
	return err
}
