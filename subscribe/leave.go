package subscribe

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// TestDelivery is the number of a test mail, which belongs to no subscriber.
const TestDelivery = 0

// nobody is the number of the subscriber to whom a test mail went.
const nobody = 0

// Leaving says what the token in a mail can end, and does nothing. tidings.ErrBadToken when the token is not ours, or of a
// subscriber whom a restored backup does not know.
func (s *Service) Leaving(ctx context.Context, token string) (tidings.Leaving, error) {
	var none tidings.Leaving
	id, err := s.holder(ctx, token)
	switch {
	case err != nil:
		return none, err
	case id == nobody:
		return tidings.Leaving{Test: true}, nil
	}
	sub, err := s.Register.Subscriber(ctx, numbered(id))
	switch {
	case errors.Is(err, tidings.ErrNotFound) || err == nil && gone(&sub):
		return tidings.Leaving{Gone: true}, nil
	case err != nil:
		return none, err
	}
	return tidings.Leaving{Topics: leavable(&sub), Offer: s.offers(&sub)}, nil
}

// LeaveByToken unsubscribes the person to whom the mail with this token went; see Leaving. test is true for a test mail, behind
// which there is nobody. It needs no more than the token, succeeds a second time, and succeeds for somebody who has been erased
// since: they get no mail either.
func (s *Service) LeaveByToken(ctx context.Context, token string, now time.Time, actor string) (test bool, err error) {
	return s.byToken(ctx, token, now, actor, func(sub *tidings.Subscriber) error {
		s.noteOffer(sub, now)
		leave(sub, now)
		return nil
	})
}

// LeaveTopic takes a topic out of everything that the person gets to whom the mail with this token went. When nothing is left
// they have left. It works whenever LeaveByToken does, and a second time too.
func (s *Service) LeaveTopic(ctx context.Context, token, topic string, now time.Time, actor string) error {
	topics, err := s.Topics.Topics(ctx)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(topics, func(t tidings.Topic) bool { return t.Slug == topic })
	_, err = s.byToken(ctx, token, now, actor, func(sub *tidings.Subscriber) error {
		if !known && !slices.Contains(asked(sub), topic) {
			return tidings.Invalidf("topic", "there is no topic %.80q", topic)
		}
		s.noteOffer(sub, now)
		if rest := withoutTopic(sub, topic); len(rest) > 0 {
			sub.Subscriptions = rest
		} else {
			leave(sub, now)
		}
		return nil
	})
	return err
}

// Slower gives the person to whom the mail with this token went one weekly mail in place of all that comes more often. Nothing is
// missed by it and nothing comes twice. Who gets nothing faster is left as they are.
func (s *Service) Slower(ctx context.Context, token string, now time.Time, actor string) error {
	if _, weekly := s.Cadences.Find(tidings.Weekly); !weekly {
		return tidings.Invalidf("cadence", "%q is none of %s", tidings.Weekly, s.cadences())
	}
	_, err := s.byToken(ctx, token, now, actor, func(sub *tidings.Subscriber) error {
		s.noteOffer(sub, now)
		return s.slowDown(sub)
	})
	return err
}

// Reason keeps why somebody left, as far as they say it, in the record of consent: at most 500 characters in one line, and no
// address. It is asked once; who has not left, and who was erased, has nothing to say here.
func (s *Service) Reason(ctx context.Context, token, reason string, now time.Time) error {
	id, err := s.holder(ctx, token)
	if err != nil || id == nobody {
		return err
	}
	if reason = oneLine(reason); reason == "" {
		return nil
	}
	return s.Personal.NoteReason(ctx, id, reason, now, ByLeavePage)
}

// byToken changes the person to whom the mail with this token went, unless they have left already or were erased.
func (s *Service) byToken(
	ctx context.Context, token string, now time.Time, actor string, change func(*tidings.Subscriber) error,
) (test bool, err error) {
	id, err := s.holder(ctx, token)
	if err != nil || id == nobody {
		return err == nil, err
	}
	// Looked at first: a second time should not wait for the one who writes.
	sub, err := s.Register.Subscriber(ctx, numbered(id))
	if err == nil && !gone(&sub) {
		err = s.Register.UpdateSubscriber(ctx, numbered(id), now, actor, func(sub *tidings.Subscriber) error {
			if gone(sub) {
				return nil
			}
			return change(sub)
		})
	}
	if errors.Is(err, tidings.ErrNotFound) {
		err = nil
	}
	return false, err
}

// holder is the number of whoever got the mail with this token: nobody for a test mail.
func (s *Service) holder(ctx context.Context, token string) (id int64, err error) {
	_, id, err = s.Keyring.Verify(tidings.PurposeLeave, token, s.since(ctx))
	return id, err
}
