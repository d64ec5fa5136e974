package bounce

import (
	"bufio"
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"log/slog"
	"net"
	"net/smtp"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
	"github.com/tidings/tidings/subscribe"
)

const (
	domain = "bounce.example.org"
	leave  = "leave@example.org"

	feedback = "fbl@bounce.example.org"
)

func monday() time.Time { return time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC) }

// desk is a database with a digest that was sent to each of its readers, and a Service over it.
type desk struct {
	*Service
	t    *testing.T
	db   *store.DB
	path string
	log  lines
	left lines // the mails to the address of List-Unsubscribe
	tls  *tls.Config

	late atomic.Int64 // how long after nine it is to a listener
}

// lines is a log.
type lines struct {
	mu sync.Mutex
	strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.String()
}

func newDesk(t *testing.T, readers ...string) *desk {
	t.Helper()
	d := &desk{t: t, path: filepath.Join(t.TempDir(), "t.db")}
	d.db = storetest.Open(t, d.path)
	d.Service = &Service{
		Ledger: d.db, Keys: storetest.Keys(t), Domain: domain, Address: subscribe.NormalizeAddress,
		Log: slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, r := range readers {
		storetest.Subscribe(t, d.db, monday(), r, storetest.To(t, tidings.Daily, ""))
	}
	storetest.Save(t, d.db, monday(), tidings.Release{Slug: "a"})
	run := &tidings.Run{
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour}, Kind: tidings.ScheduledRun,
		Due: monday(), Created: monday(), Domain: "news.example.org",
	}
	_, err := d.db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, all []tidings.Candidate) (out []tidings.Decision, err error) {
		for range cohorts {
			out = append(out, tidings.Decision{Position: run.UpTo, Entries: []tidings.Entry{{Release: all[0].Release.ID, Revision: 1}}})
		}
		return out, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := d.db.Claim(t.Context(), monday().Add(time.Minute), 99)
	if err != nil || len(claimed) != len(readers) {
		t.Fatalf("%d mails, %v", len(claimed), err)
	}
	for _, c := range claimed {
		o := tidings.Outcome{Delivery: c.ID, State: tidings.DeliverySent, Attempts: 1, At: monday().Add(time.Minute)}
		if err := d.db.Settle(t.Context(), []tidings.Outcome{o}); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// returnPath is that of the mail to a reader.
func (d *desk) returnPath(reader string) string {
	d.t.Helper()
	p, err := d.db.FindMail(d.t.Context(), reader, "")
	if err != nil {
		d.t.Fatal(err)
	}
	_, date, err := d.db.MailOf(d.t.Context(), p)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.Keys.ReturnLocal(p, date) + "@" + domain
}

func (d *desk) state(reader string) tidings.SubscriberState {
	d.t.Helper()
	s, err := d.db.Subscriber(d.t.Context(), reader)
	if err != nil {
		d.t.Fatal(err)
	}
	return s.State
}

// rename puts a table of the database out of the way, or back.
func (d *desk) rename(from, to string) {
	d.t.Helper()
	other, err := sql.Open("sqlite", "file:"+d.path+"?_txlock=immediate")
	if err != nil {
		d.t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(d.t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
		d.t.Fatal(err)
	}
}

// listen serves until the test ends, and says where.
func (d *desk) listen(lmtp bool) string {
	d.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(d.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	listener := &Listener{
		Service: d.Service, LMTP: lmtp, Name: domain, Leave: leave, Feedback: feedback, TLS: d.tls,
		Now: func() time.Time { return monday().Add(time.Hour + time.Duration(d.late.Load())) }, Log: d.Log,
		Leaves: func(_ context.Context, message []byte, _ time.Time) error {
			_, err := d.left.Write(message)
			return err
		},
	}
	ctx, stop := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- listener.Serve(ctx, l, 100*time.Millisecond) }()
	d.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			d.t.Errorf("the listener ended: %v", err)
		}
	})
	return l.Addr().String()
}

func reportOf(to, action, status string) string {
	return strings.ReplaceAll(dsn("Final-Recipient: rfc822; x@y.example\nAction: "+action+"\nStatus: "+status+"\n"), path7, to)
}

func TestAListenerTakesReportsOfOurMailsAndRefusesAllElse(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net", "ben@example.net")
	at := d.listen(false)
	ana, ben := d.returnPath("ana@example.net"), d.returnPath("ben@example.net")
	forged := ana[:len(ana)-len(domain)-2] + "a@" + domain
	if forged == ana {
		forged = ana[:len(ana)-len(domain)-2] + "b@" + domain
	}
	for _, to := range []string{forged, "ana@example.net", "webmaster@" + domain, "postmaster@example.org", strings.Replace(ana, domain, "example.org", 1), "b-1-" + ben[4:]} {
		if to == ana || to == ben {
			continue
		}
		err := smtp.SendMail(at, nil, "", []string{to}, []byte(reportOf(ana, "failed", "5.1.1")))
		if err == nil || !strings.HasPrefix(err.Error(), "550 ") {
			t.Errorf("%s: %v", to, err)
		}
	}
	if d.state("ana@example.net") != tidings.Active || !strings.Contains(d.log.String(), "ignored=") {
		t.Errorf("after forgeries ana is %s; the log: %s", d.state("ana@example.net"), d.log.String())
	}
	for _, message := range []string{reportOf(ben, "delayed", "4.4.1"), "From: x@y.example\r\n\r\nI am away.\r\n"} {
		if err := smtp.SendMail(at, nil, "", []string{ben}, []byte(message)); err != nil {
			t.Error(err)
		}
	}
	if err := smtp.SendMail(at, nil, "", []string{strings.ToUpper(ana)}, []byte(reportOf(ana, "failed", "5.1.1"))); err != nil {
		t.Error(err)
	}
	if d.state("ana@example.net") != tidings.Suppressed || d.state("ben@example.net") != tidings.Active {
		t.Errorf("ana is %s, ben %s", d.state("ana@example.net"), d.state("ben@example.net"))
	}
	if err := smtp.SendMail(at, nil, "reader@example.net", []string{strings.ToUpper(leave)}, []byte("Subject: x\r\n\r\nout\r\n")); err != nil ||
		!strings.Contains(d.left.String(), "out") {
		t.Errorf("to leave: %v, %q", err, d.left.String())
	}
	if strings.Contains(d.log.String(), "ana@") {
		t.Errorf("the log names somebody: %s", d.log.String())
	}
}

func TestAReportIsAcceptedOnlyOnceItIsKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net")
	at, ana := d.listen(true), d.returnPath("ana@example.net")
	send := func() error { return sendLMTP(t, at, ana, reportOf(ana, "failed", "5.1.1")) }
	d.rename("bounces", "elsewhere")
	if err := send(); err == nil || !strings.Contains(err.Error(), "451") || !strings.Contains(err.Error(), "not now") {
		t.Errorf("the database at fault: %v\n%s", err, d.log.String())
	}
	d.rename("elsewhere", "bounces")
	if err := send(); err != nil || d.state("ana@example.net") != tidings.Suppressed {
		t.Errorf("%v, and ana is %s", err, d.state("ana@example.net"))
	}
}

func TestAComplaintIsFoundByTheReturnPathThatItQuotes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net", "ben@example.net")
	for reader, change := range map[string]func(string) string{
		"ana@example.net": func(s string) string { return s },
		"ben@example.net": func(s string) string { return strings.Replace(s, "Feedback-Type: abuse", "Feedback-Type: not-spam", 1) },
	} {
		message := change(strings.ReplaceAll(sample(t, "arf.eml"), path7, d.returnPath(reader)))
		if report, err := d.Mail(t.Context(), "", []byte(message), "pipe", monday()); err != nil || !report {
			t.Errorf("%s: %v, %v", reader, report, err)
		}
	}
	if d.state("ana@example.net") != tidings.Suppressed || d.state("ben@example.net") != tidings.Active {
		t.Errorf("ana is %s, ben %s", d.state("ana@example.net"), d.state("ben@example.net"))
	}
	if report, err := d.Mail(t.Context(), "", []byte(sample(t, "arf.eml")), "pipe", monday()); err != nil || !report {
		t.Errorf("forged: %v, %v", report, err)
	}
}

func TestAListenerHasRoomForSoManyFromOneHost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	at := d.listen(false)
	open := func() (net.Conn, string, error) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		greeting, err := bufio.NewReader(conn).ReadString('\n')
		if err == nil && !strings.HasPrefix(greeting, "220 ") {
			err = errors.New("turned away")
		}
		return conn, greeting, err
	}
	conns := make([]net.Conn, 0, perHostMost)
	for i := range perHostMost {
		conn, _, err := open()
		if err != nil {
			t.Fatalf("the %dth: %v", i+1, err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	conn, said, err := open()
	if err == nil || !strings.HasPrefix(said, "421 4.7.0 ") {
		t.Errorf("one more was let in, or is not told to come again: %q", said)
	}
	_ = conn.Close()
	_ = conns[0].Close()
	moment := time.NewTicker(10 * time.Millisecond)
	defer moment.Stop()
	for range 500 { // the server needs a moment to see it
		conn, _, err := open()
		_ = conn.Close()
		if err == nil {
			return
		}
		<-moment.C
	}
	t.Error("nobody is let in any more")
}
