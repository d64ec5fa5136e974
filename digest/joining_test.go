package digest_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// oSignUp is a wish to join that waits for its confirmation.
type oSignUp struct {
	address  string
	language string
	subs     []*oSubscription
	token    string
	expires  time.Time
	gone     bool // confirmed, or the address is nobody's any more
}

// signUp fills in a form: for somebody new, for one who is there, or for one who has left.
func (w *world) signUp() {
	w.made++
	u := &oSignUp{address: fmt.Sprintf("reader%d@example.org", w.made), language: w.language(), expires: w.now.AddDate(0, 0, 20)}
	switch w.rnd.IntN(4) {
	case 0, 1:
		if s, ok := pick(w, w.o.subscribers, active); ok {
			u.address = s.address
		}
	case 2:
		if s, ok := pick(w, w.o.subscribers, left); ok {
			u.address = s.address
		}
	}
	nobody := &oSubscriber{}
	for range 1 + w.rnd.IntN(2) {
		cadence, _ := w.freeCadence(nobody)
		nobody.subs = append(nobody.subs, w.newSubscription(cadence))
	}
	u.subs = nobody.subs
	signUp := tidings.SignUp{Address: u.address, Language: u.language}
	for _, sub := range u.subs {
		signUp.Subscriptions = append(signUp.Subscriptions, w.subscriptionOf(sub))
	}
	u.token = w.ticket(tidings.ConfirmLetter, tidings.PurposeConfirm, func(r *tidings.Request, l *tidings.Letter) error {
		l.Address, l.SignUp = u.address, signUp
		_, err := w.db.AdmitSignUp(w.t.Context(), r, l, w.now)
		return err
	})
	w.o.signUps = append(w.o.signUps, u)
}

// confirm presses the button of a letter, some time after the form was filled in, and now and then twice. A button that comes too
// late does nothing.
func (w *world) confirm() {
	u, ok := pick(w, w.o.signUps, func(*oSignUp) bool { return true })
	if !ok {
		return
	}
	_, err := w.service.Confirm(w.t.Context(), u.token, w.now, "test")
	if u.gone || !w.now.Before(u.expires) {
		if !errors.Is(err, tidings.ErrExpired) {
			w.t.Fatalf("sequence %d at %s: %s was confirmed too late: %v", w.n, w.now, u.address, err)
		}
		return
	}
	w.must(err)
	w.o.confirm(u)
	if w.rnd.IntN(4) == 0 {
		_, err := w.service.Confirm(w.t.Context(), u.token, w.now, "test")
		w.must(err)
	}
}

// confirm makes a subscriber of a sign-up, or adds it to one. Whatever was published since it was made is to come.
func (o *oracle) confirm(u *oSignUp) {
	o.signUps = slices.DeleteFunc(o.signUps, func(v *oSignUp) bool { return v == u })
	s := o.who(u.address)
	switch {
	case s == nil:
		o.subscribers = append(o.subscribers, &oSubscriber{address: u.address, language: u.language, active: true, subs: u.subs})
	case !s.active:
		s.active, s.language, s.subs = true, u.language, u.subs
	default:
		if s.paused && s.until.IsZero() {
			s.paused = false
		}
		for _, wanted := range u.subs {
			at := slices.IndexFunc(s.subs, func(has *oSubscription) bool { return has.cadence == wanted.cadence })
			if at < 0 {
				s.subs = append(s.subs, wanted)
				continue
			}
			has := s.subs[at]
			both := has.filter.or(wanted.filter)
			has.static = has.static && both.text() == has.filter.text() && has.pos <= wanted.pos
			has.filter, has.pos = both, min(has.pos, wanted.pos)
		}
	}
}

// who has the address, be it that they left; nil: nobody.
func (o *oracle) who(address string) *oSubscriber {
	for _, s := range o.subscribers {
		if s.address == address && !s.erased {
			return s
		}
	}
	return nil
}
