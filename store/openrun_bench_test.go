package store

import (
	"fmt"
	"testing"

	"github.com/tidings/tidings"
)

// The readers of the benchmarks, who chose one of 1,000 filters each; one in ten has a second subscription.
const readers = 100_000

// BenchmarkOpenRun opens a daily run for all readers. Each run has one new release, which all of them get.
func BenchmarkOpenRun(b *testing.B) {
	db := withReaders(b)
	n := 0
	for b.Loop() {
		n++
		save(b, db, n, fmt.Sprint(n), "")
		openForAll(b, db, n)
	}
	b.ReportMetric(readers*float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

// BenchmarkOpenRunWithACorrection is the same, but what each run has is a correction of a release that three in four got.
func BenchmarkOpenRunWithACorrection(b *testing.B) {
	db := withReaders(b)
	save(b, db, 1, "steel", "")
	openForAll(b, db, 1)
	if _, err := db.writer.ExecContext(b.Context(), `UPDATE deliveries SET state = 'failed' WHERE id % 4 = 0`); err != nil {
		b.Fatal(err)
	}
	n := 1
	for b.Loop() {
		n++
		save(b, db, n, "steel", fmt.Sprintf("Revision %d is right.", n))
		openForAll(b, db, n)
	}
	b.ReportMetric(readers*float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

func withReaders(b *testing.B) *DB {
	b.Helper()
	return withSubscribers(b, readers)
}

func withSubscribers(b *testing.B, readers int) *DB {
	b.Helper()
	db, err := Open(b.Context(), b.TempDir()+"/t.db", Volatile())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	numbers := fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) `, readers)
	for _, q := range []string{
		numbers + `INSERT INTO subscribers (id, address, language, state, basis, recorded_by, created, multi)
			SELECT i, 's' || i || '@example.org', iif(i % 3, 'en', 'ko'), 'active',
			'', '', 1, i % 10 = 0 FROM n`,
		numbers + `INSERT INTO filters SELECT i, 'word' || i FROM n WHERE i <= 1000`,
		`INSERT INTO subscriptions (subscriber_id, cadence, filter_id, zone, hour, created, since)
			SELECT id, 'daily', 1 + id % 1000, 'Asia/Seoul', -1, 1, 1 FROM subscribers`,
		`INSERT INTO subscriptions (subscriber_id, cadence, filter_id, zone, hour, created, since)
			SELECT id, 'weekly', 1, 'Asia/Seoul', -1, 1, 1 FROM subscribers WHERE multi`,
		`INSERT INTO positions SELECT id, 0 FROM subscriptions`,
	} {
		if _, err := db.writer.ExecContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// save publishes a release; with a note, it corrects it.
func save(b *testing.B, db *DB, n int, source, note string) {
	b.Helper()
	r := tidings.Release{
		Source: source, Slug: "a", Language: "en", Title: fmt.Sprint("A", n), Status: tidings.Published, Note: note,
	}
	if _, err := db.Save(b.Context(), &tidings.Site{TagEntity: "news.example.org,2026"}, &r, at(n), "test"); err != nil {
		b.Fatal(err)
	}
}

// openForAll opens the run in which everybody gets what is new, and is told what they are owed.
func openForAll(b *testing.B, db *DB, n int) {
	b.Helper()
	run := tidings.Run{
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour},
		Kind: tidings.ScheduledRun, Due: at(n), Created: at(n),
	}
	opened, err := db.OpenRun(b.Context(), &run, func(cohorts []tidings.Cohort, all []tidings.Candidate) ([]tidings.Decision, error) {
		decisions := make([]tidings.Decision, len(cohorts))
		for i := range decisions {
			decisions[i].Position = run.UpTo
			for _, c := range all {
				if c.Kind == tidings.NewEntry || cohorts[i].Owed[c.Release.ID] {
					decisions[i].Entries = append(decisions[i].Entries,
						tidings.Entry{Release: c.Release.ID, Revision: c.Release.Revision, Kind: c.Kind})
				}
			}
		}
		return decisions, nil
	})
	if err != nil || !opened {
		b.Fatal(opened, err)
	}
}
