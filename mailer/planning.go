package mailer

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// fresh is for how long a relay that took a mail, or let us in, is taken to work still.
const fresh = 5 * time.Minute

// plan opens the runs that are due, unless their mails would only wait: a digest that is decided while the relay is away
// holds what was public then, and the next due time makes another. The due times that pass meanwhile make one, as after downtime.
func (m *Mailer) plan(ctx context.Context) {
	waits, away, err := m.waits(ctx, time.Now())
	switch {
	case ctx.Err() != nil:
		return
	case away != nil && !m.waiting:
		m.Logger.Warn("no digest is decided while the relay is away; what comes due meanwhile makes one", "error", away)
	}
	if m.waiting = away != nil; waits {
		return
	}
	runs, fault := m.Planner.Plan(ctx, time.Now()) // of two faults, this one knows more
	for i := range runs {
		slot := runs[i].Slot
		log := m.Logger
		if goes := runs[i].Goes; !goes.IsZero() {
			log = log.With("goes", goes) // unless the press office says otherwise
		}
		log.Info("run opened", "run", runs[i].ID, "cadence", slot.Cadence, "zone", slot.Zone, "due", runs[i].Due)
	}
	if fault = cmp.Or(fault, err); fault != nil && ctx.Err() == nil {
		m.Logger.Error("planning failed; the next tick tries again", "error", fault)
	}
}

// waits reports whether what is due should wait for the relay, and why when it is away. Who has not heard of the relay for a while
// asks it, at the pace of the breaker; unless there is a mail that does.
func (m *Mailer) waits(ctx context.Context, now time.Time) (waits bool, away, err error) {
	if until, fault := m.routes.open(now); !until.IsZero() {
		return true, cmp.Or(fault, ErrRelay), nil
	}
	if m.routes.provenSince(now.Add(-fresh)) {
		return false, nil, nil
	}
	if due, err := m.Planner.Due(ctx, now); !due || err != nil {
		return false, nil, err
	}
	asks, err := m.asks(ctx, now)
	if err != nil {
		return false, nil, err
	}
	if until, fault := m.routes.open(time.Now()); !until.IsZero() { // it was asked meanwhile
		return true, cmp.Or(fault, ErrRelay), nil
	}
	if asks {
		if m.routes.away() { // the next tick will do
			return true, ErrRelay, nil
		}
		m.planLater.Store(true)
		return true, nil, nil
	}
	away = m.ask(ctx, now)
	return away != nil, away, nil
}

// askedLong is how long a relay may take to let us in before somebody is told that digests wait for it.
const askedLong = 30 * time.Second

// ask logs in at all relays at once, until one lets us in. Those that do not are left alone at once: digests wait for them.
func (m *Mailer) ask(ctx context.Context, now time.Time) (away error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer time.AfterFunc(askedLong, func() {
		m.Logger.Warn("no digest is decided while the relay takes its time to let us in", "waiting", askedLong)
	}).Stop()
	type answer struct {
		*route
		err error
	}
	var asked int
	answers := make(chan answer, len(m.routes))
	for _, r := range m.routes {
		if until, _ := r.breaker.open(now); !until.IsZero() {
			continue
		}
		asked++
		go func() { answers <- answer{r, r.Check(ctx)} }()
	}
	let := false
	for range asked {
		a := <-answers
		switch {
		case a.err == nil:
			a.breaker.proves(time.Now())
			let = true
			cancel() // the others need not answer
		case !let && ctx.Err() == nil:
			away = fmt.Errorf("%w: %w", ErrRelay, a.err)
			a.breaker.refuses(away, time.Now())
		}
	}
	if let {
		return nil
	}
	return cmp.Or(away, ErrRelay)
}

// asks reports whether a mail is being sent, or will be at once, or by the next probe.
func (m *Mailer) asks(ctx context.Context, now time.Time) (bool, error) {
	next, err := m.Outbox.NextDue(ctx)
	soon := now
	if m.routes.away() {
		soon = now.Add(probeMost)
	}
	waits := !next.IsZero() && !next.After(soon)
	return waits || m.passing.Load(), err // in this order: what is claimed is due no more
}
