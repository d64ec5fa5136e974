package mailer

import (
	"context"
	"sync"
	"time"
)

// breaker stops claiming while the relay cannot work. Its zero value is closed.
type breaker struct {
	mu       sync.Mutex
	faults   int           // in a row
	silences int           // after the dot, in a row: nothing but a message that was taken ends the row
	wait     time.Duration // until the next probe
	until    time.Time     // zero: closed
	opened   time.Time     // when it opened; zero: closed
	last     error         // the fault that opened it

	proven   time.Time      // when the relay last took a message, or let us in
	taken    bool           // a message was, since the process began
	suspects map[int64]bool // deliveries refused at MAIL or DATA since then
}

const (
	breakerFaults = 3
	probeFirst    = 15 * time.Second
	probeMost     = 5 * time.Minute
)

// fault counts one, and reports whether the breaker is open now, and whether it opened by this one, or opened again.
func (b *breaker) fault(err error, now time.Time) (open, anew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults++
	return b.trip(err, now)
}

// refuses opens it, however few the faults were: the relay was asked whether it works.
func (b *breaker) refuses(err error, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = max(b.faults+1, breakerFaults)
	b.trip(err, now)
}

// silence counts a message that was sent whole and not answered, and reports the same.
func (b *breaker) silence(err error, now time.Time) (open, anew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.silences++
	return b.trip(err, now)
}

func (b *breaker) trip(err error, now time.Time) (open, anew bool) {
	if !b.tripped() {
		return false, false
	}
	anew = !now.Before(b.until) // a second worker's fault in the same moment is no failed probe
	if anew {
		b.wait = min(max(2*b.wait, probeFirst), probeMost)
		b.until = now.Add(b.wait)
	}
	b.last = err
	if b.opened.IsZero() {
		b.opened = now
	}
	return true, anew
}

func (b *breaker) tripped() bool { return b.faults >= breakerFaults || b.silences >= breakerFaults }

// answers closes the breaker, unless it is the dot that the relay leaves unanswered: all before it may go well.
func (b *breaker) answers() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.faults = 0; !b.tripped() {
		b.wait, b.until, b.opened, b.last = 0, time.Time{}, time.Time{}, nil
	}
}

// works closes the breaker: the relay took a message.
func (b *breaker) works() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults, b.silences, b.wait, b.until, b.opened, b.last = 0, 0, 0, time.Time{}, time.Time{}, nil
	b.taken, b.suspects = true, nil
	b.proven = time.Now()
}

// proves is for who was let in without a message: for whatever came before that the breaker closes, but for silence.
func (b *breaker) proves(now time.Time) {
	b.answers()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proven = now
}

// provenSince reports whether the relay has been known to work since then.
func (b *breaker) provenSince(then time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.tripped() && b.proven.After(then)
}

// own reports whether a refusal at MAIL or DATA is of this one delivery: the relay took a message lately, and has
// refused no more than a few deliveries since then. When it refuses whatever comes, it is the relay's.
func (b *breaker) own(delivery int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.taken || b.tripped() || len(b.suspects) >= breakerFaults && !b.suspects[delivery] {
		return false
	}
	if b.suspects == nil {
		b.suspects = map[int64]bool{}
	}
	b.suspects[delivery] = true
	return true
}

// unproven reports whether a probe has left open if the relay works. If so, the next one waits as long as it did.
func (b *breaker) unproven(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tripped() && !now.Before(b.until) {
		b.until = now.Add(b.wait)
	}
	return b.tripped()
}

// open says until when nothing is to be claimed, and why; zero: the way is free. When the wait is over, one more fault
// opens it again.
func (b *breaker) open(now time.Time) (time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.until) {
		return b.until, b.last
	}
	return time.Time{}, nil
}

// overdue reports whether it should have been asked again before then, and being let in would show that it works.
func (b *breaker) overdue(then time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults >= breakerFaults && b.silences < breakerFaults && b.until.Before(then)
}

// doubtful reports whether the last that was asked of the relay did not work.
func (b *breaker) doubtful() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults > 0
}

// silent reports whether it is open because the relay answers no dot: who is let in has not shown that it does.
func (b *breaker) silent() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.silences >= breakerFaults
}

// standing says since when it is open, until when nothing is asked of the relay, and why; zero: it is closed.
func (b *breaker) standing() (since, until time.Time, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened, b.until, b.last
}

// openSince reports whether it was open then already.
func (b *breaker) openSince(then time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.opened.IsZero() && !b.opened.After(then)
}

// probing reports whether the next connection is a probe, which one worker alone should make.
func (b *breaker) probing() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tripped()
}

// pace spaces messages evenly. Its zero value lets all pass.
type pace struct {
	mu   sync.Mutex
	gap  time.Duration // between two messages; 0: none
	next time.Time
}

func newPace(perSecond float64) *pace {
	if perSecond <= 0 {
		return &pace{}
	}
	return &pace{gap: time.Duration(float64(time.Second) / perSecond)}
}

// wait takes the next place in line, and waits for it: share is the part of the messages that may pass here. It ends early with the
// context, and says so.
func (p *pace) wait(ctx context.Context, share float64) error {
	if p.gap == 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(time.Duration(float64(p.gap) / share))
	p.mu.Unlock()
	return sleep(ctx, at.Sub(now))
}

// sleep waits, or ends early with the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
