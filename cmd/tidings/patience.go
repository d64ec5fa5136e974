package main

import (
	"context"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// patience is how long the daemon waits at its start for another process that keeps the database busy, as an import does.
const patience = time.Minute

// patiently does what needs the database; again while another process keeps it busy, for as long as patience.
func (h *house) patiently(ctx context.Context, do func() error) error {
	enough := time.Now().Add(patience)
	for {
		err := do()
		if !errors.Is(err, tidings.ErrBusy) || ctx.Err() != nil || time.Now().After(enough) {
			return err
		}
		h.log.Warn("waiting for the database", "error", err)
		rest(ctx, time.Second)
	}
}

// rest waits, and less when ctx ends.
func rest(ctx context.Context, d time.Duration) {
	alarm := time.NewTimer(d)
	defer alarm.Stop()
	select {
	case <-ctx.Done():
	case <-alarm.C:
	}
}

// within runs f, which ends by itself soon after ctx does. When it takes longer than grace, it is left behind, for the process to
// end under it: false.
func within(ctx context.Context, grace time.Duration, f func(context.Context)) bool {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f(ctx)
	}()
	select {
	case <-ended:
		return true
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-ended:
		return true
	case <-late.C:
		return false
	}
}
