package store

import (
	"context"
	"errors"
	"testing"

	"github.com/tidings/tidings"
)

// lostMany is a database whose run for so many readers is lost, and the Message-IDs of its mails.
func lostMany(t testing.TB, db *DB, readers int) (sent map[string]bool) {
	t.Helper()
	run := dailyRun()
	run.ID, run.UpTo = 1, 1
	sent = make(map[string]bool, readers)
	for n := range readers {
		sent[run.MessageID(int64(n+1))] = true
	}
	j, err := makeJournal(journalPath(db.path), "lost", 0)
	if err != nil {
		t.Fatal(err)
	}
	about := func(int64) (tracedRun, error) { return tracedRun{Run: *run}, nil }
	if err := errors.Join(j.add([]tidings.Trace{begunOf(1, "a@x")}, about), j.close()); err != nil {
		t.Fatal(err)
	}
	return sent
}

func moved(t *testing.T, db *DB) (n int) {
	t.Helper()
	if err := db.readers.QueryRowContext(t.Context(), `SELECT count(*) FROM positions WHERE position = 1`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Readers are moved some thousands at a time, and each time the log says so, since runs that are being decided look there.
func TestTheReadersOfALostRunAreMovedInSteps(t *testing.T) {
	t.Parallel()
	const readers = 2*lostBatch + 1
	db := many(t, readers, readers)
	sent := lostMany(t, db, readers)
	ctx, stop := context.WithCancel(t.Context())
	looked := 0
	if _, err := db.Reconcile(ctx, at(30), func(id string) bool {
		if looked++; looked == lostBatch+1 {
			stop()
		}
		return sent[id]
	}, true); err == nil {
		t.Fatal("it was not cut off")
	}
	if n := moved(t, db); n != lostBatch {
		t.Errorf("cut off, %d are moved", n)
	}
	before, err := stampOf(t.Context(), db.readers)
	if err != nil {
		t.Fatal(err)
	}
	r, err := db.Reconcile(t.Context(), at(31), func(id string) bool { return sent[id] }, true)
	if err != nil || r.Readers != readers-lostBatch || moved(t, db) != readers {
		t.Errorf("then %+v, %v", r, err)
	}
	if after, err := stampOf(t.Context(), db.readers); err != nil || after != before+2 {
		t.Errorf("%d and %d, %v", before, after, err)
	}
}

// BenchmarkReconcileALostRun looks for all of 100,000 readers, and moves them.
func BenchmarkReconcileALostRun(b *testing.B) {
	db := withReaders(b)
	save(b, db, 1, "a", "")
	sent := lostMany(b, db, readers)
	for b.Loop() {
		b.StopTimer()
		if _, err := db.writer.ExecContext(b.Context(), `UPDATE positions SET position = 0`); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		r, err := db.Reconcile(b.Context(), at(30), func(id string) bool { return sent[id] }, true)
		if err != nil || r.Readers != readers {
			b.Fatalf("%+v, %v", r, err)
		}
	}
}
