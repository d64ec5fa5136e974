package mailer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// fill puts subscribers and two releases into a database, and opens a run for them all.
func fill(t testing.TB, db *store.DB, subscribers int, now time.Time) {
	t.Helper()
	people(t, db, subscribers, now)
	for n := 1; n <= 2; n++ {
		publish(t, db, n, now)
	}
	runs := must(planner(t, db).Force(t.Context(), now, tidings.Weekly))(t)
	if len(runs) != 1 {
		t.Fatalf("%d runs", len(runs))
	}
}

// people puts subscribers into a database, who want all of it weekly.
func people(t testing.TB, db *store.DB, subscribers int, now time.Time) {
	t.Helper()
	topics := testTopics()
	for i := range topics {
		must(db.SaveTopic(t.Context(), &topics[i], now, "test"))(t)
	}
	for n := range subscribers {
		subscriber := tidings.Subscriber{
			Address: fmt.Sprintf("reader%04d@example.com", n), Language: "en", State: tidings.Active,
			Consent:       tidings.Consent{Basis: "asked", By: "test", At: now},
			Subscriptions: []tidings.Subscription{{Cadence: tidings.Weekly, Zone: "UTC", Hour: tidings.AnyHour}},
		}
		if err := db.AddSubscriber(t.Context(), &subscriber, now, "test"); err != nil {
			t.Fatal(err)
		}
	}
}

// publish makes the n-th release public.
func publish(t testing.TB, db *store.DB, n int, now time.Time) {
	t.Helper()
	r := testRelease(0, "en", fmt.Sprintf("Release number %d", n), "What it is about.", "energy")
	r.Slug, r.Source, r.Status = fmt.Sprintf("release-number-%d", n), fmt.Sprintf("test:%d", n), tidings.Published
	r.Body = tidings.Body{Format: tidings.Markdown, Source: "Text.", HTML: "<p>Text.</p>", Text: "Text."}
	r.Published, r.Updated = now, now
	must(db.Save(t.Context(), testSite(), &r, now, "test"))(t)
}

func planner(t testing.TB, db *store.DB) *digest.Planner {
	t.Helper()
	weekly := must(tidings.ParseSchedule("0 7 * * 1"))(t)
	return &digest.Planner{
		Ledger: db, Site: testSite(), Cadences: tidings.Cadences{{Name: tidings.Weekly, Schedule: weekly}},
	}
}

// office is a database with deliveries that wait, a relay that takes them, and a mailer between the two.
type office struct {
	t      testing.TB
	db     *store.DB
	path   string // of the database
	box    *mailbox.Box
	relay  *Relay
	more   []*Relay // beside it
	outbox Outbox
	idle   bool // nothing is planned: days pass fast
	log    lines
}

// newOffice speaks over net.Pipe, so that it lives inside a synctest bubble.
func newOffice(t testing.TB, subscribers int, options mailbox.Options) *office {
	t.Helper()
	listener := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	o := &office{t: t, path: filepath.Join(t.TempDir(), "tidings.db"), box: mailbox.Serve(listener, options)}
	o.db = storetest.Open(t, o.path)
	t.Cleanup(closing(o.box))
	o.relay = &Relay{Host: "localhost", Port: 25, Security: Plain, Dial: listener.dial}
	o.outbox = o.db
	fill(t, o.db, subscribers, time.Now())
	return o
}

// overTCP makes the office speak over a real socket.
func overTCP(t testing.TB, subscribers int, options mailbox.Options) *office {
	t.Helper()
	o := &office{t: t, path: filepath.Join(t.TempDir(), "tidings.db"), box: must(mailbox.Listen("127.0.0.1:0", options))(t)}
	o.db = storetest.Open(t, o.path)
	t.Cleanup(closing(o.box))
	o.relay = relayTo(t, o.box.Addr())
	o.outbox = o.db
	fill(t, o.db, subscribers, time.Now())
	return o
}

func closing(box *mailbox.Box) func() { return func() { _ = box.Close() } }

func relayTo(t testing.TB, addr string) *Relay {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return &Relay{Host: host, Port: must(strconv.Atoi(port))(t), Security: Plain}
}

func (o *office) mailer(connections int) *Mailer {
	o.t.Helper()
	var plan Planner = planner(o.t, o.db)
	if o.idle {
		plan = idle{}
	}
	return must(New(Config{
		Relay: o.relay, More: o.more, Composer: sharedComposer(o.t), Outbox: o.outbox, Journal: o.db, Editions: o.db, Planner: plan,
		Logger: slog.New(slog.NewTextHandler(&o.log, nil)), Connections: connections,
	}))(o.t)
}

// idle is a planner for which nothing is ever due.
type idle struct{}

func (idle) Due(context.Context, time.Time) (bool, error) { return false, nil }

func (idle) Plan(context.Context, time.Time) ([]tidings.Run, error) { return nil, nil }

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// with gives the lines that have the words.
func (l *lines) with(words string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, words) {
			found = append(found, line)
		}
	}
	return found
}

// drain sends until nothing is due.
func (o *office) drain() Summary {
	o.t.Helper()
	return must(o.mailer(1).Drain(o.t.Context()))(o.t)
}

// delivery is the newest delivery of the n-th subscriber, counted from 1.
func (o *office) delivery(n int64) tidings.Delivery {
	o.t.Helper()
	found := must(o.db.Deliveries(o.t.Context(), n, 1))(o.t)
	if len(found) != 1 {
		o.t.Fatalf("subscriber %d has %d deliveries", n, len(found))
	}
	return found[0]
}

// want checks the state of a delivery and how many mails there are.
func (o *office) want(state tidings.DeliveryState, attempts, mails int) tidings.Delivery {
	o.t.Helper()
	d := o.delivery(1)
	if d.State != state || d.Attempts != attempts {
		o.t.Errorf("the delivery is %s after %d attempts (%s), want %s after %d", d.State, d.Attempts, d.LastReply, state, attempts)
	}
	if n := len(o.box.Mails()); n != mails {
		o.t.Errorf("%d mails arrived, want %d", n, mails)
	}
	return d
}

// at answers the phase's first calls with these, and all others with nil.
func at(phase mailbox.Phase, answers ...error) func(mailbox.Phase, string, string) error {
	next := make(chan error, len(answers))
	for _, a := range answers {
		next <- a
	}
	return func(p mailbox.Phase, _, _ string) error {
		if p != phase {
			return nil
		}
		select {
		case err := <-next:
			return err
		default:
			return nil
		}
	}
}

// always answers the phase so.
func always(phase mailbox.Phase, answer error) func(mailbox.Phase, string, string) error {
	return func(p mailbox.Phase, _, _ string) error {
		if p == phase {
			return answer
		}
		return nil
	}
}

// pipeListener accepts what its dial opens.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return newRoomy(ours), nil
	case <-l.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25} }
