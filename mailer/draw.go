package mailer

import (
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// draw gives the next delivery whose recipient domain may have this connection.
func (w *worker) draw() *tidings.Delivery {
	if w.domains.most == 0 {
		return w.drawAny()
	}
	for {
		var d *tidings.Delivery
		if w.alone {
			d = w.drawProbe()
		} else if d = w.queue.letter(); d == nil && !w.stopped() {
			if d = w.domains.next(w.talksTo); d != nil {
				w.talks[suspectOf(d)] = domainOf(d)
				return d
			}
			if !w.domains.full() {
				d = w.drawAny()
			}
		}
		if d == nil {
			return nil
		}
		domain := domainOf(d)
		if w.domains.admit(d, domain, w.talksTo(domain)) {
			w.talks[suspectOf(d)] = domain
			return d
		}
	}
}

// drawAny gives a letter if one waits, else the next of the worker's share.
func (w *worker) drawAny() *tidings.Delivery {
	if w.alone {
		return w.drawProbe()
	}
	if d := w.queue.letter(); d != nil || w.stopped() {
		return d
	}
	if len(w.share) == 0 {
		most := shareMost
		if w.pace.gap > 0 || len(w.routes) > 1 { // a slow worker keeps nothing from the others
			most = 1
		}
		w.share = w.queue.take(most)
	}
	if len(w.share) == 0 {
		return nil
	}
	d := &w.share[0]
	w.share = w.share[1:]
	return d
}

// drawProbe gives a mail that may show whether the relay works: one on which it has not hung up, if any is due. What it hung up on may
// do so for a fault of its own.
func (w *worker) drawProbe() *tidings.Delivery {
	d, left := w.queue.probe(w.hangups.count()+1, func(d *tidings.Delivery) bool {
		known, _ := w.hangups.knows(d)
		return !known
	})
	switch {
	case d != nil || !left:
		return d
	case !w.breaker.silent() && !w.hangups.relays():
		w.shuns = true
		return nil
	}
	d, _ = w.queue.probe(0, func(d *tidings.Delivery) bool {
		_, own := w.hangups.knows(d)
		return !own
	})
	if d == nil {
		d, _ = w.queue.probe(0, func(*tidings.Delivery) bool { return true })
	}
	return d
}

// knock probes the relay without a mail, when there is none but what it hung up on. If it lets us in, these are tried again, for an attempt
// of their own: the breaker must not stay open for them.
func (w *worker) knock() {
	err := w.Check(w.hard)
	now := time.Now()
	switch {
	case err == nil:
		w.hangups.lonely()
		w.breaker.proves(now)
	case w.hard.Err() == nil:
		fault := fmt.Errorf("%w: %w", ErrRelay, err)
		if open, anew := w.breaker.fault(fault, now); open {
			w.leftAlone(fault, anew)
		}
	}
}

func (w *worker) talksTo(domain string) bool {
	for _, d := range w.talks {
		if d == domain {
			return true
		}
	}
	return false
}

// release gives the domain's connection free, when that was the last that this worker had for it.
func (w *worker) release(o tidings.Outcome) {
	id := o.Delivery
	if o.Letter {
		id = -id
	}
	domain, drawn := w.talks[id]
	delete(w.talks, id)
	if drawn && !w.talksTo(domain) {
		w.domains.leave(domain)
	}
}
