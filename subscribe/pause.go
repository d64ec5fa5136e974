package subscribe

import (
	"context"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Pause stops the mails until the instant, or until Resume when it is zero. The subscriber keeps their place and gets
// what they missed.
func (s *Service) Pause(ctx context.Context, address string, until, now time.Time, actor string) error {
	change, err := pausing(until, now)
	if err != nil {
		return err
	}
	return s.Register.UpdateSubscriber(ctx, address, now, actor, change)
}

// pausing is what begins a pause.
func pausing(until, now time.Time) (func(*tidings.Subscriber) error, error) {
	if !until.IsZero() && !until.After(now) {
		return nil, tidings.Invalidf("until", "%s is past", until.Format(time.DateOnly))
	}
	return func(sub *tidings.Subscriber) error {
		if sub.State != tidings.Active && sub.State != tidings.Paused {
			return tidings.Invalidf("subscriber", "gets no mail that could be paused: %s", sub.State)
		}
		sub.State, sub.PausedUntil = tidings.Paused, until
		return nil
	}, nil
}

// Resume ends a pause.
func (s *Service) Resume(ctx context.Context, address string, now time.Time, actor string) error {
	return s.Register.UpdateSubscriber(ctx, address, now, actor, resume)
}

func resume(sub *tidings.Subscriber) error {
	if sub.State != tidings.Paused {
		return tidings.Invalidf("subscriber", "is not paused: %s", sub.State)
	}
	sub.State, sub.PausedUntil = tidings.Active, time.Time{}
	return nil
}

// Lift ends a suppression: somebody asserts that the address works again, and says in reason how they know. A subscriber
// does not get mail by that alone: they are as if they had left, and can be added again on the ground of a consent.
func (s *Service) Lift(ctx context.Context, address, reason string, now time.Time, actor string) error {
	address, err := NormalizeAddress(address)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return tidings.Invalidf("reason", `say how you know that the address works again: "she wrote from it on 3 March"`)
	}
	if err := CheckReason(reason, address); err != nil {
		return err
	}
	return s.Suppressions.LiftSuppression(ctx, address, reason, now, actor)
}

// CheckReason refuses a reason for or against the suppression of an address with an address in it.
func CheckReason(reason, address string) error {
	if strings.Contains(strings.ToLower(reason), strings.ToLower(address)) || tidings.HideAddresses(reason) != reason {
		return tidings.Invalidf("reason", "write it without the address: it is kept for good, and the address is not")
	}
	return nil
}

// Leave unsubscribes for good, from every cadence. Whoever has left already is left in peace, and a suppressed address
// stays suppressed.
func (s *Service) Leave(ctx context.Context, address string, now time.Time, actor string) error {
	sub, err := s.Register.Subscriber(ctx, address)
	if err != nil || gone(&sub) {
		return err
	}
	return s.Register.UpdateSubscriber(ctx, address, now, actor, func(sub *tidings.Subscriber) error {
		leave(sub, now)
		return nil
	})
}

// leave ends all.
func leave(sub *tidings.Subscriber, now time.Time) {
	if !gone(sub) {
		sub.State, sub.Left, sub.PausedUntil = tidings.Left, now, time.Time{}
	}
}

func gone(sub *tidings.Subscriber) bool {
	return sub.State == tidings.Left || sub.State == tidings.Suppressed
}
