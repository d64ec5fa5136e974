package mailer

import (
	"sync/atomic"
	"time"
)

// route is a relay, and what this process has learnt of it.
type route struct {
	*Relay
	breaker  breaker
	throttle throttle
	pace     *pace
	hearing  hearing
	doubts   doubts
	hangups  hangups
	noUTF8   atomic.Bool  // it did not offer SMTPUTF8 when it was last connected to
	inHand   atomic.Int64 // connections that are open, or being opened
	// The same of the recipients of letters.
	letterHearing hearing
}

// routes are all relays, in the order of the configuration.
type routes []*route

func newRoutes(c *Config) routes {
	var all routes
	for _, relay := range append([]*Relay{c.Relay}, c.More...) {
		r := *relay
		if r.Connections == 0 {
			r.Connections = c.Connections
		}
		r.Weight = max(r.Weight, 1)
		if len(c.More) > 0 {
			r.greeting = greetingOfMany
		}
		all = append(all, &route{Relay: &r, pace: newPace(c.Rate)})
	}
	return all
}

// open says until when nothing is to be claimed, because every relay is left alone, and why; zero: a way is free.
func (rs routes) open(now time.Time) (until time.Time, why error) {
	for _, r := range rs {
		at, fault := r.breaker.open(now)
		if at.IsZero() {
			return time.Time{}, nil
		}
		if until.IsZero() || at.Before(until) {
			until, why = at, fault
		}
	}
	return until, why
}

// away reports whether no relay is known to work.
func (rs routes) away() bool {
	for _, r := range rs {
		if !r.breaker.probing() {
			return false
		}
	}
	return true
}

// provenSince reports whether a relay has been known to work since then.
func (rs routes) provenSince(then time.Time) bool {
	for _, r := range rs {
		if r.breaker.provenSince(then) {
			return true
		}
	}
	return false
}

// called reports whether the relay is one to send over: a fallback is while none of the others works.
func (rs routes) called(r *route) bool {
	if !r.Fallback {
		return true
	}
	for _, other := range rs {
		if !other.Fallback && !other.breaker.probing() {
			return false
		}
	}
	return true
}

// yields reports whether the relay failed last, and another that did not can have what it was given: one that hangs would have the same mail again
// and again. It has one worker then, who looks after the others.
func (rs routes) yields(r *route) bool {
	if !r.breaker.doubtful() {
		return false
	}
	for _, other := range rs {
		if other != r && rs.called(other) && !other.breaker.doubtful() {
			return true
		}
	}
	return false
}

// share is the part of the rate that the relay has: by weight, among those that work now, and less when it has complained.
func (rs routes) share(r *route, now time.Time) float64 {
	all := 0
	for _, other := range rs {
		if other == r || !other.breaker.probing() && rs.called(other) {
			all += other.Weight
		}
	}
	return float64(r.Weight) / float64(all) * r.throttle.at(r.Connections, now)
}

// Standing is how the mailer gets on with a relay.
type Standing struct {
	Relay       string    // "smtp.example.org:587"
	Troubled    time.Time // since when it is left alone, because it did not work; zero: it is not
	Until       time.Time // when it is asked again
	Why         string    // it is left alone
	Connections int       // that it may have now: fewer while it complains
}

// Relays says how it gets on with each relay, in the order of the configuration.
func (m *Mailer) Relays() []Standing {
	var all []Standing
	now := time.Now()
	for _, r := range m.routes {
		s := Standing{Relay: r.Name(), Connections: min(r.room(now), r.throttle.takes(r.Connections, now))}
		var why error
		if s.Troubled, s.Until, why = r.breaker.standing(); why != nil {
			s.Why = why.Error()
		}
		all = append(all, s)
	}
	return all
}
