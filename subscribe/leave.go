package subscribe

import (
	"context"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// TestDelivery is the number in the token of a test mail, which belongs to no subscriber.
const TestDelivery = 0

// Pause stops the mails until the instant, or until Resume when it is zero. The subscriber keeps their place and gets
// what they missed.
func (s *Service) Pause(ctx context.Context, address string, until, now time.Time, actor string) error {
	if !until.IsZero() && !until.After(now) {
		return tidings.Invalidf("until", "%s is past", until.Format(time.DateOnly))
	}
	return s.Register.UpdateSubscriber(ctx, address, now, actor, func(sub *tidings.Subscriber) error {
		if sub.State != tidings.Active && sub.State != tidings.Paused {
			return tidings.Invalidf("subscriber", "gets no mail that could be paused: %s", sub.State)
		}
		sub.State, sub.PausedUntil = tidings.Paused, until
		return nil
	})
}

// Resume ends a pause.
func (s *Service) Resume(ctx context.Context, address string, now time.Time, actor string) error {
	return s.Register.UpdateSubscriber(ctx, address, now, actor, func(sub *tidings.Subscriber) error {
		if sub.State != tidings.Active && sub.State != tidings.Paused {
			return tidings.Invalidf("subscriber", "is not paused: %s", sub.State)
		}
		sub.State, sub.PausedUntil = tidings.Active, time.Time{}
		return nil
	})
}

// Leave unsubscribes for good, from every cadence. Whoever has left already is left in peace, and a suppressed address
// stays suppressed.
func (s *Service) Leave(ctx context.Context, address string, now time.Time, actor string) error {
	sub, err := s.Register.Subscriber(ctx, address)
	if err != nil || gone(&sub) {
		return err
	}
	return s.Register.UpdateSubscriber(ctx, address, now, actor, func(sub *tidings.Subscriber) error {
		if !gone(sub) {
			sub.State, sub.Left, sub.PausedUntil = tidings.Left, now, time.Time{}
		}
		return nil
	})
}

func gone(sub *tidings.Subscriber) bool {
	return sub.State == tidings.Left || sub.State == tidings.Suppressed
}

// Leaving says what the token in a mail would do, and does nothing: test is true for a test mail, behind which there
// is nobody to unsubscribe. tidings.ErrBadToken when the token is not ours.
func (s *Service) Leaving(token string) (test bool, err error) {
	delivery, err := s.Keyring.Verify(tidings.PurposeLeave, token)
	return err == nil && delivery == TestDelivery, err
}

// LeaveByToken unsubscribes the person to whom the mail with this token went; see Leaving. It needs no more than that,
// succeeds a second time, and succeeds for somebody who has been erased since: they get no mail either.
func (s *Service) LeaveByToken(ctx context.Context, token string, now time.Time, actor string) (test bool, err error) {
	delivery, err := s.Keyring.Verify(tidings.PurposeLeave, token)
	if err != nil || delivery == TestDelivery {
		return err == nil, err
	}
	address, _, err := s.Register.DeliverySubscriber(ctx, delivery)
	if err == nil {
		err = s.Leave(ctx, address, now, actor)
	}
	if errors.Is(err, tidings.ErrNotFound) {
		err = nil
	}
	return false, err
}
