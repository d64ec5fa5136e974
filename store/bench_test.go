package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// BenchmarkOutbox claims and settles in fifties, as the mailer does.
func BenchmarkOutbox(b *testing.B) {
	db := storetest.New(b)
	for i := range 5_000 {
		storetest.Subscribe(b, db, at(0), fmt.Sprintf("s%d@example.org", i), storetest.To(b, tidings.Daily, ""))
	}
	n := 0
	for b.Loop() {
		claimed, err := db.Claim(b.Context(), at(n), 50)
		if err != nil {
			b.Fatal(err)
		}
		if len(claimed) == 0 {
			b.StopTimer()
			n++
			storetest.Save(b, db, at(n), tidings.Release{Slug: fmt.Sprintf("r-%d", n)})
			run := newRun(tidings.Daily, at(n).Add(-time.Minute))
			if _, err := db.OpenRun(b.Context(), run, takeAll(&run.UpTo)); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			continue
		}
		outcomes := make([]tidings.Outcome, len(claimed))
		for i, d := range claimed {
			outcomes[i] = tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySent, Attempts: 1, Reply: "250 ok", At: at(n)}
		}
		if err := db.Settle(b.Context(), outcomes); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReleases reads first pages of an archive of 20,000.
func BenchmarkReleases(b *testing.B) {
	db := archive(b, 20_000)
	for _, sel := range []tidings.Selection{{}, {Topic: "t7"}, {Language: "ko"}} {
		b.Run(sel.Filter(), func(b *testing.B) {
			for b.Loop() {
				if all, err := db.Releases(b.Context(), tidings.Query{Selection: sel, Limit: 20}); err != nil || len(all) != 20 {
					b.Fatal(len(all), err)
				}
			}
		})
	}
}

func archive(b *testing.B, n int) *store.DB {
	b.Helper()
	db := storetest.New(b)
	for i := range 40 {
		storetest.Topics(b, db, at(0), fmt.Sprintf("t%d", i))
	}
	languages := []string{"en", "ko", "en", "en"}
	for i := range n {
		storetest.Save(b, db, at(0), tidings.Release{
			Slug: fmt.Sprintf("r%d", i), Published: at(-i), Language: languages[i%4], Topics: []string{fmt.Sprintf("t%d", i%40)},
		})
	}
	return db
}
