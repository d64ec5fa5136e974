package digest_test

import (
	"fmt"
	"slices"

	"github.com/tidings/tidings"
)

// What people do themselves: by forms, the links of letters and mails, and their own pages. All of it goes through the service,
// as it does for them.

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
		former.erase() // who has signed up with the address since gets what they asked for: it is the mover's
	}
	w.o.vacate(s.address)
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
	s.erase()
	w.o.vacate(s.address)
}

func (s *oSubscriber) erase() {
	s.leave()
	s.erased = true
}

// vacate: what waits for the address's confirmation is gone.
func (o *oracle) vacate(address string) {
	for _, u := range o.signUps {
		u.gone = u.gone || u.address == address
	}
}
