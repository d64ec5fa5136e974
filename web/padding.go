package web

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// answerStep is what the time of an answer to a form is a multiple of.
const answerStep = 300 * time.Millisecond

// padded makes a handler answer a POST after a multiple of a step, so that the time it took says nothing.
func (s *site) padded(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != http.MethodPost {
			return h(w, r)
		}
		start := time.Now()
		p := &paddedWriter{ResponseWriter: w, wait: sync.OnceFunc(func() { waitStep(r.Context(), start) })}
		err := h(p, r)
		p.wait()
		return err
	}
}

// waitStep waits until a multiple of the step has passed since the start, or nobody waits for the answer any more.
func waitStep(ctx context.Context, start time.Time) {
	passed := time.Since(start)
	timer := time.NewTimer(answerStep - passed%answerStep)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// paddedWriter waits before the first octet of the answer.
type paddedWriter struct {
	http.ResponseWriter
	wait func()
}

// WriteHeader waits, and passes the status on.
func (w *paddedWriter) WriteHeader(status int) {
	w.wait()
	w.ResponseWriter.WriteHeader(status)
}

// Write waits, unless that was done.
func (w *paddedWriter) Write(b []byte) (int, error) {
	w.wait()
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *paddedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
