package mailer

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/bounce"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

const bounceDomain = "bounce.example.org"

// takeReports takes those of a database's mails by LMTP until the test ends, and says where.
func takeReports(t *testing.T, l net.Listener, db *store.DB, log *lines) {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(log, nil))
	listener := &bounce.Listener{
		Service: &bounce.Service{Ledger: db, Keys: storetest.Keys(t), Domain: bounceDomain, Log: logger},
		LMTP:    true, Name: "tidings.example.org", Now: time.Now, Log: logger,
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- listener.Serve(ctx, l, 100*time.Millisecond) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestPostfixSendsABounceHomeWhichSuppressesItsAddress(t *testing.T) {
	t.Parallel()
	l := must(net.Listen("tcp4", "127.0.0.1:0"))(t)
	// It takes mail for anybody, and finds out later who is there: as a backup MX, or a relay in front of another server.
	relay := newPostfix(t, fmt.Sprintf("local_recipient_maps =\ntransport_maps = inline:{ %s=lmtp:inet:%s }\n", bounceDomain, l.Addr()))
	db := postRoom(t, reader("min@example.com", "en"), reader("nobody-at-all@here.example.com", "en"))
	var log lines
	takeReports(t, l, db, &log)
	composer := testComposer(t)
	composer.sender.BounceDomain = bounceDomain
	m := must(New(Config{Relay: relay.relay, Composer: composer, Outbox: db, Journal: db, Editions: db}))(t)
	if sum, err := m.Drain(t.Context()); err != nil || sum != (Summary{Sent: 2}) {
		t.Fatalf("%+v, %v", sum, err)
	}
	relay.until("the address is suppressed", func() bool {
		return must(db.Subscriber(t.Context(), "nobody-at-all@here.example.com"))(t).State == tidings.Suppressed
	})
	kept := must(db.Bounces(t.Context(), 0, 0))(t)
	if len(kept) != 1 || kept[0].Status != "5.1.1" || kept[0].Via != "lmtp" || !kept[0].Suppressed ||
		strings.Contains(kept[0].Diagnostic, "nobody") || !strings.Contains(kept[0].Diagnostic, "unknown user") {
		t.Errorf("%+v", kept)
	}
	// What is done is said after it is done.
	relay.until("the bounce is logged", func() bool { return len(log.with("a mail came back")) > 0 })
	if got := log.with("a mail came back"); len(got) != 1 || len(log.with("nobody")) != 0 {
		t.Errorf("the log: %q", got)
	}
	if got := relay.received("min"); !strings.HasPrefix(got, "Return-Path: <b-") {
		t.Errorf("%.200s", got)
	}
	if s := must(db.Subscriber(t.Context(), "min@example.com"))(t); s.State != tidings.Active {
		t.Errorf("the other is %s", s.State)
	}
}
