package mailer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

const (
	// batch is how many deliveries each worker claims at once: a crash leaves so many uncertain for each connection.
	batch = 10
	// inFlight is how long a message that has been begun may take when the mailer stops.
	inFlight = 30 * time.Second
)

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

	suspicion suspicion // of this pass: who lifts a hold starts afresh

	mu  sync.Mutex
	sum Summary
	err error
}

// pass sends until nothing is due, the breaker opens or the context ends.
func (m *Mailer) pass(ctx context.Context) (Summary, error) {
	if _, err := m.breaker.open(time.Now()); err != nil {
		return Summary{}, nil // said when it opened
	}
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		_ = sleep(hard, inFlight)
		cancel()
	})()
	m.posted.Store(false) // the pass has not claimed yet
	d := &drain{Mailer: m, soft: ctx, hard: hard}
	if m.breaker.probing() { // one message alone probes the relay
		if d.work(1) == 0 || m.breaker.unproven(time.Now()) {
			return d.sum, d.err
		}
	}
	var crew sync.WaitGroup
	for range m.Connections {
		crew.Go(func() { d.work(0) })
	}
	crew.Wait()
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

// stopped reports whether nothing more is to be claimed or begun.
func (d *drain) stopped() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err != nil || d.soft.Err() != nil
}

// work claims and sends over a connection of its own, most messages at the most; 0: all. It says how many it had.
func (d *drain) work(most int) (n int) {
	w := &worker{drain: d}
	defer w.hangUp()
	for most == 0 || n < most {
		claimed, err := d.claim(most)
		if err != nil {
			d.fail(err)
			return n
		}
		if len(claimed) == 0 {
			return n
		}
		for i := range claimed {
			w.deliver(&claimed[i])
			n++
			if most == 0 {
				n += w.urgent()
			}
		}
	}
	return n
}

// claim takes the next batch. It waits while a result cannot be written down.
func (d *drain) claim(most int) ([]tidings.Delivery, error) {
	d.ledger <- struct{}{}
	defer func() { <-d.ledger }()
	if d.stopped() {
		return nil, nil
	}
	limit := batch
	if most > 0 {
		limit = min(batch, most)
	}
	claimed, err := d.Outbox.Claim(context.WithoutCancel(d.soft), time.Now(), limit)
	if err != nil {
		return nil, fmt.Errorf("claiming deliveries: %w", err)
	}
	return claimed, nil
}

// settle writes a result down before anything else happens on this connection. When it cannot, it claims nothing
// more and tries again: the relay has the mail, and forgetting that would send it twice.
func (d *drain) settle(o tidings.Outcome) {
	outcomes := []tidings.Outcome{o}
	err := d.Outbox.Settle(context.WithoutCancel(d.soft), outcomes)
	if err != nil && !errors.Is(err, tidings.ErrNotFound) {
		d.Logger.Error("a result could not be written down; nothing more is sent before it is",
			number(o.Delivery, o.Letter), "state", o.State, "error", err)
		err = d.insist(outcomes)
	}
	switch {
	case errors.Is(err, tidings.ErrNotFound): // the delivery was taken out of our hands while it was on the wire
		d.Logger.Warn("a result has no delivery any more", number(o.Delivery, o.Letter), "state", o.State)
	case err != nil:
		d.fail(fmt.Errorf("%v is %s, and that could not be written down: %w", number(o.Delivery, o.Letter), o.State, err))
		return
	}
	if d.Settled != nil {
		d.Settled(o)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sum.add(o.State)
}

// insist repeats a Settle until it succeeds or time is up. It keeps everyone from claiming meanwhile.
func (d *drain) insist(outcomes []tidings.Outcome) error {
	d.ledger <- struct{}{}
	defer func() { <-d.ledger }()
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		if sleep(d.hard, wait) != nil {
			return d.Outbox.Settle(context.WithoutCancel(d.hard), outcomes) // the last chance
		}
		err := d.Outbox.Settle(context.WithoutCancel(d.hard), outcomes)
		if err == nil || errors.Is(err, tidings.ErrNotFound) {
			return err
		}
	}
}
