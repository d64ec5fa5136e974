package digest_test

import (
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// newSubscription is a random choice at the cadence, beginning now.
func (w *world) newSubscription(cadence string) *oSubscription {
	sub := &oSubscription{
		cadence: cadence, zone: w.zone(), hour: tidings.AnyHour, filter: w.filter(),
		pos: w.o.newest, joined: w.o.newest, static: true,
	}
	if cadence != tidings.Immediate && w.rnd.IntN(3) == 0 {
		sub.hour = 6 + w.rnd.IntN(3)
	}
	return sub
}

func (w *world) filter() oFilter { return filters()[w.rnd.IntN(len(filters()))] }

func (w *world) zone() string { return []string{"Asia/Seoul", "America/New_York"}[w.rnd.IntN(2)] }

func (w *world) freeCadence(s *oSubscriber) (string, bool) {
	return pick(w, []string{tidings.Immediate, tidings.Daily, tidings.Weekly, tidings.Monthly}, func(c string) bool {
		for _, sub := range s.subs {
			if sub.cadence == c {
				return false
			}
		}
		return true
	})
}

func (w *world) subscriptionOf(sub *oSubscription) tidings.Subscription {
	f, err := tidings.ParseFilter(sub.filter.text())
	w.must(err)
	return tidings.Subscription{Cadence: sub.cadence, Filter: f, Zone: sub.zone, Hour: sub.hour}
}

func (w *world) add(s *oSubscriber) {
	cadence, _ := w.freeCadence(s)
	sub := w.newSubscription(cadence)
	s.subs = []*oSubscription{sub}
	s.active = true
	w.must(w.db.AddSubscriber(w.t.Context(), &tidings.Subscriber{
		Address: s.address, Language: s.language, State: tidings.Active, Consent: tidings.Consent{Basis: "test", By: "test", At: w.now},
		Created: w.now, Subscriptions: []tidings.Subscription{w.subscriptionOf(sub)},
	}, w.now, "test"))
}

func (w *world) join() {
	w.made++
	s := &oSubscriber{address: fmt.Sprintf("reader%d@example.org", w.made), language: w.language()}
	w.add(s)
	w.o.subscribers = append(w.o.subscribers, s)
}

func (w *world) language() string { return []string{"en", "ko", "fr-CA", "de"}[w.rnd.IntN(4)] }

// speak changes the language that a subscriber reads.
func (w *world) speak() {
	if s, ok := pick(w, w.o.subscribers, active); ok {
		s.language = w.language()
		w.update(s, func(stored *tidings.Subscriber) { stored.Language = s.language })
	}
}

func active(s *oSubscriber) bool { return s.active }

func left(s *oSubscriber) bool { return !s.active && !s.erased }

// update changes a subscriber in the database.
func (w *world) update(s *oSubscriber, change func(*tidings.Subscriber)) {
	w.must(w.db.UpdateSubscriber(w.t.Context(), s.address, w.now, "test", func(sub *tidings.Subscriber) error {
		change(sub)
		return nil
	}))
}

// updateOne changes one random subscription of a random subscriber on both sides.
func (w *world) updateOne(change func(*oSubscriber, *oSubscription)) {
	s, ok := pick(w, w.o.subscribers, active)
	if !ok {
		return
	}
	sub := s.subs[w.rnd.IntN(len(s.subs))]
	was := sub.cadence
	change(s, sub)
	w.update(s, func(stored *tidings.Subscriber) {
		for i := range stored.Subscriptions {
			if own := &stored.Subscriptions[i]; own.Cadence == was {
				next := w.subscriptionOf(sub)
				own.Cadence, own.Filter, own.Zone, own.Hour = next.Cadence, next.Filter, next.Zone, next.Hour
				return
			}
		}
	})
}

func (w *world) changeFilter() {
	w.updateOne(func(_ *oSubscriber, sub *oSubscription) { sub.filter, sub.static = w.filter(), false })
}

func (w *world) changeCadence() {
	w.updateOne(func(s *oSubscriber, sub *oSubscription) {
		if c, ok := w.freeCadence(s); ok {
			sub.cadence, sub.hour = c, tidings.AnyHour
		}
	})
}

func (w *world) moveZone() {
	w.updateOne(func(_ *oSubscriber, sub *oSubscription) { sub.zone = w.zone() })
}

func (w *world) addSubscription() {
	s, ok := pick(w, w.o.subscribers, active)
	if !ok {
		return
	}
	cadence, ok := w.freeCadence(s)
	if !ok {
		return
	}
	sub := w.newSubscription(cadence)
	s.subs = append(s.subs, sub)
	w.update(s, func(stored *tidings.Subscriber) {
		stored.Subscriptions = append(stored.Subscriptions, w.subscriptionOf(sub))
	})
}

func (w *world) dropSubscription() {
	s, ok := pick(w, w.o.subscribers, func(s *oSubscriber) bool { return s.active && len(s.subs) > 1 })
	if !ok {
		return
	}
	i := w.rnd.IntN(len(s.subs))
	cadence := s.subs[i].cadence
	s.subs = append(s.subs[:i:i], s.subs[i+1:]...)
	s.dropped = true
	w.update(s, func(stored *tidings.Subscriber) {
		for i := range stored.Subscriptions {
			if stored.Subscriptions[i].Cadence == cadence {
				stored.Subscriptions = append(stored.Subscriptions[:i:i], stored.Subscriptions[i+1:]...)
				return
			}
		}
	})
}

func (w *world) pause() {
	s, ok := pick(w, w.o.subscribers, func(s *oSubscriber) bool { return s.active && !s.paused })
	if !ok {
		return
	}
	s.paused = true
	if w.rnd.IntN(2) == 0 {
		s.until = w.now.Add(time.Duration(1+w.rnd.IntN(200)) * time.Hour)
	}
	if w.rnd.IntN(2) == 0 {
		w.must(w.service.PauseVisit(w.t.Context(), w.own(s), s.until, w.now))
		return
	}
	w.update(s, func(stored *tidings.Subscriber) { stored.State, stored.PausedUntil = tidings.Paused, s.until })
}

func (w *world) resume() {
	if s, ok := pick(w, w.o.subscribers, func(s *oSubscriber) bool { return s.active && s.paused }); ok {
		w.resumeOne(s)
	}
}

func (w *world) resumeOne(s *oSubscriber) {
	s.paused, s.until = false, time.Time{}
	w.update(s, func(stored *tidings.Subscriber) { stored.State, stored.PausedUntil = tidings.Active, time.Time{} })
}

// leave ends all; what is decided and not sent yet is not sent.
func (w *world) leave() {
	s, ok := pick(w, w.o.subscribers, active)
	if !ok {
		return
	}
	s.leave()
	w.update(s, func(stored *tidings.Subscriber) {
		stored.State, stored.Left, stored.PausedUntil = tidings.Left, w.now, time.Time{}
	})
}

func (w *world) rejoin() {
	if s, ok := pick(w, w.o.subscribers, left); ok {
		s.subs = nil
		w.add(s)
	}
}
