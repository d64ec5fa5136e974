package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tidings/tidings/bounce"
)

// gate is a port where reports are taken.
type gate struct {
	net.Listener
	lmtp bool
}

// openGates listens where the configuration says.
func (h *house) openGates(ctx context.Context) (gates []gate, err error) {
	for _, g := range []struct {
		at   string
		lmtp bool
	}{{h.cfg.Bounce.ListenSMTP, false}, {h.cfg.Bounce.ListenLMTP, true}} {
		if g.at == "" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", g.at)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listening for reports on %s: %w", g.at, err), closeGates(gates))
		}
		gates = append(gates, gate{l, g.lmtp})
	}
	return gates, nil
}

func closeGates(gates []gate) (err error) {
	for _, g := range gates {
		err = errors.Join(err, g.Close())
	}
	return err
}

// serveGates takes reports until ctx ends.
func (h *house) serveGates(ctx context.Context, group *errgroup.Group, gates []gate) {
	for _, g := range gates {
		listener := &bounce.Listener{
			Service: h.reports, LMTP: g.lmtp, Name: hello(h.cfg.SMTP.Hello), Leave: h.cfg.Mail.UnsubscribeMailto, Leaves: h.leaveByMail,
			Now: time.Now, Log: h.log,
		}
		h.log.Info("taking reports", "listen", g.Addr().String(), "lmtp", g.lmtp, "domain", h.cfg.Bounce.Domain)
		group.Go(func() error {
			if err := listener.Serve(ctx, g, closing/2); err != nil {
				return fmt.Errorf("taking reports on %s: %w", g.Addr(), err)
			}
			return nil
		})
	}
}
