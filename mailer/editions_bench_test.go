package mailer

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// BenchmarkManyEditions sends to readers who each chose 4 of 40 topics, of 200 releases: nearly every mail is an edition of its own. Set
// -benchtime to a number of mails (5000x).
func BenchmarkManyEditions(b *testing.B) {
	path := filepath.Join(b.TempDir(), "tidings.db")
	db := must(store.Open(b.Context(), path, store.Volatile(), store.Keyed(testKeys(b))))(b)
	b.Cleanup(func() { _ = db.Close() })
	ctx, now := b.Context(), time.Now()
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		topic := tidings.Topic{Slug: fmt.Sprintf("t%d", n), Order: n, Names: map[string]string{"en": fmt.Sprintf("Topic %d", n)}}
		must(db.SaveTopic(ctx, &topic, now, "test"))(b)
	}
	for n := 0; n < b.N; {
		part := make([]tidings.Enrolment, min(500, b.N-n))
		for i := range part {
			n++
			topics := random.Perm(40)[:4]
			s := storetest.To(b, tidings.Weekly, fmt.Sprintf("topic:t%d,t%d,t%d,t%d", topics[0], topics[1], topics[2], topics[3]))
			s.Zone = "UTC"
			part[i].Subscriber = tidings.Subscriber{
				Address: fmt.Sprintf("reader.%d@example.org", n), Language: "en", State: tidings.Active,
				Consent: tidings.Consent{Basis: "a list", By: "test", At: now}, Subscriptions: []tidings.Subscription{s},
			}
		}
		must(db.Enrol(ctx, part, now, "test"))(b)
	}
	for n := 1; n <= 200; n++ {
		r := testRelease(0, "en", fmt.Sprintf("Release number %d", n), "The commission met and approved four agendas.", fmt.Sprintf("t%d", n%40))
		r.Slug, r.Source, r.Status = fmt.Sprintf("release-%d", n), fmt.Sprintf("test:%d", n), tidings.Published
		r.Body = tidings.Body{Format: tidings.Markdown, Source: "Text.", HTML: "<p>Text.</p>", Text: "Text."}
		r.Published, r.Updated = now, now
		must(db.Save(ctx, testSite(), &r, now, "test"))(b)
	}
	plan := &digest.Planner{Ledger: db, Site: testSite(), Cadences: tidings.Cadences{{Name: tidings.Weekly}}}
	must(plan.Force(ctx, now, tidings.Weekly))(b)
	s := newSink(b, 0)
	relay := &Relay{Host: "127.0.0.1", Port: s.port(b), Security: Plain}
	m := must(New(Config{
		Relay: relay, Composer: testComposer(b), Outbox: db, Journal: db, Editions: db, Connections: wireConnections,
	}))(b)
	b.ResetTimer()
	if sum := must(m.Drain(ctx))(b); sum.Sent != b.N {
		b.Errorf("%+v", sum)
	}
	report(b, s)
}
