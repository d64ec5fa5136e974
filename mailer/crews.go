package mailer

import "time"

// lookAgain is how soon workers that had nothing to do look again, while others are still at work: these may give something back, and more may
// have come.
const lookAgain = time.Second

// crews are the workers of all relays. One goroutine has them.
type crews struct {
	*drain
	places  map[*route][]bool // by connection: somebody works there
	probes  map[*route]bool   // somebody probes it
	idle    map[*route]bool   // found nothing to send
	working int
	looked  time.Time // when all of them had a look at the outbox last, or will now
	ended   chan ending
}

// ending is that of a worker.
type ending struct {
	*route
	place int
	probe bool
	idle  bool // because there was nothing to send for it
	full  bool // because its relay takes no more connections
	after bool // the others: its relay failed
}

// sendAll gives each relay the workers that it may have, until nothing is due or nobody may send. A relay that fails rests, and is
// probed when its time has come, while the others go on.
func (d *drain) sendAll() {
	c := &crews{drain: d, places: map[*route][]bool{}, probes: map[*route]bool{}, idle: map[*route]bool{}, looked: time.Now(), ended: make(chan ending)}
	for _, r := range d.routes {
		c.places[r] = make([]bool, r.Connections)
	}
	for {
		for _, r := range d.routes {
			c.hire(r)
		}
		if c.working == 0 && !c.leftOver() && !c.comesAgain() {
			d.giveUp()
			return
		}
		select {
		case e := <-c.ended:
			c.working--
			c.places[e.route][e.place] = false
			c.probes[e.route] = c.probes[e.route] && !e.probe
			stays := e.idle || e.full && c.working > 0
			if !stays {
				clear(c.idle) // what it gave back is for others
			}
			c.idle[e.route] = stays || e.after
		case c.looked = <-time.After(lookAgain):
			if c.looksAgain() {
				clear(c.idle)
			}
		}
	}
}

// comesAgain reports whether something that was put off for its domain's sake is due later in this pass: what is suspected of a run must not
// be forgotten before all that was claimed of it has gone.
func (c *crews) comesAgain() bool {
	until, _ := c.routes.open(time.Now())
	return c.domains.dueAgain().After(c.looked) && until.IsZero() && !c.stopped()
}

// looksAgain reports whether workers that found nothing may find something now: while one waits for its relay, letters are posted and runs
// opened. With a rate, who looks for nothing takes somebody's place in line: one relay alone then looks for letters only.
func (c *crews) looksAgain() bool {
	r := c.routes[0]
	return len(c.routes) > 1 || c.PerDomain > 0 || r.room(time.Now()) < r.Connections || r.pace.gap == 0 || c.posted.Load()
}

// hire lets workers begin where the relay has room for them. Beside a connection that hangs, a probe has a place.
func (c *crews) hire(r *route) {
	most, probe := c.allowed(r, time.Now())
	for place, taken := range c.places[r] {
		switch {
		case probe && c.probes[r], !probe && (place >= most || c.busy(r) >= r.throttle.takes(r.Connections, time.Now())):
			return
		case taken || c.idle[r] || c.stopped():
			continue
		case !probe && c.routes.yields(r) && c.busy(r) > 0:
			return
		}
		c.places[r][place], c.probes[r] = true, probe
		c.working++
		go func() {
			e := ending{route: r, place: place, probe: probe}
			e.idle, e.full = c.work(r, place, probe)
			e.after = c.routes.yields(r)
			c.ended <- e
		}()
	}
}

// busy is how many work.
func (c *crews) busy(r *route) (n int) {
	for _, taken := range c.places[r] {
		if taken {
			n++
		}
	}
	return n
}

// allowed is how many workers the relay may have now; one message alone probes a relay that did not work.
func (d *drain) allowed(r *route, now time.Time) (most int, probe bool) {
	if until, _ := r.breaker.open(now); !until.IsZero() || !d.routes.called(r) && !d.queue.leftFor(r) {
		return 0, false
	}
	if r.breaker.probing() {
		return 1, true
	}
	return r.room(now), false
}

// work sends over a connection of its own, and says whether it ended because there was nothing to do for it, or no connection.
func (d *drain) work(r *route, place int, probe bool) (idle, full bool) {
	w := &worker{drain: d, route: r, place: place, alone: probe, heard: make(chan noted, 1), talks: map[int64]string{}}
	defer w.leave()
	for {
		next := w.take()
		if next == nil && w.shuns && !w.stopped() {
			w.knock()
			return false, false
		}
		if next == nil {
			return !w.stopped(), false
		}
		if tried := w.deliver(next); tried && probe {
			r.breaker.unproven(time.Now())
			return false, false
		}
		if w.full || w.routes.yields(r) {
			return false, w.full
		}
	}
}
