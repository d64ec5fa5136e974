package store

import (
	"testing"

	"github.com/tidings/tidings"
)

// allWait is a database in which a run of n deliveries waits, for readers at a thousand domains.
func allWait(b *testing.B, n int) *DB {
	b.Helper()
	db, err := Open(b.Context(), b.TempDir()+"/t.db", Volatile())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO runs (cadence, zone, hour, due, kind, upto, created, domain)
			VALUES ('daily', 'UTC', -1, 1, 'scheduled', 0, 1, 'x'), ('immediate', '', -1, 2, 'scheduled', 0, 2, 'x')`, nil},
		{`INSERT INTO editions (id, language, entries) VALUES (1 << 25 | 1, 'en', ','), (2 << 25 | 1, 'en', ',')`, nil},
		{`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO subscribers (address, language, state, basis, recorded_by, created, multi)
			SELECT 'reader' || i || '@d' || (i % 1000) || '.example.org', 'en', 'active', '', '', 1, 0 FROM n`, []any{n}},
		{`INSERT INTO deliveries (id, edition_id, state, next_at) SELECT 1 << 25 | id, 1 << 25 | 1, 'pending', 1 FROM subscribers WHERE id <= ?`, []any{n}},
		{`INSERT INTO deliveries (id, edition_id, state, next_at) SELECT 2 << 25 | id, 2 << 25 | 1, 'pending', 2 FROM subscribers WHERE id <= ? / 1000`, []any{n}},
	} {
		if _, err := db.writer.ExecContext(b.Context(), q.query, q.args...); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// BenchmarkAnswersWhileARunWaits asks about a run to everybody that waits, as docs/operate.md says it:
//
//	go test ./store -run - -bench AnswersWhileARunWaits -benchtime 2x -visitors 1000000
func BenchmarkAnswersWhileARunWaits(b *testing.B) {
	db := allWait(b, *visitors)
	ctx := b.Context()
	b.Run("backlog", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Backlog(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("progress", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Progress(ctx, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("queue", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Queue(ctx, at(0)); err != nil {
				b.Fatal(err)
			}
		}
	})
	claim := func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			d, err := db.Claim(ctx, at(0), 10)
			if err != nil {
				b.Fatal(err)
			}
			var back []tidings.Outcome
			for i := range d {
				back = append(back, tidings.Outcome{Delivery: d[i].ID, State: d[i].State, Next: d[i].Next, At: at(0)})
			}
			if err := db.Settle(ctx, back); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("claim", claim)
	hold := func(run int64) {
		if err := db.Hold(ctx, tidings.Hold{Run: run, By: tidings.HeldByDesk}, at(0), "b"); err != nil {
			b.Fatal(err)
		}
	}
	hold(1)
	b.Run("claim-behind-a-held-run", claim)
	hold(0)
	b.Run("claim-while-all-is-held", claim)
	b.Run("cancel", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Cancel(ctx, 1, "enough", at(0), "b"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
