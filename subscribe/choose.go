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
	return s.update(ctx, v, now, func(sub *tidings.Subscriber) error {
		if gone(sub) {
			return errGone(sub)
		}
		return change(sub)
	})
}

// update changes the visitor. The link of a digest may have been forwarded: what is done by it the subscriber is told by a letter,
// which brings the link with which they can put it right.
func (s *Service) update(ctx context.Context, v *visitor, now time.Time, change func(*tidings.Subscriber) error) error {
	if v.own {
		return s.Register.UpdateSubscriber(ctx, numbered(v.ID), now, v.actor(), change)
	}
	told := s.letter(tidings.ChangedLetter, tidings.PurposeManage, LinkLife, now)
	return s.Requests.UpdateTold(ctx, numbered(v.ID), told, now, v.actor(), change)
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
	change, err := pausing(until, now)
	if err != nil {
		return err
	}
	return s.update(ctx, v, now, change)
}

// ResumeVisit ends the visitor's pause. Whoever is back already is left in peace.
func (s *Service) ResumeVisit(ctx context.Context, token string, now time.Time) error {
	v, err := s.open(ctx, token, now)
	if err != nil || v.State == tidings.Active {
		return err
	}
	return s.update(ctx, v, now, resume)
}

// LeaveVisit unsubscribes the visitor from everything; see Leave.
func (s *Service) LeaveVisit(ctx context.Context, token string, now time.Time) error {
	v, err := s.open(ctx, token, now)
	if err != nil || gone(&v.Subscriber) {
		return err
	}
	return s.update(ctx, v, now, func(sub *tidings.Subscriber) error {
		leave(sub, now)
		return nil
	})
}
