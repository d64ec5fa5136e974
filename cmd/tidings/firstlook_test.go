package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// slowRecords are records of which one name's do not come until somebody lets them, or nobody waits any more.
type slowRecords struct {
	records

	slow    string
	asked   chan struct{} // closed when it was asked for
	answers chan struct{} // closed when it may be answered
	once    *sync.Once
}

func newSlowRecords(r records, slow string) *slowRecords {
	return &slowRecords{records: r, slow: slow, asked: make(chan struct{}), answers: make(chan struct{}), once: &sync.Once{}}
}

func (s *slowRecords) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if name == s.slow {
		s.once.Do(func() { close(s.asked) })
		select {
		case <-s.answers:
		case <-ctx.Done():
			return nil, &net.DNSError{Err: "timeout", Name: name, IsTimeout: true}
		}
	}
	return s.records.LookupTXT(ctx, name)
}

// TestBulkMailWaitsForTheFirstLookAndLettersDoNot has a release that waits when the daemon starts, and a DNS that is slow with the last answer.
func TestBulkMailWaitsForTheFirstLookAndLettersDoNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spf  string
		held bool
	}{
		"SPF that lets nobody send": {"v=spf1 -all", true},
		"all well":                  {"v=spf1 mx ~all", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dns := newSlowRecords(records{"agency.org": c.spf, "_dmarc.agency.org": "timeout"}, "_dmarc.agency.org")
			h, box := aboutToSend(t)
			h.dns = dns
			ctx, stop := context.WithCancel(t.Context())
			l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- h.serve(ctx, l, http.NotFoundHandler()) }()
			<-dns.asked
			before, err := h.db.RecentRuns(ctx, 9)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.service().SendLink(ctx, "newsdesk@example.net", "", netip.Addr{}, time.Now()); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the letter", func() bool { return len(box.Mails()) > 0 })
			<-time.After(500 * time.Millisecond) // in which all of it could go
			if runs, err := h.db.RecentRuns(ctx, 9); err != nil || len(box.Mails()) != 1 || len(runs) != len(before) {
				t.Errorf("before the look was over: %d mails; %d runs, %d before, %v", len(box.Mails()), len(runs), len(before), err)
			}
			close(dns.answers)
			if c.held {
				eventually(t, "the hold", func() bool {
					held, err := h.db.HeldAll(ctx)
					return err == nil && held.By == tidings.HeldByDoctor
				})
				<-time.After(500 * time.Millisecond)
				if n := len(box.Mails()); n != 1 {
					t.Errorf("%d mails, though held", n)
				}
			} else {
				eventually(t, "bulk mail", func() bool { return len(box.Mails()) > 1 })
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// aboutToSend is the demo's house under a name that somebody may own, with a release that is due, and its relay.
func aboutToSend(t *testing.T) (*house, *mailbox.Box) {
	t.Helper()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	path := filepath.Join(dir, "tidings.toml")
	must(t, time.Now, "publish", "../../examples/ministry/release.md", "--config", path)
	cfg, err := (&app{configPath: path}).loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	_, port, _ := net.SplitHostPort(box.Addr())
	if cfg.SMTP.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	cfg.Mail.From, cfg.Mail.Bounce = "press@agency.org", "b@agency.org"
	h, err := open(t.Context(), cfg, &watcher{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, box
}

func TestALookThatTakesTooLongHeedsWhatItHasFound(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "bounce = \"b@agency.org\"")
	h.cfg.Mail.From = "press@agency.org"
	h.dns = newSlowRecords(records{"agency.org": "v=spf1 -all"}, "_dmarc.agency.org")
	begun := time.Now()
	if _, err := h.checkMailWithin(t.Context(), 50*time.Millisecond, begun); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
	if held, err := h.db.HeldAll(t.Context()); err != nil || held.By != tidings.HeldByDoctor {
		t.Errorf("held %+v, %v", held, err)
	}
}

func TestBulkMailWaitsOnWhenItsHoldCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	for spf, goes := range map[string]bool{"v=spf1 -all": false, "v=spf1 mx ~all": true} {
		h, _ := testHouse(t, "bounce = \"b@agency.org\"")
		h.dns, h.look = records{"agency.org": spf}, newFirstLook()
		other, err := sql.Open("sqlite", h.cfg.Database.Path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = other.ExecContext(t.Context(), `CREATE TRIGGER full BEFORE INSERT ON holds BEGIN SELECT raise(ABORT, 'full'); END`)
		if err = errors.Join(err, other.Close()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		h.log = slog.New(slog.NewTextHandler(&watcher{on: "looking whether mail can arrive", do: cancel}, nil))
		woken := 0
		h.watchMail(ctx, func() {
			woken++
			cancel()
		})
		cancel()
		if h.look.isOver() != goes || (woken == 1) != goes {
			t.Errorf("%s: goes %t, woken %d times", spf, h.look.isOver(), woken)
		}
	}
}
