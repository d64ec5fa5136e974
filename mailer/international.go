package mailer

import (
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// Not every relay can take a mail to an address outside ASCII (SMTPUTF8, RFC 6531). One that cannot leaves it to the others. Whether a relay
// can is known when it was first connected to, and anew with each connection.

const (
	leftMost = 500         // mails that are left to other relays at once
	leftWait = time.Minute // until the next try, when whoever could take them is away
)

// needsOther is the reply of what the relay that it came to cannot take.
const needsOther = "it waits for a relay with SMTPUTF8 (RFC 6531)"

// withUTF8 says whether another relay may take what this one cannot, and whether one that is away might.
// A fallback that nothing else would probe is, by such a mail.
func (rs routes) withUTF8(but *route) (now, later bool) {
	for _, r := range rs {
		until, _ := r.breaker.open(time.Now())
		switch {
		case r == but:
		case r.breaker.probing() && (!until.IsZero() || rs.called(r)):
			later = true
		case !r.noUTF8.Load():
			now = true
		}
	}
	return now, later
}

// takesLeft reports whether the relay is to have what was left: it can take it, or nobody can now, and it finds that out.
func (rs routes) takesLeft(r *route) bool {
	now, _ := rs.withUTF8(r)
	return !now || !r.noUTF8.Load()
}

// leaveToOthers is for what this relay cannot take; false: no other can either.
func (w *worker) leaveToOthers(d *tidings.Delivery) bool {
	now, later := w.routes.withUTF8(w.route)
	switch {
	case now && w.queue.leave(d):
		w.release(tidings.Outcome{Delivery: d.ID, Letter: d.Letter != nil})
	case now, later:
		at := time.Now()
		o := putBack(d, needsOther, at.Add(leftWait))
		if o.At = at; o.State == tidings.DeliveryPending {
			o.State = tidings.DeliveryDeferred
		}
		w.settle(o)
	default:
		return false
	}
	return true
}

// leave keeps a delivery for a relay that can take it; false: it has enough of them.
func (q *queue) leave(d *tidings.Delivery) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.left) >= leftMost {
		return false
	}
	if d.Letter != nil { // somebody waits for it
		q.left = slices.Insert(q.left, 0, *d)
	} else {
		q.left = append(q.left, *d)
	}
	return true
}

// leftFor reports whether something was left that the relay may take.
func (q *queue) leftFor(r *route) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.left) > 0 && q.routes.takesLeft(r)
}

// drawLeft gives what another relay has left to this one.
func (w *worker) drawLeft() *tidings.Delivery {
	if w.stopped() {
		return nil
	}
	w.queue.mu.Lock()
	defer w.queue.mu.Unlock()
	if len(w.queue.left) == 0 || !w.routes.takesLeft(w.route) {
		return nil
	}
	d := w.queue.left[0]
	w.queue.left = w.queue.left[1:]
	return &d
}

// spare reports whether the relay is not one to send over: it takes what the others cannot, and nothing else.
func (w *worker) spare() bool { return !w.routes.called(w.route) }

// leftOver lets workers begin for what was left to a relay that had nothing to do, and reports whether somebody works.
func (c *crews) leftOver() bool {
	for _, r := range c.routes {
		if c.queue.leftFor(r) {
			c.idle[r] = false
			c.hire(r)
		}
	}
	return c.working > 0
}
