package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestEverySettingIsInForceOnEveryConnection(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "what? a #file%20 & more.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	both := map[string]string{
		"busy_timeout": "5000", "foreign_keys": "1", "journal_mode": "wal", "temp_store": "2", "mmap_size": "0",
		"application_id": "1953064039",
	}
	for name, pool := range map[string]*sql.DB{"writer": db.writer, "reader": db.readers} {
		for pragma, want := range both {
			expect(t, pool, name, pragma, want)
		}
		if _, err := pool.ExecContext(t.Context(), `SELECT "no such column"`); err == nil {
			t.Errorf("%s: a double-quoted string passes for a value", name)
		}
	}
	expect(t, db.writer, "writer", "synchronous", "2") // FULL
	expect(t, db.writer, "writer", "secure_delete", "1")
	expect(t, db.readers, "reader", "query_only", "1")
	// Defensive: the schema cannot be written to, even by who asks for it.
	_, err = db.writer.ExecContext(t.Context(), `PRAGMA writable_schema = on`)
	if err == nil {
		_, err = db.writer.ExecContext(t.Context(), `UPDATE sqlite_schema SET sql = sql`)
	}
	if err == nil {
		t.Error("the writer may change the schema by hand")
	}
}

func expect(t *testing.T, pool *sql.DB, name, pragma, want string) {
	t.Helper()
	var got string
	if err := pool.QueryRowContext(t.Context(), `PRAGMA `+pragma).Scan(&got); err != nil || got != want {
		t.Errorf("%s: %s is %s (%v), want %s", name, pragma, got, err, want)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, q := range []string{`INSERT INTO meta VALUES ('a', 'b', 1)`, `PRAGMA query_only = 0; DELETE FROM meta`} {
		if _, err := db.readers.ExecContext(t.Context(), q); err == nil {
			t.Errorf("a reader did %s", q)
		}
	}
}

func TestWritersQueueInsteadOfFailing(t *testing.T) {
	t.Parallel()
	// The transaction holds the lock from its BEGIN: another handle waits for it, rather than failing when it upgrades.
	path := filepath.Join(t.TempDir(), "t.db")
	first, second := openAt(t, path), openAt(t, path)
	begun, err := first.writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := second.writer.ExecContext(t.Context(), `INSERT INTO meta VALUES ('second', '', 1)`)
		done <- err
	}()
	if _, err := begun.ExecContext(t.Context(), `INSERT INTO meta VALUES ('first', '', 1)`); err != nil {
		t.Error(err)
	}
	if err := begun.Commit(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the second writer: %v", err)
	}
}

func TestFileOfANewerProgramIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := openAt(t, path)
	if _, err := db.writer.ExecContext(t.Context(),
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := contentsOf(t, path)
	_, err := Open(t.Context(), path)
	if !errors.Is(err, tidings.ErrNewerDatabase) || !strings.Contains(err.Error(), "9999") ||
		!strings.Contains(err.Error(), "up to 5") {
		t.Errorf("got %v, want ErrNewerDatabase with both versions", err)
	}
	if contentsOf(t, path) != before {
		t.Error("the file was written to")
	}
}

func TestFileOfAnotherProgramIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	other, err := sql.Open("sqlite", "file:"+foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), `CREATE TABLE theirs (a)`); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("These are notes, and no database.\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{foreign: "another program", text: "not a database"} {
		before := contentsOf(t, path)
		_, err := Open(t.Context(), path)
		var invalid *tidings.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(invalid.Reason, want) {
			t.Errorf("%s: got %v, want an InvalidError about %q", path, err, want)
		}
		if contentsOf(t, path) != before {
			t.Errorf("%s was written to", path)
		}
	}
}

func TestWhatCannotBeOpenedIsSaidOnceAndPlainly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing, damaged := filepath.Join(dir, "no", "such", "t.db"), filepath.Join(dir, "damaged.db")
	db := openAt(t, damaged)
	published(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	pages := []byte(contentsOf(t, damaged))
	for i := 4096; i < len(pages); i++ {
		pages[i] ^= 0x55
	}
	if err := os.WriteFile(damaged, pages, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:     dir + ": is a folder; give the path of a file, such as ",
		missing: "opening " + missing + ": no such file or directory",
		damaged: "if you have just restored a backup, remove damaged.db-wal and damaged.db-shm",
	} {
		_, err := Open(t.Context(), path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("got %v, want %q in it", err, want)
		}
		if said := err.Error(); strings.Count(said, "opening ") > 1 || path != dir && strings.Count(said, path) != 1 ||
			strings.Count(said, "damaged: ") > 1 {
			t.Errorf("said twice: %s", said)
		}
	}
}

func TestFileIsReadableByItsOwnerAlone(t *testing.T) {
	t.Parallel()
	db := open(t)
	published(t, db)
	for _, ending := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(db.path + ending); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q: %v, %v", ending, info.Mode(), err)
		}
	}
}

func TestFileLeftByACrashOpensWithAllThatWasCommitted(t *testing.T) {
	t.Parallel()
	db := open(t)
	published(t, db)
	// As after kill -9 and a restart elsewhere: the database and its log, without the index of the log.
	after := filepath.Join(t.TempDir(), "t.db")
	for _, ending := range []string{"", "-wal"} {
		if err := os.WriteFile(after+ending, []byte(contentsOf(t, db.path+ending)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openAt(t, after).Release(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}

func TestFullDiskIsSaidPlainly(t *testing.T) {
	t.Parallel()
	db := open(t)
	var pages int
	if err := db.writer.QueryRowContext(t.Context(), `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.ExecContext(t.Context(), `PRAGMA max_page_count = 1`); err != nil { // as it is, and no page more
		t.Fatal(err)
	}
	_, err := db.NoteConfiguration(t.Context(), strings.Repeat("a", 1<<20), at(1))
	if err == nil || !strings.HasPrefix(err.Error(), "the disk is full") {
		t.Fatalf("got %v", err)
	}
	if again := explain(fmt.Errorf("saving: %w", err)); strings.Count(again.Error(), "the disk is full") != 1 {
		t.Errorf("said twice: %v", again)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("reading from a full disk: %v", err)
	}
	if _, err := db.writer.ExecContext(t.Context(), `PRAGMA max_page_count = 100000`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.NoteConfiguration(t.Context(), strings.Repeat("a", 1<<20), at(1)); err != nil {
		t.Errorf("after space has come back: %v", err)
	}
}

func TestRemovalSucceedsWhileAReaderKeepsTheLog(t *testing.T) {
	t.Parallel()
	db := open(t)
	kim := tidings.Subscriber{Address: "kim@example.org", State: tidings.Active}
	if err := db.AddSubscriber(t.Context(), &kim, at(0), "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.ExecContext(t.Context(), `PRAGMA busy_timeout = 1`); err != nil {
		t.Fatal(err)
	}
	err := db.snapshot(t.Context(), func(q querier) error {
		var n int
		if err := q.QueryRowContext(t.Context(), `SELECT count(*) FROM subscribers`).Scan(&n); err != nil {
			return err
		}
		return db.RemoveSubscriber(t.Context(), kim.Address, at(1), "test")
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Subscriber(t.Context(), kim.Address); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("removed, and found: %v", err)
	}
	if err := db.emptyLog(t.Context()); err != nil || contentsOf(t, db.path+"-wal") != "" {
		t.Errorf("once nobody reads: %v, and %d octets of log", err, len(contentsOf(t, db.path+"-wal")))
	}
}
