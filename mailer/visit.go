package mailer

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A relay that is left alone is asked again by the next mail for it. Where none comes (the others have them, it is a fallback, nothing is
// due), it is visited without one: else whoever looks is told for days that it is away, and it may long be back.
const (
	visitEvery = 30 * time.Second
	visitAfter = time.Minute // for so long, when its time has come, a mail may be first
)

// visits go on until the context ends.
func (m *Mailer) visits(ctx context.Context) {
	for sleep(ctx, visitEvery) == nil {
		m.visit(ctx)
	}
}

// visit asks every relay that nobody else asks, all at once.
func (m *Mailer) visit(ctx context.Context) {
	if m.routes.away() { // what waits asks them
		if next, err := m.Outbox.NextDue(ctx); err != nil || !next.IsZero() {
			return
		}
	}
	var all sync.WaitGroup
	for _, r := range m.routes {
		if !r.breaker.overdue(time.Now().Add(-visitAfter)) {
			continue
		}
		all.Go(func() {
			err := r.admits(ctx, m.Composer.anySender())
			switch {
			case err == nil:
				r.breaker.proves(time.Now())
				m.Logger.Info("a relay that was left alone lets us in again", "relay", r.Name())
				nudge(m.post)
			case ctx.Err() == nil:
				r.breaker.refuses(fmt.Errorf("%w: %w", ErrRelay, err), time.Now())
			}
		})
	}
	all.Wait()
}
