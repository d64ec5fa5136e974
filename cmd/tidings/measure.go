package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/metrics"
	"github.com/tidings/tidings/web"
)

// measure makes the numbers of this process, and counts what the handler answers.
func (h *house) measure(handler http.Handler, now func() time.Time) http.Handler {
	h.metrics = metrics.New(metrics.Config{Books: h.db, Returns: h.db, Now: now, Version: readVersion().Version})
	return h.metrics.Requests(handler)
}

// measured is a mailer whose work is counted.
func (h *house) measured(cfg mailer.Config) (*mailer.Mailer, error) {
	for _, r := range append([]*mailer.Relay{cfg.Relay}, cfg.More...) {
		dial := r.Dial
		if dial == nil {
			dial = new(net.Dialer).DialContext
		}
		r.Dial = h.metrics.Dial(r.Name(), dial)
	}
	cfg.Planner, cfg.Settled = h.metrics.Planner(cfg.Planner), h.metrics.Settled
	m, err := mailer.New(cfg)
	if err == nil {
		for i, r := range m.Relays() {
			h.metrics.Breaker(r.Relay, func() time.Time { return m.Relays()[i].Troubled })
			h.metrics.Allowed(r.Relay, func() int { return m.Relays()[i].Connections })
		}
	}
	return m, err
}

// listenMetrics opens the address that the numbers are served at; nil: there is none.
func (h *house) listenMetrics(ctx context.Context) (net.Listener, error) {
	if h.metrics == nil {
		return nil, nil //nolint:nilnil // nobody asks for them
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.cfg.Metrics.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening on %s for metrics: %w", h.cfg.Metrics.Listen, err)
	}
	return l, nil
}

// serveMetrics serves them until ctx ends. Nobody waits for who reads them.
func (h *house) serveMetrics(ctx context.Context, l net.Listener) error {
	if l == nil {
		return nil
	}
	h.log.Info("serving metrics", "listen", l.Addr().String())
	server := web.Server(h.metrics.Handler(), l.Addr().String())
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving metrics: %w", err)
	}
	return nil
}
