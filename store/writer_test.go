package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// longestWait does something, and gives the longest time for which somebody else waited for the writer meanwhile.
func longestWait(t *testing.T, db *DB, do func() error) (longest time.Duration) {
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
func crowd(t *testing.T, db *DB, people int, state string) {
	t.Helper()
	Exec(t, db, fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO subscribers (id, address, language, state, basis, recorded_by, created, left_at, multi)
		SELECT i, 's' || i || '@example.org', 'en', '%s', '', '', 1, 1, 0 FROM n`, people, state))
}

// pastRuns has so many runs, each with an edition.
func pastRuns(t *testing.T, db *DB, runs int) {
	t.Helper()
	for _, q := range []string{
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO runs (id, cadence, zone, hour, due, kind, upto, created, domain) SELECT i, 'daily', 'UTC', -1, i, 'scheduled', 0, i, 'x.org' FROM n`, runs),
		`INSERT INTO editions (id, language, entries) SELECT id << 25 | 1, 'en', ',' FROM runs`,
	} {
		Exec(t, db, q)
	}
}

// What a command or the daemon does at its leisure is no reason for others to wait: a run is planned without holding the writer for longer.
//
//nolint:paralleltest // it times what it does
func TestNobodyWaitsLongForTheWriterWhateverIsDone(t *testing.T) {
	if testing.Short() {
		t.Skip("it times what is done to a hundred thousand rows")
	}
	const most = 250 * time.Millisecond
	for _, c := range []struct {
		promise string
		have    func(*testing.T, *DB)
		do      func(*DB) error
	}{
		{"to take up all mails of a large run again", func(t *testing.T, db *DB) {
			t.Helper()
			crowd(t, db, 200_000, "active")
			pastRuns(t, db, 1)
			Exec(t, db, `INSERT INTO deliveries (id, edition_id, state, reply) SELECT 1 << 25 | id, 1 << 25 | 1, 'held', 'refused' FROM subscribers`)
		}, func(db *DB) error {
			n, err := db.Retry(t.Context(), 1, at(100), "test")
			if n != 200_000 {
				t.Errorf("%d are back", n)
			}
			return err
		}},
		{"to drop a release from a run with many editions", func(t *testing.T, db *DB) {
			t.Helper()
			Exec(t, db, `INSERT INTO runs (cadence, zone, hour, due, kind, upto, created, domain, cursor, goes_at)
				VALUES ('daily', 'UTC', -1, 1, 'scheduled', 1, 1, 'x.org', 1 << 25, 9000)`)
			Exec(t, db, `PRAGMA foreign_keys = off`)
			Exec(t, db, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
				INSERT INTO run_entries (id, release_id, revision, section, kind) SELECT 1 << 25 | i, i, 1, '', '' FROM n`)
			Exec(t, db, fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
				INSERT INTO editions (id, language, entries) SELECT 1 << 25 | i, 'en', '%s' || iif(i %% 2, '17,', '20,') FROM n`,
				",1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,18,19,"))
		}, func(db *DB) error {
			n, err := db.Drop(t.Context(), 1, 17, "", at(1), "test")
			if n != 50_000 {
				t.Errorf("%d editions had it", n)
			}
			return err
		}},
		{"to forget people after years of runs", func(t *testing.T, db *DB) {
			t.Helper()
			crowd(t, db, 100, "left")
			pastRuns(t, db, 20_000)
		}, func(db *DB) error {
			n, err := db.forgetSubscribers(t.Context(), 100, at(100))
			if n != 100 {
				t.Errorf("%d are forgotten", n)
			}
			return err
		}},
		{"to end a suppression where many are suppressed", func(t *testing.T, db *DB) {
			t.Helper()
			crowd(t, db, 100_000, "suppressed")
			if _, err := db.Suppress(t.Context(), "s77@example.org", "for a while", at(50), at(1), "test"); err != nil {
				t.Fatal(err)
			}
		}, func(db *DB) error {
			_, err := db.ResumeDue(t.Context(), at(100))
			if s, err := db.Subscriber(t.Context(), "s77@example.org"); err != nil || s.State != tidings.Left {
				t.Errorf("%s %v", s.State, err)
			}
			return err
		}},
	} {
		least := time.Hour
		for range 3 { // the machine may have been busy with something else
			db := open(t)
			c.have(t, db)
			if least = min(least, longestWait(t, db, func() error { return c.do(db) })); least <= most {
				break
			}
		}
		if least > most {
			t.Errorf("%s, somebody waited for %s", c.promise, least)
		}
	}
}
