package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// longestWait does something, and gives the longest time for which somebody else waited for the writer meanwhile.
func longestWait(t testing.TB, db *DB, do func() error) (longest time.Duration) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return longest
		default:
		}
		asked := time.Now()
		if err := db.write(t.Context(), at(1), "test", func(*tx) error { return errUnchanged }); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(asked))
	}
}

// crowd has so many subscribers in a state.
func crowd(t testing.TB, db *DB, people int, state string) {
	t.Helper()
	Exec(t, db, fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO subscribers (id, address, language, state, basis, recorded_by, created, left_at, multi)
		SELECT i, 's' || i || '@example.org', 'en', '%s', '', '', 1, 1, 0 FROM n`, people, state))
}

// pastRuns has so many runs, each with an edition.
func pastRuns(t testing.TB, db *DB, runs int) {
	t.Helper()
	for _, q := range []string{
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO runs (id, cadence, zone, hour, due, kind, upto, created, domain) SELECT i, 'daily', 'UTC', -1, i, 'scheduled', 0, i, 'x.org' FROM n`, runs),
		`INSERT INTO editions (id, language, entries) SELECT id << 25 | 1, 'en', ',' FROM runs`,
	} {
		Exec(t, db, q)
	}
}

// BenchmarkWriterHeld gives how long somebody else waited for the writer, at the most, while a command or the daemon did what it does at its
// leisure to a hundred thousand rows: no longer than for a run that is planned.
//
//	go test ./store -run - -bench WriterHeld -benchtime 3x
func BenchmarkWriterHeld(b *testing.B) {
	for _, c := range []struct {
		what string
		have func(testing.TB, *DB)
		do   func(*DB) error
	}{
		{"retry a run of 200,000", func(b testing.TB, db *DB) {
			b.Helper()
			crowd(b, db, 200_000, "active")
			pastRuns(b, db, 1)
			Exec(b, db, `INSERT INTO deliveries (id, edition_id, state, reply) SELECT 1 << 25 | id, 1 << 25 | 1, 'held', 'refused' FROM subscribers`)
		}, func(db *DB) error {
			n, err := db.Retry(b.Context(), 1, at(100), "test")
			if n != 200_000 {
				b.Errorf("%d are back", n)
			}
			return err
		}},
		{"drop a release of 100,000 editions", func(b testing.TB, db *DB) {
			b.Helper()
			Exec(b, db, `INSERT INTO runs (cadence, zone, hour, due, kind, upto, created, domain, cursor, goes_at)
				VALUES ('daily', 'UTC', -1, 1, 'scheduled', 1, 1, 'x.org', 1 << 25, 9000)`)
			Exec(b, db, `PRAGMA foreign_keys = off`)
			Exec(b, db, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
				INSERT INTO run_entries (id, release_id, revision, section, kind) SELECT 1 << 25 | i, i, 1, '', '' FROM n`)
			Exec(b, db, fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
				INSERT INTO editions (id, language, entries) SELECT 1 << 25 | i, 'en', '%s' || iif(i %% 2, '17,', '20,') FROM n`,
				",1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,18,19,"))
		}, func(db *DB) error {
			n, err := db.Drop(b.Context(), 1, 17, "", at(1), "test")
			if n != 50_000 {
				b.Errorf("%d editions had it", n)
			}
			return err
		}},
		{"forget 100 people after 20,000 runs", func(b testing.TB, db *DB) {
			b.Helper()
			crowd(b, db, 100, "left")
			pastRuns(b, db, 20_000)
		}, func(db *DB) error {
			n, err := db.forgetSubscribers(b.Context(), 100, at(100))
			if n != 100 {
				b.Errorf("%d are forgotten", n)
			}
			return err
		}},
		{"end one of 100,000 suppressions", func(b testing.TB, db *DB) {
			b.Helper()
			crowd(b, db, 100_000, "suppressed")
			if _, err := db.Suppress(b.Context(), "s77@example.org", "for a while", at(50), at(1), "test"); err != nil {
				b.Fatal(err)
			}
		}, func(db *DB) error {
			_, err := db.ResumeDue(b.Context(), at(100))
			if s, err := db.Subscriber(b.Context(), "s77@example.org"); err != nil || s.State != tidings.Left {
				b.Errorf("%s %v", s.State, err)
			}
			return err
		}},
	} {
		b.Run(c.what, func(b *testing.B) {
			var longest time.Duration
			for b.Loop() {
				b.StopTimer()
				db := open(b)
				c.have(b, db)
				b.StartTimer()
				longest = max(longest, longestWait(b, db, func() error { return c.do(db) }))
			}
			b.ReportMetric(float64(longest.Milliseconds()), "ms-writer-held")
		})
	}
}
