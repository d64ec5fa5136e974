package mailer

import (
	"sync"
	"time"
)

// throttle is how much of its connections and its rate a relay has now: all, until it complains. Its zero value is all.
type throttle struct {
	mu     sync.Mutex
	level  float64   // as of the last complaint
	last   time.Time // complaint; zero: there was none
	halved time.Time

	takesMost int       // connections at once; 0: all
	crowded   time.Time // when it last took no more
	vain      int       // how many it turned away with fewer, since it last let one in
}

const (
	halveApart = 30 * time.Second // what complains in the same moment is one complaint
	easeAfter  = 5 * time.Minute  // without a complaint, for a step back
	levelLeast = 1.0 / 16
)

// complain halves the level, and says whether it did.
func (t *throttle) complain(connections int, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.level = t.now(connections, now)
	t.last = now
	if now.Sub(t.halved) < halveApart {
		return false
	}
	t.level, t.halved = max(t.level/2, levelLeast), now
	return true
}

// now comes back by a connection after each while without a complaint, and by a quarter at the most.
func (t *throttle) now(connections int, now time.Time) float64 {
	if t.last.IsZero() {
		return 1
	}
	step := min(1/float64(connections), 0.25)
	return min(1, t.level+step*float64(now.Sub(t.last)/easeAfter))
}

// at is the level, from levelLeast to 1.
func (t *throttle) at(connections int, now time.Time) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now(connections, now)
}

// room is how many connections the relay may have now: one at the least.
func (r *route) room(now time.Time) int {
	const rounding = 1e-9
	return max(1, int(float64(r.Connections)*r.throttle.at(r.Connections, now)+rounding))
}
