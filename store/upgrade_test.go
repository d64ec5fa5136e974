package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// firstNewsroom is a newsroom as the first program left it, in the words of its schema: that program is gone.
const firstNewsroom = `
INSERT INTO meta VALUES ('configuration', 'abc', 1);
INSERT INTO topics (slug, names, rule, place) VALUES ('energy', '{"en":"Energy"}', 'energy', 0);
INSERT INTO releases (id, uri, source, wanted, language, revision, status, published, reason) VALUES
	(1, 'tag:a', 'file:a', 'a', 'en', 2, 'scheduled', 1000, ''), (2, 'tag:b', 'file:b', 'b', 'ko', 1, 'scheduled', 2000, ''),
	(3, 'tag:c', 'file:c', 'c', 'en', 1, 'draft', NULL, ''), (4, 'tag:d', 'file:d', 'd', 'en', 1, 'scheduled', 9000, ''),
	(5, 'tag:e', 'file:e', 'e', 'en', 1, 'scheduled', 500, ''), (6, 'tag:f', 'file:f', 'f', 'en', 1, 'withdrawn', NULL, 'never public');
INSERT INTO revisions (release_id, revision, at, slug, language, title, summary, format, source, html, text, topics, by_hand, office,
	authors, contact, attachments, note, updated)
SELECT id, n, 1, wanted, language, 'Title ' || wanted || n, '', 'markdown', 'Solar', '<p>Solar</p>', 'Solar',
	'["energy"]', 0, 'Office ' || wanted || n, '["Kim"]', '{"Name":"","Email":"","Phone":""}',
	'[{"Name":"a.pdf","URL":"https://x.example/a.pdf","MediaType":"","Size":0}]', '', NULL
	FROM releases JOIN (SELECT 1 AS n UNION SELECT 2) ON n <= revision;
INSERT INTO slugs SELECT wanted, id FROM releases;
INSERT INTO release_topics SELECT 1, id FROM releases;
INSERT INTO publications (release_id, revision, kind, at) VALUES
	(1, 1, 'published', 10), (5, 1, 'archived', 11), (2, 1, 'published', 12), (1, 2, 'edited', 13), (5, 1, 'withdrawn', 14);
UPDATE releases SET seq = 1, status = 'published' WHERE id = 1;
UPDATE releases SET seq = 3, status = 'published' WHERE id = 2;
UPDATE releases SET seq = 2, status = 'withdrawn', reason = 'wrong' WHERE id = 5;
INSERT INTO marks VALUES ('all', 5, 14), ('topic:energy', 5, 14), ('lang:en', 5, 14), ('lang:ko', 3, 12);
INSERT INTO filters (text) VALUES ('');
INSERT INTO subscribers (address, language, state, basis, recorded_by, created, multi) VALUES
	('kim@example.org', 'en', 'active', 'form', 'kim', 1, 0), ('lee@example.org', 'ko', 'active', 'form', 'kim', 1, 0),
	(NULL, 'en', 'left', '', '', 1, 0);
INSERT INTO subscriptions (subscriber_id, cadence, filter_id, zone, hour, position, created, since) VALUES
	(1, 'daily', 1, 'Asia/Seoul', -1, 3, 1, 1), (2, 'daily', 1, 'Asia/Seoul', -1, 0, 1, 1);
INSERT INTO suppressions VALUES (x'00', 'bounced', 1);
INSERT INTO runs (cadence, zone, hour, due, kind, upto, created, domain) VALUES ('daily', 'Asia/Seoul', -1, 100, 'scheduled', 3, 101, 'x.org');
INSERT INTO editions (run_id, language, key) VALUES (1, 'en', '1.1 ');
INSERT INTO edition_entries (edition_id, place, release_id, revision, section) VALUES (1, 0, 1, 1, 'energy'), (1, 1, 2, 1, '');
INSERT INTO deliveries (run_id, edition_id, subscriber_id, state, attempts, next_at, settled) VALUES
	(1, 1, 1, 'sent', 1, NULL, 200), (1, 1, 2, 'pending', 0, 101, NULL);
INSERT INTO audit (at, actor, action, subject, detail) VALUES (1, 'kim', 'release.create', 'release:1', '{}');`

// firstDatabase makes a database that has had the first migration alone, and was in use.
func firstDatabase(t *testing.T, use string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "first.db")
	writer, err := openWriter(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	p, err := migrator(writer)
	if err != nil {
		t.Fatal(err)
	}
	if err := claimFile(t.Context(), writer); err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.ExecContext(t.Context(), use); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDatabaseOfTheFirstProgramGoesOn(t *testing.T) {
	t.Parallel()
	db := openAt(t, firstDatabase(t, firstNewsroom))
	if err := db.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := db.Releases(t.Context(), tidings.Query{})
	if err != nil || len(all) != 2 || all[0].Slug != "b" || all[1].Office != "Office a2" || all[1].Files != nil ||
		all[1].Aliases != nil || all[1].Translation != "" || len(all[1].Attachments) != 1 {
		t.Errorf("public: %+v, %v", all, err)
	}
	everywhere, err := tidings.ParseFilter("solar")
	if err != nil {
		t.Fatal(err)
	}
	if hits, err := db.Search(t.Context(), everywhere, time.UTC, 9, 0); err != nil || hits.Total != 2 {
		t.Errorf("search finds %d, %v", hits.Total, err)
	}
	offices, err := db.Offices(t.Context())
	if want := []tidings.OfficeCount{{Name: "Office a2", Count: 1}, {Name: "Office b1", Count: 1}}; err != nil ||
		fmt.Sprint(offices) != fmt.Sprint(want) {
		t.Errorf("offices: %v, %v", offices, err)
	}
	stones, err := db.Withdrawn(t.Context(), tidings.Selection{}, 0)
	if err != nil || len(stones) != 1 || stones[0].Slug != "e" || stones[0].Withdrawn.UnixMilli() != 14 {
		t.Errorf("withdrawn: %+v, %v", stones, err)
	}
	if e, err := db.Edition(t.Context(), 1<<25+1); err != nil || len(e.Entries) != 2 || e.Entries[0].Kind != tidings.NewEntry ||
		e.Entries[0].Section != "energy" || e.Releases[0].Title != "Title a1" {
		t.Errorf("edition: %+v, %v", e, err)
	}
	if claimed, err := db.Claim(t.Context(), at(0), 9); err != nil || len(claimed) != 1 || claimed[0].Address != "lee@example.org" {
		t.Errorf("unsent: %+v, %v", claimed, err)
	}
	for who, want := range map[string]int64{"kim@example.org": 3, "lee@example.org": 0} {
		if s, err := db.Subscriber(t.Context(), who); err != nil || len(s.Subscriptions) != 1 || s.Subscriptions[0].Position != want {
			t.Errorf("%s stands at %+v, %v", who, s.Subscriptions, err)
		}
	}
	if next, err := db.NextScheduled(t.Context()); err != nil || next.UnixMilli() != 9000 {
		t.Errorf("scheduled: %v, %v", next, err)
	}
	if _, err := db.PublishDue(t.Context(), at(0)); err != nil {
		t.Error(err)
	}
	if n, err := db.Count(t.Context(), tidings.Query{}); err != nil || n != 3 {
		t.Errorf("%d are public once d is, %v", n, err)
	}
}

func TestUpgradeLosesNoRow(t *testing.T) {
	t.Parallel()
	path := firstDatabase(t, firstNewsroom)
	before, err := openReaders(path)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := list(t.Context(), before, scanString,
		`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version'`)
	if err != nil || len(tables) == 0 {
		t.Fatalf("%q, %v", tables, err)
	}
	count := func(from *sql.DB, table string) (n int) {
		if err := from.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	rows := map[string]int{}
	for _, table := range tables {
		if rows[table] = count(before, table); rows[table] == 0 {
			t.Errorf("the first newsroom has no row in %s", table)
		}
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path)
	for table, n := range rows {
		if got := count(db.readers, table); got != n {
			t.Errorf("%s had %d rows and has %d", table, n, got)
		}
	}
}

func TestSuppressionsOfFormerProgramsAreKeyedAndStillHold(t *testing.T) {
	t.Parallel()
	const park = "Park@example.org"
	plain := tidings.PlainAddressKey(park)
	path := firstDatabase(t, firstNewsroom+fmt.Sprintf(`INSERT INTO suppressions VALUES (x'%x', 'complained', 7);`, plain))
	db := openAt(t, path)
	var keyed, at int
	err := db.readers.QueryRowContext(t.Context(),
		`SELECT keyed, at FROM suppressions WHERE address = ?`, testKeys(t, "k").Rekey(plain)).Scan(&keyed, &at)
	if err != nil || keyed != 1 || at != 7 {
		t.Errorf("keyed %d, of %d, %v", keyed, at, err)
	}
	var left int
	if err := db.readers.QueryRowContext(t.Context(), `SELECT count(*) FROM suppressions WHERE keyed = 0`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d are not keyed, %v", left, err)
	}
	add := tidings.Subscriber{Address: "park@EXAMPLE.org", State: tidings.Active}
	if err := db.AddSubscriber(t.Context(), &add, time.UnixMilli(99), "test"); !errors.Is(err, tidings.ErrSuppressed) {
		t.Errorf("added: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "-wal"} {
		if data, err := os.ReadFile(file); err == nil && bytes.Contains(data, plain) {
			t.Errorf("%s still holds what addresses can be tried against", filepath.Base(file))
		}
	}
}

func TestSuppressionsOutliveARotationOfKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	in := func(letters string, do func(*DB)) {
		db, err := Open(t.Context(), path, Volatile(), Keyed(testKeys(t, letters)))
		if err != nil {
			t.Fatal(err)
		}
		do(db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	suppress := func(db *DB, address string) error {
		return db.write(t.Context(), at(1), "test", func(tx *tx) error { return tx.suppress(t.Context(), address, "bounced") })
	}
	add := func(db *DB) error {
		return db.AddSubscriber(t.Context(), &tidings.Subscriber{Address: "kim@example.org", State: tidings.Active}, at(2), "test")
	}
	in("a", func(db *DB) {
		if err := suppress(db, "Kim@example.org"); err != nil {
			t.Error(err)
		}
	})
	in("ba", func(db *DB) {
		if err := suppress(db, "kim@example.org"); err != nil { // it is already: no second row
			t.Error(err)
		}
		if err := add(db); !errors.Is(err, tidings.ErrSuppressed) {
			t.Errorf("after the rotation: %v", err)
		}
		if err := db.LiftSuppression(t.Context(), "kim@example.org", "she called", at(3), "test"); err != nil {
			t.Error(err)
		}
		if err := add(db); err != nil {
			t.Errorf("lifted: %v", err)
		}
	})
}

// TestWhatWaitsIsFoundAfterTheUpgradeOfItsIndexes has mails in every state, as a program left them that had other indexes.
func TestWhatWaitsIsFoundAfterTheUpgradeOfItsIndexes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "before.db")
	writer, err := openWriter(path, false)
	if err != nil {
		t.Fatal(err)
	}
	p, err := migrator(writer)
	if err != nil {
		t.Fatal(err)
	}
	if err := claimFile(t.Context(), writer); err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 13); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO subscribers (id, address, language, state, basis, recorded_by, created, multi)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
			SELECT i, 's' || i || '@example.org', 'en', iif(i = 4, 'paused', 'active'), '', '', 1, 0 FROM n`,
		`INSERT INTO runs (id, cadence, zone, hour, due, kind, upto, created, domain, cursor) VALUES
			(1, 'daily', 'UTC', -1, 1, 'scheduled', 1, 1, 'x.org', (1 << 25) + 10), (2, 'immediate', '', -1, 2, 'scheduled', 1, 2, 'x.org', NULL)`,
		`INSERT INTO editions (id, language, entries) VALUES (1 << 25 | 1, 'en', ','), (2 << 25 | 1, 'en', ',')`,
		`INSERT INTO deliveries (id, edition_id, state, next_at, reply, settled)
			SELECT 1 << 25 | key + 1, 1 << 25 | 1, value ->> 0, value ->> 1, '', value ->> 2 FROM json_each('[["sent",null,5],["failed",null,5],
				["held",null,null],["held",5,null],["pending",7,null],["deferred",6,null],["uncertain",4,null],["sending",null,null],["suppressed",null,5],
				["pending",null,null]]')`,
		`INSERT INTO deliveries (id, edition_id, state, next_at) VALUES (2 << 25 | 1, 2 << 25 | 1, 'deferred', 9)`,
	} {
		if _, err := writer.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path)
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	waiting, err := db.Backlog(t.Context())
	got := ""
	for _, b := range waiting {
		got += fmt.Sprintf("%d %s %v %d; ", b.Run, b.State, b.Paused, b.Mails)
	}
	const want = "1 deferred false 1; 1 held false 1; 1 held true 1; 1 pending false 2; 1 sending false 1; 1 uncertain false 1; 2 deferred false 1; "
	if got != want || err != nil {
		t.Errorf("%s %v, want %s", got, err, want)
	}
	if unknown, err := db.Recover(t.Context(), at(0)); unknown != 1 || err != nil {
		t.Errorf("%d of unknown fate, %v", unknown, err)
	}
	if n, err := db.Retry(t.Context(), 1, at(0), "test"); n != 1 || err != nil {
		t.Errorf("%d taken up, %v", n, err)
	}
	claimed, err := db.Claim(t.Context(), at(60), 99)
	got = ""
	for i := range claimed {
		got += fmt.Sprintf("%d:%d ", claimed[i].RunID, claimed[i].Subscriber)
	}
	if want := "2:1 1:10 1:6 1:5 1:3 1:7 1:8 "; err != nil || got != want { // at once, never tried, back and of unknown fate
		t.Errorf("claimed %s, %v, want %s", got, err, want)
	}
}
