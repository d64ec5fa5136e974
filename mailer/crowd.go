package mailer

import (
	"context"
	"time"
)

// A relay may take fewer connections at once than it is given: one more is told 421 and closed, while the others work. That is no reason to
// leave it alone. It gets as many as it let in, and one more after each while.

// open is Relay.open, and counts.
func (r *route) open(ctx, until context.Context) (*session, error) {
	r.inHand.Add(1)
	s, err := r.Relay.open(ctx, until)
	if err != nil {
		r.inHand.Add(-1)
		return nil, err
	}
	s.gone = func() { r.inHand.Add(-1) }
	r.throttle.letIn()
	return s, nil
}

// turnedAway reports whether the relay closed a new connection while it had others of ours, and sees to it that it has no more for now.
func (w *worker) turnedAway(res *result, now time.Time) bool {
	others := int(w.inHand.Load())
	if res.phase != connecting || res.code() != serviceClosing || w.alone || others == 0 {
		return false
	}
	w.full = true
	if w.throttle.crowd(others, now) {
		w.Logger.Warn("a relay takes fewer connections at once than it is given; it gets no more for now",
			"relay", w.Name(), "reply", res.words())
	}
	return true
}

// crowdedVain is how many connections in a row must be turned away for fewer to be tried: the relay may still count one that has ended.
const crowdedVain = 3

// crowd remembers how many connections a relay had when it turned another away, and says whether that is news.
func (t *throttle) crowd(had int, now time.Time) (news bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if had < t.takesMost {
		t.vain++
	}
	news, t.crowded = t.takesMost == 0, now
	if news || t.vain >= crowdedVain {
		t.takesMost, t.vain = had, 0
	}
	return news
}

// letIn says that the relay took a connection.
func (t *throttle) letIn() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.vain = 0
}

// empties forgets that: the relay takes none at all now.
func (t *throttle) empties() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.takesMost, t.vain = 0, 0
}

// takes is how many connections may be tried: one more after each while.
func (t *throttle) takes(connections int, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.takesMost == 0 {
		return connections
	}
	return min(connections, t.takesMost+int(now.Sub(t.crowded)/easeAfter))
}
