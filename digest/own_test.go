package digest_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// What people do themselves: by forms, the links of letters and mails, and their own pages. All of it goes through the service,
// as it does for them.

// oSignUp is a wish to join that waits for its confirmation.
type oSignUp struct {
	address  string
	language string
	subs     []*oSubscription
	token    string
	expires  time.Time
	gone     bool // confirmed, or erased with who had the address
}

// ticket has the database write a letter, and gives the token of its ticket.
func (w *world) ticket(kind tidings.LetterKind, p tidings.Purpose, post func(*tidings.Request, *tidings.Letter) error) string {
	l := &tidings.Letter{Kind: kind, Purpose: p, Language: "en", Domain: site().MailDomain, Expires: w.now.AddDate(0, 0, 20)}
	l.Nonce, l.TicketHash = w.keys.NewTicket(p)
	w.must(post(&tidings.Request{Kind: tidings.LinkRequest, Address: "any@example.org"}, l))
	token, err := w.keys.TicketOf(p, l.Nonce, l.TicketHash)
	w.must(err)
	return token
}

// personal is the token of a letter that a subscriber asked for; to is the address it goes to if that is another.
func (w *world) personal(s *oSubscriber, kind tidings.LetterKind, p tidings.Purpose, to string) string {
	return w.ticket(kind, p, func(r *tidings.Request, l *tidings.Letter) error {
		stored, err := w.db.Subscriber(w.t.Context(), s.address)
		w.must(err)
		l.Subscriber, l.Address = stored.ID, to
		_, err = w.db.PostPersonal(w.t.Context(), r, l, w.now, "test")
		return err
	})
}

// own is the link to somebody's own page.
func (w *world) own(s *oSubscriber) string {
	return w.personal(s, tidings.LinkLetter, tidings.PurposeManage, "")
}

// leaveLink is the link that leaves, as the mails of a subscriber have it.
func (w *world) leaveLink(s *oSubscriber) string {
	stored, err := w.db.Subscriber(w.t.Context(), s.address)
	w.must(err)
	return w.keys.Mint(tidings.PurposeLeave, 1, stored.ID, stored.Created)
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
			if both := has.filter.or(wanted.filter); both.text() != has.filter.text() {
				has.filter, has.pos, has.static = both, min(has.pos, wanted.pos), false
			}
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

// choose writes down on somebody's own page all that they want from now on.
func (w *world) choose() {
	s, ok := pick(w, w.o.subscribers, active)
	if !ok {
		return
	}
	wanted := &oSubscriber{}
	var choices []tidings.Choice
	for range 1 + w.rnd.IntN(3) {
		cadence, _ := w.freeCadence(wanted)
		sub := w.newSubscription(cadence)
		wanted.subs = append(wanted.subs, sub)
		choices = append(choices, tidings.Choice{Cadence: sub.cadence, Filter: sub.filter.text(), Zone: sub.zone, Hour: sub.hour})
	}
	w.must(w.service.Choose(w.t.Context(), w.own(s), tidings.Wish{Choices: choices}, w.now))
	w.o.choose(s, wanted.subs)
}

// choose: what stays at its cadence stays where it stands. What was given up may have had something to bring still, which any of
// the new ones may bring now: they begin where the one farthest behind stood.
func (o *oracle) choose(s *oSubscriber, wanted []*oSubscription) {
	start, given := o.newest, false
	for _, has := range s.subs {
		if !slices.ContainsFunc(wanted, func(sub *oSubscription) bool { return sub.cadence == has.cadence }) {
			start, given = min(start, has.pos), true
		}
	}
	for _, sub := range wanted {
		sub.pos, sub.joined, sub.static = start, o.newest, !given
		for _, has := range s.subs {
			if has.cadence == sub.cadence {
				sub.pos, sub.joined, sub.static = has.pos, has.joined, has.static && has.filter.text() == sub.filter.text()
			}
		}
	}
	s.subs, s.dropped = wanted, s.dropped || given
}

// leaveTopic leaves a topic by the link of a mail, now and then twice.
func (w *world) leaveTopic() {
	s, ok := pick(w, w.o.subscribers, func(s *oSubscriber) bool { return !s.erased })
	if !ok {
		return
	}
	topic := []string{"energy", "trade", "safety"}[w.rnd.IntN(3)]
	link := w.leaveLink(s)
	for range 1 + w.rnd.IntN(2) {
		w.must(w.service.LeaveTopic(w.t.Context(), link, topic, w.now, "test"))
	}
	if !s.active {
		return
	}
	var rest []*oSubscription
	for _, sub := range s.subs {
		filter := sub.filter.without(topic)
		if len(filter) == 0 {
			s.dropped = true
			continue
		}
		sub.static = sub.static && filter.text() == sub.filter.text()
		sub.filter = filter
		rest = append(rest, sub)
	}
	if len(rest) == 0 {
		s.leave()
		return
	}
	s.subs = rest
}

// slower takes the offer of a mail once a week.
func (w *world) slower() {
	s, ok := pick(w, w.o.subscribers, active)
	if !ok {
		return
	}
	link := w.leaveLink(s)
	for range 1 + w.rnd.IntN(2) {
		w.must(w.service.Slower(w.t.Context(), link, w.now, "test"))
	}
	var one *oSubscription
	var rest []*oSubscription
	slices.SortStableFunc(s.subs, func(a, b *oSubscription) int { return speed(b.cadence) - speed(a.cadence) })
	for _, sub := range s.subs {
		switch {
		case speed(sub.cadence) > speed(tidings.Weekly):
			rest = append(rest, sub)
		case one == nil: // the slowest: it keeps its hour
			one = sub
		default:
			one.filter, one.pos, one.static = one.filter.or(sub.filter), min(one.pos, sub.pos), false
			s.dropped = true
		}
	}
	if one != nil {
		one.cadence = tidings.Weekly
		rest = append(rest, one)
	}
	s.subs = rest
}

// move takes somebody's mails to another address, which may have been that of one who left.
func (w *world) move() {
	s, ok := pick(w, w.o.subscribers, func(s *oSubscriber) bool { return !s.erased })
	if !ok {
		return
	}
	w.made++
	to := fmt.Sprintf("reader%d@example.org", w.made)
	if former, ok := pick(w, w.o.subscribers, left); ok && former != s && w.rnd.IntN(3) == 0 {
		to = former.address
	}
	token := w.personal(s, tidings.MoveLetter, tidings.PurposeMove, to)
	_, err := w.service.Confirm(w.t.Context(), token, w.now, "test")
	w.must(err)
	if former := w.o.who(to); former != nil {
		w.o.erase(former)
	}
	s.address = to
}

// eraseOne erases somebody, who confirmed it by the link of a letter.
func (w *world) eraseOne() {
	s, ok := pick(w, w.o.subscribers, func(s *oSubscriber) bool { return !s.erased })
	if !ok {
		return
	}
	token := w.personal(s, tidings.EraseLetter, tidings.PurposeErase, "")
	_, err := w.service.Confirm(w.t.Context(), token, w.now, "test")
	w.must(err)
	w.o.erase(s)
}

func (o *oracle) erase(s *oSubscriber) {
	s.leave()
	s.erased = true
	for _, u := range o.signUps {
		u.gone = u.gone || u.address == s.address
	}
}
