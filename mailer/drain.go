package mailer

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// inFlight is how long a message that has been begun may take when the mailer stops.
const inFlight = 30 * time.Second

// Summary counts what became of deliveries and letters.
type Summary struct {
	Sent, Deferred, Failed, Suppressed, Uncertain, Held int
}

// attrs are the counts for the log.
func (s *Summary) attrs() []slog.Attr {
	return []slog.Attr{
		slog.Int("sent", s.Sent), slog.Int("deferred", s.Deferred), slog.Int("failed", s.Failed),
		slog.Int("suppressed", s.Suppressed), slog.Int("uncertain", s.Uncertain), slog.Int("held", s.Held),
	}
}

func (s *Summary) count(o *tidings.Outcome) {
	if o.Recalled {
		s.Failed-- // it was counted so
	}
	s.add(o.State)
}

func (s *Summary) add(state tidings.DeliveryState) {
	switch state {
	case tidings.DeliverySent:
		s.Sent++
	case tidings.DeliveryDeferred:
		s.Deferred++
	case tidings.DeliveryFailed:
		s.Failed++
	case tidings.DeliverySuppressed:
		s.Suppressed++
	case tidings.DeliveryUncertain:
		s.Uncertain++
	case tidings.DeliveryHeld:
		s.Held++
	case tidings.DeliveryPending, tidings.DeliverySending: // put back: nothing became of it
	}
}

// drain is one pass over the outbox, by several workers.
type drain struct {
	*Mailer
	soft context.Context // ends: claim nothing more
	hard context.Context // ends inFlight later: close the sockets

	number    int       // of the pass
	suspicion suspicion // of this pass: who lifts a hold starts afresh
	queue     *queue
	domains   *domains
	ledger    *ledger

	claims chan struct{} // full while somebody claims, and for as long as a result cannot be written down
	mu     sync.Mutex
	sum    Summary
	err    error
	away   error // why every relay was left alone, last
}

// pass sends until nothing is due, every breaker is open or the context ends.
func (m *Mailer) pass(ctx context.Context) (Summary, error) {
	if _, err := m.routes.open(time.Now()); err != nil {
		return Summary{}, nil // said when it opened
	}
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		_ = sleep(hard, inFlight)
		cancel()
	})()
	m.posted.Store(false) // the pass has not claimed yet
	d := &drain{Mailer: m, soft: ctx, hard: hard, claims: make(chan struct{}, 1), domains: newDomains(m.PerDomain)}
	m.passes++
	d.number = m.passes
	d.queue = newQueue(d)
	d.ledger = newLedger(d)
	d.sendAll()
	d.queue.putBack(d.ledger)
	for _, r := range d.routes {
		d.recall(r, r.doubts.over(), time.Now())
	}
	d.ledger.close()
	return d.sum, d.err
}

// fail keeps the first fault that ends the pass.
func (d *drain) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
	}
}

// giveUp says why the pass ends, when that is because no relay works.
func (d *drain) giveUp() {
	if until, _ := d.routes.open(time.Now()); !until.IsZero() && d.away != nil {
		d.fail(d.away)
	}
}

// stopped reports whether nothing more is to be claimed or begun.
func (d *drain) stopped() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err != nil || d.soft.Err() != nil
}
