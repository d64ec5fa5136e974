package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tidings/tidings/bounce"
	"github.com/tidings/tidings/fetch"
	"github.com/tidings/tidings/web"
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

// serveGates takes reports until ctx ends, also those in a mailbox.
func (h *house) serveGates(ctx context.Context, group *errgroup.Group, gates []gate) {
	for _, g := range gates {
		listener := &bounce.Listener{
			Service: h.reports, LMTP: g.lmtp, Name: hello(h.cfg.SMTP.Hello), Leave: h.cfg.Mail.UnsubscribeMailto, Leaves: h.leaveByMail,
			Feedback: h.cfg.Bounce.Feedback,
			Now:      time.Now, Log: h.log,
		}
		if b := h.cfg.Bounce; b.CertFile != "" && !g.lmtp {
			certificate := &bounce.Certificate{CertFile: b.CertFile, KeyFile: b.KeyFile, Log: h.log}
			listener.TLS = certificate.Config()
			if h.metrics != nil {
				h.metrics.Certificate(certificate.End)
			}
		}
		h.log.Info("taking reports", "listen", g.Addr().String(), "lmtp", g.lmtp, "domain", h.cfg.Bounce.Domain)
		group.Go(func() error {
			if err := listener.Serve(ctx, g, closing/2); err != nil {
				return fmt.Errorf("taking reports on %s: %w", g.Addr(), err)
			}
			return nil
		})
	}
	if m := h.mailbox(); m != nil {
		h.log.Info("looking for reports in a mailbox", "host", m.Host, "every", m.Every.String())
		group.Go(func() error {
			m.Run(ctx)
			return nil
		})
	}
}

// mailbox is the one that reports come to; nil: there is none.
func (h *house) mailbox() *bounce.Mailbox {
	m := h.cfg.Bounce.IMAP
	if m.Host == "" {
		return nil
	}
	return &bounce.Mailbox{
		Service: h.reports, Host: m.Host, Port: m.Port, Security: m.Security, User: m.User, Password: m.Password, Folder: m.Mailbox,
		Every: time.Duration(m.Minutes) * time.Minute, Now: time.Now, Log: h.log,
	}
}

// hooks hears the relays of the configuration; nil: there are none.
func (h *house) hooks() web.Hooks {
	if len(h.cfg.Bounce.Webhooks) == 0 {
		return nil
	}
	hooks := &bounce.Hooks{Service: h.reports, Log: h.log, Get: h.certificate}
	for _, w := range h.cfg.Bounce.Webhooks {
		hooks.Hooks = append(hooks.Hooks, bounce.Hook(w))
	}
	return heard{hooks}
}

// certificateMost is how long a certificate may be, in octets.
const certificateMost = 64 << 10

// certificate fetches one of SNS.
func (h *house) certificate(ctx context.Context, address string) ([]byte, error) {
	client := fetch.NewClient(h.site)
	defer client.Close()
	answer, err := client.Get(ctx, fetch.Request{URL: address, Limit: certificateMost}, time.Now())
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK || answer.URL.String() != address {
		return nil, fmt.Errorf("%s answers with %d, from %s", address, answer.Status, answer.URL)
	}
	return answer.Body, nil
}

// heard makes of a request what the hooks want.
type heard struct{ *bounce.Hooks }

func (h heard) Hear(ctx context.Context, kind string, header http.Header, query url.Values, body []byte) error {
	return h.Take(ctx, bounce.Call{Kind: kind, Header: header, Query: query, Body: body}, time.Now())
}
