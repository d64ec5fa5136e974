package mailer

import "github.com/tidings/tidings"

// draw gives the next delivery whose recipient domain may have this connection.
func (w *worker) draw() *tidings.Delivery {
	if w.domains.most == 0 {
		return w.drawAny()
	}
	for {
		d := w.queue.letter()
		if d == nil && !w.stopped() {
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
	if d := w.queue.letter(); d != nil || w.stopped() {
		return d
	}
	if len(w.share) == 0 {
		most, claim := shareMost, claimMost
		if w.alone {
			claim = 1
		}
		if w.alone || w.pace.gap > 0 || len(w.routes) > 1 { // a slow worker keeps nothing from the others
			most = 1
		}
		w.share = w.queue.take(most, claim)
	}
	if len(w.share) == 0 {
		return nil
	}
	d := &w.share[0]
	w.share = w.share[1:]
	return d
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
