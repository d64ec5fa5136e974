package mailer

import (
	"context"
	"runtime"
	"sync"

	"github.com/tidings/tidings"
)

// journal has traces written by whoever brings them while nobody writes, so that a connection among few need not wait for another
// goroutine to wake. What comes meanwhile is written next, all in one.
type journal struct {
	mu      sync.Mutex
	waiting []note
	writing bool
	spare   []note          // of the writer
	traces  []tidings.Trace // likewise
}

// note is traces for the journal. done hears what came of it.
type note struct {
	traces []tidings.Trace
	done   chan noted
}

// noted: the traces are on the disk.
type noted struct {
	withdrawal int64 // the newest withdrawal as of then
	err        error
}

// write has traces on the disk. It needs room for an answer in done.
func (l *ledger) write(n note) noted {
	j := &l.journal
	j.mu.Lock()
	j.waiting = append(j.waiting, n)
	writes := !j.writing
	j.writing = true
	j.mu.Unlock()
	if writes && l.writeWaiting() {
		l.writers.Go(func() {
			for l.writeWaiting() {
			}
		})
	}
	return <-n.done
}

// yields is how often who writes lets others go first who need no more than the processor: what they bring is then in the same write. It
// costs nothing where nobody comes.
const yields = 3

// writeWaiting writes what waits, and reports whether more has come since. Then whoever called it goes on to write.
func (l *ledger) writeWaiting() (more bool) {
	for range yields {
		runtime.Gosched()
	}
	j := &l.journal
	j.mu.Lock()
	notes := j.waiting
	j.waiting, j.spare = j.spare[:0], nil
	j.mu.Unlock()
	j.traces = j.traces[:0]
	for _, n := range notes {
		j.traces = append(j.traces, n.traces...)
	}
	var result noted
	result.err = l.insist("the journal of sent mail could not be written to; nothing more is sent before it is",
		func(ctx context.Context) error { return l.Journal.Trace(ctx, j.traces) })
	if result.err == nil {
		result.withdrawal, result.err = l.Editions.LastWithdrawal(context.WithoutCancel(l.hard))
	}
	for _, n := range notes {
		n.done <- result
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.spare, j.writing = notes, len(j.waiting) > 0
	return j.writing
}
