package mailer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

const wireConnections = 8

// bare writes the same message again and again, over as many connections, as fast as the relay takes them: one round trip each. It does
// what it is to do before each.
func bare(tb testing.TB, s *sink, mails int, message []byte, before func()) {
	tb.Helper()
	var left atomic.Int64
	left.Store(int64(mails))
	var crew sync.WaitGroup
	for range wireConnections {
		crew.Go(func() {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				tb.Error(err)
				return
			}
			defer conn.Close()
			r := bufio.NewReader(conn)
			hearAll := func(n int) {
				for range n {
					if _, _, err := hear(r); err != nil {
						tb.Error(err)
					}
				}
			}
			hearAll(1)
			_, _ = io.WriteString(conn, "EHLO bare\r\n")
			hearAll(1)
			const next = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
			_, _ = io.WriteString(conn, next)
			hearAll(3)
			one := append(bytes.Clone(message), ".\r\n"+next...)
			for left.Add(-1) >= 0 {
				before()
				_, _ = conn.Write(one)
				hearAll(4)
			}
		})
	}
	crew.Wait()
}

// BenchmarkWire sends mails of 20 KB over eight connections, by a bare program, by one that has a line on the disk before each body and does
// nothing else, and by the whole way: claimed, filled, sent, on the disk before the next body. The relay is one that does as little as it
// can, at once and from far away, or Postfix's own. Set -benchtime to a number of mails (20000x).
func BenchmarkWire(b *testing.B) {
	for _, to := range []string{"away=0s", "away=5ms", "smtp-sink"} {
		relay := postfixSink
		if away, is := strings.CutPrefix(to, "away="); is {
			relay = func(tb testing.TB) *sink { return newSink(tb, must(time.ParseDuration(away))(tb)) }
		}
		b.Run("bare/"+to, func(b *testing.B) {
			s := relay(b)
			o := fullOutbox(b, 1, s.port(b))
			message := o.message(b)
			b.SetBytes(int64(len(message)))
			b.ResetTimer()
			bare(b, s, b.N, message, func() {})
			report(b, s)
		})
		b.Run("noted/"+to, func(b *testing.B) {
			s := relay(b)
			o := fullOutbox(b, 1, s.port(b))
			message := o.message(b)
			l := newLedger(&drain{Mailer: o.mailer, hard: b.Context(), claims: make(chan struct{}, 1)})
			b.SetBytes(int64(len(message)))
			b.ResetTimer()
			bare(b, s, b.N, message, func() {
				begun := []tidings.Trace{{Step: tidings.TraceBegun, MessageID: "one@example.org"}}
				if n := l.write(note{begun, make(chan noted, 1)}); n.err != nil {
					b.Error(n.err)
				}
			})
			l.close()
			report(b, s)
		})
		b.Run("whole/"+to, func(b *testing.B) {
			s := relay(b)
			o := fullOutbox(b, b.N, s.port(b))
			b.SetBytes(int64(len(o.message(b))))
			b.ResetTimer()
			sum := must(o.mailer.Drain(b.Context()))(b)
			report(b, s)
			if sum.Sent != b.N || s.counts && s.taken(b) != b.N {
				b.Errorf("%+v", sum)
			}
		})
	}
}

func report(b *testing.B, s *sink) {
	b.Helper()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()*s.roundtrip.Seconds()/wireConnections, "mails/roundtrip")
	b.ReportMetric(s.roundtrip.Seconds()*1000, "ms/roundtrip")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-sys")
}

type outboxFull struct {
	db     *store.DB
	mailer *Mailer
}

// fullOutbox has mails of some 20 KB waiting, in a file that is as durable as the product's.
func fullOutbox(b *testing.B, mails, port int) *outboxFull {
	b.Helper()
	path := filepath.Join(b.TempDir(), "tidings.db")
	db := must(store.Open(b.Context(), path, store.Volatile(), store.Keyed(testKeys(b))))(b)
	fillBench(b, db, mails)
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	db = must(store.Open(b.Context(), path, store.Keyed(testKeys(b))))(b)
	b.Cleanup(func() { _ = db.Close() })
	relay := &Relay{Host: "127.0.0.1", Port: port, Security: Plain}
	m := must(New(Config{
		Relay: relay, Composer: testComposer(b), Outbox: db, Journal: db, Editions: db, Connections: wireConnections,
	}))(b)
	return &outboxFull{db: db, mailer: m}
}

func (o *outboxFull) message(b *testing.B) []byte {
	b.Helper()
	ctx := b.Context()
	d := must(o.db.Claim(ctx, time.Now().Add(time.Hour), 1))(b)
	message := must(o.mailer.forms.message(ctx, nil, &d[0], time.Now()))(b)
	if err := o.db.Settle(ctx, []tidings.Outcome{putBack(&d[0], "", time.Now())}); err != nil {
		b.Fatal(err)
	}
	return message
}

// fillBench has readers, and releases enough for a mail of 20 KB.
func fillBench(b *testing.B, db *store.DB, mails int) {
	b.Helper()
	ctx, now := b.Context(), time.Now()
	topics := testTopics()
	for i := range topics {
		must(db.SaveTopic(ctx, &topics[i], now, "test"))(b)
	}
	for n := 0; n < mails; {
		part := make([]tidings.Enrolment, min(500, mails-n))
		for i := range part {
			n++
			part[i].Subscriber = tidings.Subscriber{
				Address: fmt.Sprintf("reader.%d@example.org", n), Language: "en", State: tidings.Active,
				Consent:       tidings.Consent{Basis: "a list", By: "test", At: now},
				Subscriptions: []tidings.Subscription{{Cadence: tidings.Weekly, Zone: "UTC", Hour: tidings.AnyHour}},
			}
		}
		must(db.Enrol(ctx, part, now, "test"))(b)
	}
	for n := 1; n <= 9; n++ {
		r := testRelease(0, "en", fmt.Sprintf("Release number %d of the ministry's", n), "What it is about.", "energy")
		r.Slug, r.Source, r.Status = fmt.Sprintf("release-number-%d", n), fmt.Sprintf("test:%d", n), tidings.Published
		r.Summary = strings.Repeat("The commission met for the second time and approved four agendas. ", 5)
		r.Body = tidings.Body{Format: tidings.Markdown, Source: "Text.", HTML: "<p>Text.</p>", Text: "Text."}
		r.Published, r.Updated = now, now
		must(db.Save(ctx, testSite(), &r, now, "test"))(b)
	}
	if runs := must(planner(b, db).Force(ctx, now, tidings.Weekly))(b); len(runs) != 1 {
		b.Fatalf("%d runs", len(runs))
	}
}
