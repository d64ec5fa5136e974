package mailer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// ledger writes down what becomes of mails, for all connections together. What must be on the disk before the next body goes to the
// journal, many traces in one write; the outbox follows some milliseconds behind, hundreds of results in one transaction. When the
// process dies between the two, Recover brings the outbox up to the journal.
type ledger struct {
	*drain
	journal journal
	results chan entry
	writers sync.WaitGroup
}

// entry is a result for the outbox. done is closed when it is there; nil: nobody waits.
type entry struct {
	outcome tidings.Outcome
	done    chan<- struct{}
}

const (
	settleMost  = 1000                   // results in one transaction
	settleAfter = 100 * time.Millisecond // how long a result waits for others, when nobody waits for it
)

func newLedger(d *drain) *ledger {
	l := &ledger{drain: d, results: make(chan entry, 2*settleMost)}
	l.writers.Go(l.book)
	return l
}

// close waits until all is written down. Nobody may write any more.
func (l *ledger) close() {
	close(l.results)
	l.writers.Wait()
}

// book brings results into the outbox.
func (l *ledger) book() {
	var outcomes []tidings.Outcome
	var waiting []chan<- struct{}
	take := func(e entry) {
		outcomes = append(outcomes, e.outcome)
		if e.done != nil {
			waiting = append(waiting, e.done)
		}
	}
	for first := range l.results {
		outcomes, waiting = outcomes[:0], waiting[:0]
		take(first)
		timer := time.NewTimer(settleAfter)
		for open := true; open && len(outcomes) < settleMost; {
			var e entry
			if len(waiting) > 0 { // somebody waits: only what has come already
				select {
				case e, open = <-l.results:
				default:
					open = false
				}
			} else {
				select {
				case e, open = <-l.results:
				case <-timer.C:
					open = false
				}
			}
			if open {
				take(e)
			}
		}
		timer.Stop()
		l.settle(outcomes)
		for _, done := range waiting {
			close(done)
		}
	}
}

// settle writes results into the outbox. When it cannot, it tries again until time is up: forgetting that the relay has a mail would
// send it twice.
func (l *ledger) settle(outcomes []tidings.Outcome) {
	err := l.insist("results could not be written down; nothing more is sent before they are", func(ctx context.Context) error {
		err := l.Outbox.Settle(ctx, outcomes)
		if errors.Is(err, tidings.ErrNotFound) { // the delivery was taken out of our hands while it was on the wire
			l.Logger.Warn("a result has no delivery any more", "error", err)
			return nil
		}
		return err
	})
	if err != nil {
		first := &outcomes[0]
		l.fail(fmt.Errorf("%v and %d others are settled, and that could not be written down: %w",
			number(first.Delivery, first.Letter), len(outcomes)-1, err))
		return
	}
	if l.Settled != nil {
		for i := range outcomes {
			l.Settled(outcomes[i])
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range outcomes {
		l.sum.count(&outcomes[i])
	}
}

// insist repeats a write until it succeeds or time is up. It keeps everyone from claiming meanwhile.
func (l *ledger) insist(complaint string, write func(context.Context) error) error {
	ctx := context.WithoutCancel(l.hard)
	err := write(ctx)
	if err == nil || errors.Is(err, tidings.ErrNotSender) { // it is another's to write now
		return err
	}
	l.Logger.Error(complaint, "error", err)
	l.claims <- struct{}{}
	defer func() { <-l.claims }()
	for wait := time.Second; err != nil; wait = min(2*wait, time.Minute) {
		late := sleep(l.hard, wait) != nil
		if err = write(ctx); late || errors.Is(err, tidings.ErrNotSender) {
			return err // that was the last chance
		}
	}
	return nil
}
