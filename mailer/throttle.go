package mailer

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// throttle is how much of its connections and its rate a relay has now: all, until it complains. Its zero value is all.
type throttle struct {
	mu     sync.Mutex
	level  float64   // as of the last complaint
	last   time.Time // complaint; zero: there was none
	halved time.Time
	dots   window // what it said to the last ones

	takesMost int       // connections at once; 0: all
	crowded   time.Time // when it last took no more
	vain      int       // how many it turned away with fewer, since it last let one in
}

const (
	halveApart = 30 * time.Second // what complains in the same moment is one complaint
	easeAfter  = 5 * time.Minute  // without a complaint, for a step back
	levelLeast = 1.0 / 16

	// A relay complains too that refuses so many of its last mails for now, and has all of them: Amazon SES says no more than 454 to what goes
	// beyond its rate.
	dotsSeen = 20
	dotsMost = 5
)

// putsOff notes what the relay said to a mail's dot, and reports whether it refuses many mails for now, without a word against their addresses.
func (t *throttle) putsOff(mail int64, res *result) bool {
	code, status := res.code(), res.status()
	no := res.phase == atDot && code/100 == 4 && code != serviceClosing && !strings.HasPrefix(status, "4.1.") && !strings.HasPrefix(status, "4.2.")
	if !no && res.phase != accepted {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f := fate{refused: no}
	if no {
		f.delivery = mail
	}
	if t.dots.note(dotsSeen, f); !no || t.dots.refused < dotsMost {
		return false
	}
	if mails := slices.Sorted(slices.Values(t.dots.deliveries())); len(slices.Compact(mails)) < dotsMost { // not one again and again
		return false
	}
	t.dots = window{}
	return true
}

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
