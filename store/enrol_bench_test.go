package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

// BenchmarkEnrol takes in parts of a list as large as an import makes them: subscribers a second is what counts.
func BenchmarkEnrol(b *testing.B) {
	db := storetest.New(b)
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	const size = 500
	n := 0
	for b.Loop() {
		part := make([]tidings.Enrolment, size)
		for i := range part {
			n++
			part[i].Subscriber = tidings.Subscriber{
				Address: fmt.Sprintf("reader.%d@example.org", n), Language: "en", State: tidings.Active,
				Consent:       tidings.Consent{Basis: "a list", By: "test", At: now},
				Subscriptions: []tidings.Subscription{storetest.To(b, tidings.Weekly, fmt.Sprintf("topic:t%d,t%d,t%d,t%d", n%40, n/40%40, n/7%40, n/3%40))},
			}
			part[i].Subscriber.Subscriptions[0].Zone = "Asia/Seoul"
		}
		if _, err := db.Enrol(b.Context(), part, now, "test"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "subscribers/s")
}
