package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func at(minute int) time.Time { return time.Date(2026, 3, 2, 9, minute, 0, 0, time.UTC) }

// sent is a database with a run of four mails: one is sent, one deferred, one failed, and one waits.
func sent(t *testing.T) *store.DB {
	t.Helper()
	ctx, db := t.Context(), storetest.New(t)
	for _, name := range []string{"a", "b", "c", "d"} {
		storetest.Subscribe(t, db, at(0), name+"@example.org", storetest.To(t, tidings.Daily, ""))
	}
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	run := &tidings.Run{
		Kind: tidings.ScheduledRun, Due: at(2), Created: at(2), Domain: "example.org",
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour},
	}
	opened, err := db.OpenRun(ctx, run, func(_ []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		entry := tidings.Entry{Release: candidates[0].Release.ID, Revision: 1}
		return []tidings.Decision{{Entries: []tidings.Entry{entry}, Position: run.UpTo}}, nil
	})
	if err != nil || !opened {
		t.Fatal(opened, err)
	}
	d, err := db.Claim(ctx, at(2), 3)
	if err != nil || len(d) != 3 {
		t.Fatal(d, err)
	}
	err = db.Settle(ctx, []tidings.Outcome{
		{Delivery: d[0].ID, State: tidings.DeliverySent, Attempts: 1, Reply: "250 ok", At: at(3)},
		{Delivery: d[1].ID, State: tidings.DeliveryDeferred, Attempts: 1, Reply: "451 later", Next: at(50), At: at(3)},
		{Delivery: d[2].ID, State: tidings.DeliveryFailed, Attempts: 1, Reply: "550 5.1.1 no", At: at(3)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("%d\n%s", w.Code, w.Body)
	}
	return "\n" + w.Body.String()
}

func want(t *testing.T, said string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(said, "\n"+line+"\n") {
			var like []string
			name, _, _ := strings.Cut(line, "{")
			for l := range strings.Lines(said) {
				if strings.HasPrefix(l, strings.Fields(name)[0]) {
					like = append(like, l)
				}
			}
			t.Errorf("no %s; there is\n%s", line, strings.Join(like, ""))
		}
	}
}

// watched is the metrics of a database, by a clock that the test sets.
func watched(books interface {
	Books
	Returns
}, now *time.Time,
) *Metrics {
	return New(Config{Books: books, Returns: books, Now: func() time.Time { return *now }, Version: "v1"})
}

func TestTheBooksSayWhatWasExpectedWhatIsDeliveredAndWhatWaits(t *testing.T) {
	t.Parallel()
	db, now := sent(t), at(10)
	m := watched(db, &now)
	want(t, scrape(t, m),
		`tidings_build_info{version="v1"} 1`,
		`tidings_run_expected_mails{cadence="daily",run="1"} 4`,
		`tidings_run_mails{cadence="daily",run="1",state="sent"} 1`,
		`tidings_run_mails{cadence="daily",run="1",state="failed"} 1`,
		`tidings_queue_mails{kind="digest",state="pending"} 1`,
		`tidings_queue_mails{kind="digest",state="deferred"} 1`,
		`tidings_queue_mails{kind="letter",state="pending"} 0`,
		`tidings_queue_oldest_due_seconds{kind="digest"} 480`,
		`tidings_holds{by="desk",over="all"} 0`,
		`tidings_last_backup_timestamp_seconds 0`,
		`tidings_count_faults_total 0`)
	if err := db.Hold(t.Context(), tidings.Hold{By: tidings.HeldByDoctor, Reason: "SPF"}, now, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.NoteBackup(t.Context(), os.Args[0], at(4)); err != nil {
		t.Fatal(err)
	}
	now = at(11)
	want(t, scrape(t, m),
		`tidings_holds{by="doctor",over="all"} 1`,
		`tidings_queue_oldest_due_seconds{kind="digest"} 0`, // held on purpose: nothing is late
		`tidings_last_backup_timestamp_seconds 1.77244224e+09`)
}

func TestTheBooksSayWhatCameBackAndHowManyMustNotBeWrittenTo(t *testing.T) {
	t.Parallel()
	db, now := sent(t), at(10)
	m := watched(db, &now)
	want(t, scrape(t, m),
		`tidings_bounces_last_day{kind="bounce",verdict="hard"} 0`,
		`tidings_bounces_last_day{kind="complaint",verdict="hard"} 0`,
		`tidings_suppressions 0`)
	for id, bounce := range map[int64]tidings.Bounce{
		1<<25 + 1: {Kind: tidings.Bounced, Status: "5.1.1"}, 1<<25 + 2: {Kind: tidings.Bounced, Status: "5.2.2"}, 1<<25 + 4: {Kind: tidings.Complained},
	} {
		bounce.Mail = tidings.ReturnPath{Kind: tidings.DeliveryMail, ID: id}
		if _, err := db.TakeBounce(t.Context(), bounce, at(9)); err != nil {
			t.Fatal(err)
		}
	}
	now = at(11)
	want(t, scrape(t, m),
		`tidings_bounces_last_day{kind="bounce",verdict="hard"} 1`,
		`tidings_bounces_last_day{kind="bounce",verdict="soft"} 1`,
		`tidings_bounces_last_day{kind="bounce",verdict="alarm"} 0`,
		`tidings_bounces_last_day{kind="complaint",verdict="hard"} 1`,
		`tidings_suppressions 2`)
	if _, err := db.Suppress(t.Context(), "away@example.org", "away", at(10).Add(26*time.Hour), at(11), "desk"); err != nil {
		t.Fatal(err)
	}
	now = at(10).Add(25 * time.Hour)
	want(t, scrape(t, m), `tidings_bounces_last_day{kind="bounce",verdict="hard"} 0`, `tidings_suppressions 3`)
	now = at(10).Add(26 * time.Hour)
	want(t, scrape(t, m), `tidings_suppressions 2`) // one is over
}

// slow is a real database that takes its time to count, and can be out of order.
type slow struct {
	*store.DB
	now    *time.Time
	took   time.Duration
	asked  int
	counts int
	broken error
}

func (s *slow) Backlog(ctx context.Context) ([]tidings.Backlog, error) {
	s.asked++
	*s.now = s.now.Add(s.took)
	if s.broken != nil {
		return nil, s.broken
	}
	return s.DB.Backlog(ctx)
}

func (s *slow) Progress(ctx context.Context, run int64) (map[tidings.DeliveryState]int, error) {
	s.counts++
	return s.DB.Progress(ctx, run)
}

func TestCountingTakesNoMoreThanAFiftiethOfTheTime(t *testing.T) {
	t.Parallel()
	now := at(10)
	s := &slow{DB: sent(t), now: &now, took: 2 * time.Second}
	m := watched(s, &now)
	for range 95 { // in so many seconds: a count of 2 s is good for a hundred
		scrape(t, m)
		now = now.Add(time.Second)
	}
	if s.asked != 1 {
		t.Errorf("counted %d times", s.asked)
	}
	now = now.Add(6 * time.Second)
	if scrape(t, m); s.asked != 2 {
		t.Errorf("counted %d times, want again after 100 seconds", s.asked)
	}
}

func TestARunThatHasEndedIsCountedOnce(t *testing.T) {
	t.Parallel()
	now := at(10)
	s := &slow{DB: sent(t), now: &now}
	m := watched(s, &now)
	scrape(t, m)
	if _, err := s.Cancel(t.Context(), 1, "enough", now, "test"); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		now = now.Add(time.Minute)
		want(t, scrape(t, m), `tidings_run_mails{cadence="daily",run="1",state="suppressed"} 2`)
	}
	if s.counts != 2 {
		t.Errorf("counted %d times, want once while it went on and once when it had ended", s.counts)
	}
}

func TestAFaultOfCountingIsANumberAndNoOldNumberIsTold(t *testing.T) {
	t.Parallel()
	now := at(10)
	s := &slow{DB: sent(t), now: &now}
	m := watched(s, &now)
	scrape(t, m)
	s.broken, now = errors.New("disk"), at(20)
	said := scrape(t, m)
	want(t, said, `tidings_count_faults_total 1`)
	if strings.Contains(said, "\ntidings_queue_mails{") {
		t.Errorf("it tells what it does not know:\n%s", said)
	}
}

func TestConnectionsAreCountedUntilTheyAreClosed(t *testing.T) {
	t.Parallel()
	now := at(0)
	m := watched(storetest.New(t), &now)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dial := m.Dial("localhost:25", new(net.Dialer).DialContext)
	conn, err := dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	want(t, scrape(t, m), `tidings_relay_connections{relay="localhost:25"} 1`)
	for range 2 { // whoever gives up closes it once more
		_ = conn.Close()
	}
	if _, err := dial(t.Context(), "tcp", "127.0.0.1:1"); err == nil {
		t.Error("port 1 answers")
	}
	want(t, scrape(t, m), `tidings_relay_connections{relay="localhost:25"} 0`)
}

func TestTheBreakerTellsSinceWhen(t *testing.T) {
	t.Parallel()
	now, since := at(0), time.Time{}
	m := watched(storetest.New(t), &now)
	m.Breaker("a:25", func() time.Time { return since })
	m.Breaker("b:25", func() time.Time { return time.Time{} })
	m.Allowed("a:25", func() int { return 4 })
	want(t, scrape(t, m), `tidings_relay_breaker_open{relay="a:25"} 0`, `tidings_relay_breaker_since_timestamp_seconds{relay="a:25"} 0`)
	since = time.Unix(1000, 0)
	want(t, scrape(t, m), `tidings_relay_breaker_open{relay="a:25"} 1`, `tidings_relay_breaker_since_timestamp_seconds{relay="a:25"} 1000`,
		`tidings_relay_breaker_open{relay="b:25"} 0`, `tidings_relay_connections_allowed{relay="a:25"} 4`)
}

func TestRequestsAreCountedByWhatTheyAskForAndNameNobody(t *testing.T) {
	t.Parallel()
	now := at(0)
	m := watched(storetest.New(t), &now)
	h := m.Requests(http.NotFoundHandler())
	for _, path := range []string{"/", "/feeds", "/feeds/all.atom", "/feeds/mine/secret.atom", "/u/secret", "/me/secret", "/releases/a"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	}
	said := scrape(t, m)
	want(t, said,
		`tidings_http_requests_total{code="404",method="get",of="feed"} 2`,
		`tidings_http_requests_total{code="404",method="get",of="own"} 2`,
		`tidings_http_requests_total{code="404",method="get",of="page"} 2`,
		`tidings_http_requests_total{code="404",method="get",of="release"} 1`)
	if strings.Contains(said, "secret") {
		t.Error("a reader's secret is in it")
	}
}
