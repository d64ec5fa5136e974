package store

import (
	"fmt"
	"testing"

	"github.com/tidings/tidings"
)

// BenchmarkOpenRun opens a daily run for 100,000 subscribers, who chose one of 1,000 filters each; one in ten has a second
// subscription. Each run has one new release, which all of them get.
func BenchmarkOpenRun(b *testing.B) {
	db, err := Open(b.Context(), b.TempDir()+"/t.db", Volatile())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) `
	for _, q := range []string{
		numbers + `INSERT INTO subscribers SELECT i, 's' || i || '@example.org', iif(i % 3, 'en', 'ko'), 'active',
			NULL, '', '', NULL, 1, NULL, i % 10 = 0 FROM n`,
		numbers + `INSERT INTO filters SELECT i, 'word' || i FROM n WHERE i <= 1000`,
		`INSERT INTO subscriptions (subscriber_id, cadence, filter_id, zone, hour, position, created, since)
			SELECT id, 'daily', 1 + id % 1000, 'Asia/Seoul', -1, 0, 1, 1 FROM subscribers`,
		`INSERT INTO subscriptions (subscriber_id, cadence, filter_id, zone, hour, position, created, since)
			SELECT id, 'weekly', 1, 'Asia/Seoul', -1, 0, 1, 1 FROM subscribers WHERE multi`,
	} {
		if _, err := db.writer.ExecContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	n := 0
	for b.Loop() {
		n++
		r := tidings.Release{Source: fmt.Sprint(n), Slug: "a", Language: "en", Title: "A", Status: tidings.Published}
		if _, err := db.Save(b.Context(), site, &r, at(n), "test"); err != nil {
			b.Fatal(err)
		}
		run := tidings.Run{
			Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour},
			Kind: tidings.ScheduledRun, Due: at(n), Created: at(n),
		}
		opened, err := db.OpenRun(b.Context(), &run, func(cohorts []tidings.Cohort, _ []tidings.Candidate) ([]tidings.Decision, error) {
			decisions := make([]tidings.Decision, len(cohorts))
			for i := range decisions {
				decisions[i] = tidings.Decision{Position: run.UpTo, Entries: []tidings.Entry{{Release: r.ID, Revision: 1}}}
			}
			return decisions, nil
		})
		if err != nil || !opened {
			b.Fatal(opened, err)
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}
