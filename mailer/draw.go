package mailer

import (
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// draw gives the next delivery whose recipient domain may have this connection. It looks by turns first into what is set aside and first
// into the outbox: neither keeps the other waiting. While a mail is on the wire it does not look for long.
func (w *worker) draw() *tidings.Delivery {
	if w.domains.most == 0 {
		return w.drawAny()
	}
	const round = shareMost + 1
	look := 0 // at which try of a round it looks into what is set aside
	if w.aside = !w.aside; !w.aside {
		look = shareMost
	}
	for tries := 0; tries < round || !w.sending; tries++ {
		d := w.letter()
		if d == nil && tries%round == look {
			if d = w.drawAside(); d != nil {
				return d
			}
		}
		if d == nil {
			d = w.drawAny()
		}
		if d == nil {
			return w.drawAside()
		}
		domain, now := domainOf(d), time.Now()
		ok, off, due := w.domains.admit(d, domain, w.talksTo(domain), now)
		if ok {
			w.talks[suspectOf(d)] = domain
			return d
		}
		if !due.IsZero() {
			w.putOff(&off, due, now)
		}
	}
	return nil
}

// drawAside gives one that was set aside and may go now.
func (w *worker) drawAside() *tidings.Delivery {
	if w.stopped() || w.alone || w.spare() {
		return nil
	}
	d := w.domains.next(w.talksTo)
	if d != nil {
		w.talks[suspectOf(d)] = domainOf(d)
	}
	return d
}

// putOff gives back what is due again only then. It was not begun, and nobody waits until that is written.
func (w *worker) putOff(d *tidings.Delivery, due, now time.Time) {
	w.queue.gone.Add(1)
	o := putBack(d, d.LastReply, due)
	o.At = now
	w.ledger.results <- entry{outcome: o}
}

func (w *worker) letter() *tidings.Delivery {
	if w.alone || w.spare() {
		return nil
	}
	return w.queue.letter()
}

// drawAny gives what was left to this relay, then a letter if one waits, else the next of the worker's share.
func (w *worker) drawAny() *tidings.Delivery {
	if len(w.routes) > 1 {
		if d := w.drawLeft(); d != nil || w.spare() {
			return d
		}
	}
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
	believed := !w.hangups.relays() || w.breaker.openSince(time.Now().Add(-knockAfter)) // when it lets us in
	switch {
	case d != nil || !left:
		return d
	case believed && !(w.breaker.silent() && w.hangups.allOwn()): // that it answers dots, a mail alone can show
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

// knockAfter is for how long a relay that hangs up on several readers is taken not to work, though it lets us in: these readers may be
// at fault, and must not keep all others from their mails for ever.
const knockAfter = 48 * time.Hour

// knock probes the relay without a mail, when there is none but what it hung up on. If it takes a sender, these are tried again, for an attempt
// of their own: the breaker must not stay open for them.
func (w *worker) knock() {
	err := w.admits(w.soft, w.Composer.anySender())
	now := time.Now()
	switch {
	case err == nil:
		w.hangups.lonely()
		w.breaker.proves(now)
	case w.soft.Err() == nil:
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
	if drawn {
		w.domains.ended(domain, !w.talksTo(domain), time.Now())
	}
}
