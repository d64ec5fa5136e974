package subscribe

import (
	"context"
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
	return s.step(ctx, v, now, func(sub *tidings.Subscriber) error {
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
	change, err := pause(until, now)
	if err != nil {
		return err
	}
	return s.step(ctx, v, now, change)
}

// ResumeVisit ends the visitor's pause. Whoever is back already is left in peace.
func (s *Service) ResumeVisit(ctx context.Context, token string, now time.Time) error {
	v, err := s.open(ctx, token, now)
	if err != nil || v.State == tidings.Active {
		return err
	}
	return s.step(ctx, v, now, resume)
}

// LeaveVisit unsubscribes the visitor from everything; see Leave.
func (s *Service) LeaveVisit(ctx context.Context, token string, now time.Time) error {
	v, err := s.open(ctx, token, now)
	if err != nil || gone(&v.Subscriber) {
		return err
	}
	_, err = s.Requests.Step(ctx, nil, s.told(v, now), numbered(v.ID), now, v.actor(), func(sub *tidings.Subscriber) error {
		leave(sub, now)
		return nil
	})
	return err
}
