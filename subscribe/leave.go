package subscribe

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// TestDelivery is the number of a test mail, which belongs to no subscriber.
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
		if sub.State != tidings.Paused {
			return tidings.Invalidf("subscriber", "is not paused: %s", sub.State)
		}
		sub.State, sub.PausedUntil = tidings.Active, time.Time{}
		return nil
	})
}

// Lift ends a suppression: somebody asserts that the address works again, and says in reason how they know. A subscriber
// does not get mail by that alone: they are as if they had left, and can be added again on the ground of a consent.
func (s *Service) Lift(ctx context.Context, address, reason string, now time.Time, actor string) error {
	address, err := NormalizeAddress(address)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return tidings.Invalidf("reason", `say how you know that the address works again: "she wrote from it on 3 March"`)
	case strings.Contains(strings.ToLower(reason), strings.ToLower(address)):
		return tidings.Invalidf("reason", "write it without the address: it is kept for good, and the address is not")
	}
	return s.Suppressions.LiftSuppression(ctx, address, reason, now, actor)
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
// is nobody to unsubscribe. tidings.ErrBadToken when the token is not ours, or of a subscriber whom a restored backup
// does not know.
func (s *Service) Leaving(ctx context.Context, token string) (test bool, err error) {
	_, test, err = s.holder(ctx, token)
	return test, err
}

// LeaveByToken unsubscribes the person to whom the mail with this token went; see Leaving. It needs no more than that,
// succeeds a second time, and succeeds for somebody who has been erased since: they get no mail either.
func (s *Service) LeaveByToken(ctx context.Context, token string, now time.Time, actor string) (test bool, err error) {
	address, test, err := s.holder(ctx, token)
	if err != nil || address == "" {
		return test, err
	}
	if err = s.Leave(ctx, address, now, actor); errors.Is(err, tidings.ErrNotFound) {
		err = nil
	}
	return false, err
}

// holder is the address of whoever got the mail with this token: "" for a test mail, and of who was erased.
func (s *Service) holder(ctx context.Context, token string) (address string, test bool, err error) {
	_, subscriber, err := s.Keyring.Verify(tidings.PurposeLeave, token, func(id int64) (since time.Time, err error) {
		address, since, err = s.Register.SubscriberSince(ctx, id)
		return since, err
	})
	if err != nil {
		return "", false, err
	}
	return address, subscriber == nobody, nil
}

// nobody is the number of the subscriber to whom a test mail went.
const nobody = 0
