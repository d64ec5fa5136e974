package digest_test

import (
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store"
)

var planned = flag.Int("planned", 20_000, "subscribers of BenchmarkPlanAMillion")

// BenchmarkPlanAMillion plans a daily run for subscribers who chose four of forty topics each, with 200 releases in it. It tells how long
// that held the writer, by another one who asks for it all the time, and the memory at its highest. Whole:
//
//	go test ./digest -run - -bench PlanAMillion -benchtime 1x -planned 1000000
func BenchmarkPlanAMillion(b *testing.B) {
	path := filepath.Join(b.TempDir(), "plan.db")
	db, err := store.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	inhabit(b, db, path, *planned)
	p := digest.Planner{Ledger: db, Cadences: cadences(b), Site: site()}
	now, n := epoch(), 0
	for b.Loop() {
		b.StopTimer()
		for range 200 {
			n++
			publishOne(b, db, n, now)
		}
		now = now.Add(24 * time.Hour)
		runtime.GC()
		debug.FreeOSMemory()
		stop := watchWriter(b, db, now)
		_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // the peak of memory begins anew
		b.ReportMetric(float64(peakMemory()), "MB-before")
		before := processorTime()
		b.StartTimer()
		runs, err := p.Plan(b.Context(), now)
		b.StopTimer()
		if err != nil || len(runs) != 1 {
			b.Fatal(len(runs), err)
		}
		b.ReportMetric((processorTime() - before).Seconds(), "s-processor")
		b.ReportMetric(float64(stop().Milliseconds()), "ms-writer-held")
		b.ReportMetric(float64(peakMemory()), "MB-peak")
		b.StartTimer()
	}
}

// inhabit writes the subscribers into the file, as an import leaves them.
func inhabit(b *testing.B, db *store.DB, path string, n int) {
	b.Helper()
	for i := range 40 {
		topic := tidings.Topic{Slug: fmt.Sprintf("topic-%d", i+1), Names: map[string]string{"en": fmt.Sprint("Topic ", i+1)}, Order: i}
		if _, err := db.SaveTopic(b.Context(), &topic, epoch(), "test"); err != nil {
			b.Fatal(err)
		}
	}
	file, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_busy_timeout=5000")
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	tx, err := file.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(2026, 11))
	filters := map[string]int{}
	for i := 1; i <= n; i++ {
		topics := make([]string, 4)
		for k, topic := range rnd.Perm(40)[:4] {
			topics[k] = fmt.Sprintf("topic-%d", topic+1)
		}
		f, err := tidings.ParseFilter("topic:" + strings.Join(topics, ","))
		if err != nil {
			b.Fatal(err)
		}
		id, known := filters[f.String()]
		if !known {
			id = len(filters) + 1
			filters[f.String()] = id
			if _, err := tx.Exec(`INSERT INTO filters VALUES (?, ?)`, id, f.String()); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := tx.Exec(`INSERT INTO subscribers (id, address, language, state, basis, recorded_by, created, multi)
			VALUES (?1, 'reader.' || ?1 || '@host.example.org', ?2, 'active', 'import', 'test', 1, 0)`, i, []string{"ko", "en"}[rnd.IntN(8)/5]); err != nil {
			b.Fatal(err)
		}
		if _, err := tx.Exec(`INSERT INTO subscriptions (id, subscriber_id, cadence, filter_id, zone, hour, created, since)
			VALUES (?1, ?1, 'daily', ?2, 'Asia/Seoul', -1, 1, 1)`, i, id); err != nil {
			b.Fatal(err)
		}
		if _, err := tx.Exec(`INSERT INTO positions VALUES (?, 0)`, i); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func publishOne(b *testing.B, db *store.DB, n int, now time.Time) {
	b.Helper()
	rnd := rand.New(rand.NewPCG(uint64(n), 1))
	topics := make([]string, 1+rnd.IntN(3))
	for i, topic := range rnd.Perm(40)[:len(topics)] {
		topics[i] = fmt.Sprintf("topic-%d", topic+1)
	}
	r := tidings.Release{
		Source: fmt.Sprint(n), Slug: fmt.Sprint("r", n), Language: "en", Title: fmt.Sprint("Release ", n), Status: tidings.Published,
		Topics: topics, TopicsByHand: true, Body: tidings.Body{Text: strings.Repeat("The ministry said on the day. ", 130)},
	}
	if _, err := db.Save(b.Context(), site(), &r, now, "test"); err != nil {
		b.Fatal(err)
	}
}

// watchWriter asks for the writer over and over, and says how long it had to wait at most.
func watchWriter(b *testing.B, db *store.DB, now time.Time) (stop func() time.Duration) {
	b.Helper()
	ended, done := make(chan struct{}), make(chan time.Duration)
	go func() {
		var worst time.Duration
		for {
			select {
			case <-ended:
				done <- worst
				return
			case <-time.After(time.Millisecond):
			}
			start := time.Now()
			_ = db.Settle(b.Context(), []tidings.Outcome{{Delivery: 1, State: tidings.DeliverySent, At: now}}) // there is none: it changes nothing
			worst = max(worst, time.Since(start))
		}
	}()
	return func() time.Duration {
		close(ended)
		return <-done
	}
}

// processorTime is what the process has used.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// peakMemory is the most that the process had resident, in MB; 0: this system does not say.
func peakMemory() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0
	}
	return kilobytes / 1000
}
