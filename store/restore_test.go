package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

var errCut = errors.New("cut off here")

// old is a database with a release, as a killed process leaves it: the release stands in the log beside it. And a backup of before.
func old(t *testing.T) (path, backup string) {
	t.Helper()
	killed := filepath.Join(t.TempDir(), "t.db")
	path, backup = filepath.Join(t.TempDir(), "t.db"), filepath.Join(t.TempDir(), "b.db")
	db := openAt(t, killed)
	if err := db.Backup(t.Context(), backup, at(5)); err != nil {
		t.Fatal(err)
	}
	published(t, db)
	for _, end := range []string{"", "-wal"} {
		if err := os.WriteFile(path+end, []byte(contentsOf(t, killed+end)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path, backup
}

// inPlace says which of the two databases is at the name: with the release and free, or without it and held.
func inPlace(t *testing.T, path string) string {
	t.Helper()
	db := openAt(t, path)
	defer db.Close()
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	held, err := db.HeldAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, missing := db.Release(t.Context(), "a")
	switch {
	case missing == nil && !held.Holds():
		return "old"
	case errors.Is(missing, tidings.ErrNotFound) && held.By == tidings.HeldAsCopy:
		return held.Reason
	}
	t.Fatalf("neither: %v, %+v", missing, held)
	return ""
}

func TestARestoreCutOffAnywhereLeavesTheOldDatabaseOrTheNew(t *testing.T) {
	t.Parallel()
	const restored = "restored from b.db, made at 2026-03-02 09:05:00 UTC"
	for step, want := range map[string]string{"settled": "old", "aside": "old", "log": "old", "placed": restored, "": restored} {
		path, backup := old(t)
		r, err := PrepareRestore(t.Context(), backup, path, at(9))
		if err != nil {
			t.Fatal(err)
		}
		if !r.MadeAt.Equal(at(5)) {
			t.Errorf("made at %v", r.MadeAt)
		}
		r.step = func(at string) error {
			if at == step {
				return errCut
			}
			return nil
		}
		aside, err := r.Place(t.Context(), at(9), true)
		if (step != "") != errors.Is(err, errCut) {
			t.Fatalf("%s: %v", step, err)
		}
		r.release() // as the end of the process does; what it had begun stays
		if got := inPlace(t, path); got != want {
			t.Errorf("cut off at %q there is %s", step, got)
		}
		if step == "placed" || step == "" {
			if got := inPlace(t, aside); got != "old" || aside != path+".before-20260302T090900.000Z" {
				t.Errorf("cut off at %q, aside in %s is %s", step, aside, got)
			}
			continue
		}
		again, err := PrepareRestore(t.Context(), backup, path, at(10))
		if err != nil {
			t.Fatal(err)
		}
		aside, err = again.Place(t.Context(), at(10), true)
		if err = errors.Join(err, again.Close()); err != nil || inPlace(t, path) != restored || inPlace(t, aside) != "old" {
			t.Errorf("after a cut at %q, again: %v", step, err)
		}
		if _, err := os.Stat(path + ".restore"); err == nil {
			t.Error("the copy was left behind")
		}
	}
}

// The note is of whoever sent from the original, and of a relay that works by now, maybe.
func TestARestoredDatabaseKnowsOfNoRelaysAway(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	db := openAt(t, path)
	away := RelaysAway{Relays: []RelayAway{{Relay: "relay.example.org:25", Since: at(4), Until: at(9)}}}
	if err := db.NoteRelaysAway(t.Context(), at(5), away); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), path+".backup", at(5)); err != nil {
		t.Fatal(err)
	}
	r, err := PrepareRestore(t.Context(), path+".backup", path+".new", at(6))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Place(t.Context(), at(6), false); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := openAt(t, path+".new").RelaysAway(t.Context(), at(6)); err != nil || got.Relays != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestARestoreReplacesNothingUnasked(t *testing.T) {
	t.Parallel()
	path, backup := old(t)
	r, err := PrepareRestore(t.Context(), backup, path, at(9))
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Place(t.Context(), at(9), false)
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("got %v", err)
	}
	if err := r.Close(); err != nil || inPlace(t, path) != "old" {
		t.Errorf("there is something else: %v", err)
	}
}

func TestARestoreWaitsForNobodyWhoHasTheDatabaseOpen(t *testing.T) {
	t.Parallel()
	path, backup := old(t)
	db := openAt(t, path)
	if _, err := db.Release(t.Context(), "a"); err != nil { // it reads
		t.Fatal(err)
	}
	release, err := db.LockSender()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := PrepareRestore(t.Context(), backup, path, at(9)); !errors.Is(err, tidings.ErrLocked) {
		t.Errorf("beside a sender: %v", err)
	}
	release()
	r, err := PrepareRestore(t.Context(), backup, path, at(9))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Place(t.Context(), at(9), true); !errors.Is(err, tidings.ErrBusy) {
		t.Errorf("beside a reader: %v", err)
	}
	if err := errors.Join(r.Close(), db.Close()); err != nil || inPlace(t, path) != "old" {
		t.Errorf("there is something else: %v", err)
	}
}

func TestADamagedDatabaseIsMovedAsideWithItsLog(t *testing.T) {
	t.Parallel()
	path, backup := old(t)
	for _, end := range []string{"", "-wal"} {
		if err := os.WriteFile(path+end, []byte("damaged"+end), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := PrepareRestore(t.Context(), backup, path, at(9))
	if err != nil {
		t.Fatal(err)
	}
	aside, err := r.Place(t.Context(), at(9), true)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	if contentsOf(t, aside) != "damaged" || contentsOf(t, aside+"-wal") != "damaged-wal" {
		t.Error("what was there is not what was moved aside")
	}
	if got := inPlace(t, path); !strings.HasPrefix(got, "restored from b.db") {
		t.Errorf("there is %s", got)
	}
}

func TestARestoreRefusesWhatIsNoSoundBackupOfOurs(t *testing.T) {
	t.Parallel()
	path, backup := old(t)
	damage := func(name, sql string) string {
		to := filepath.Join(t.TempDir(), name+".db")
		if err := os.WriteFile(to, []byte(contentsOf(t, backup)), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := openWriterIn(to, false, "DELETE")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.ExecContext(t.Context(), sql)
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return to
	}
	torn := damage("torn", `SELECT 1`)
	if err := os.Truncate(torn, int64(len(contentsOf(t, torn)))-8192); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text.db")
	logged := damage("logged", `SELECT 1`)
	for name, data := range map[string]string{text: "no database", logged + "-wal": "a log"} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	octets := damage("octets", `INSERT INTO files (hash, name, media_type, size, at, data) VALUES ('00', 'a.png', 'image/png', 1, 1, x'00')`)
	for from, want := range map[string]string{
		damage("newer", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`): "made by a newer version",
		damage("foreign", `PRAGMA application_id = 7`):                                             "belongs to another program",
		torn: "damaged", text: "not a database", logged: "not whole by itself", octets: "a.png",
		filepath.Join(t.TempDir(), "none.db"): "no such file", path: "is the database itself", t.TempDir(): "no file with a database",
	} {
		if r, err := PrepareRestore(t.Context(), from, path, at(9)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", filepath.Base(from), r, err, want)
		}
		if got := inPlace(t, path); got != "old" {
			t.Errorf("%s: there is %s", from, got)
		}
	}
}

// TestABackupThatSomebodyHasProgrammedIsRefused puts into one a trigger that would delete readers, and changes a view of ours.
func TestABackupThatSomebodyHasProgrammedIsRefused(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]string{
		"trigger gone":         `CREATE TRIGGER gone AFTER UPDATE ON meta BEGIN DELETE FROM subscribers; END`,
		"view public_releases": `DROP VIEW public_releases; CREATE VIEW public_releases AS SELECT * FROM releases`,
		"":                     `SELECT 1`,
	} {
		path, backup := old(t)
		if err := os.Remove(backup + ChecksumEnd); err != nil {
			t.Fatal(err)
		}
		pool, err := openWriterIn(backup, true, "DELETE")
		if err != nil {
			t.Fatal(err)
		}
		_, err = pool.ExecContext(t.Context(), change)
		if err := errors.Join(err, pool.Close()); err != nil {
			t.Fatal(err)
		}
		r, err := PrepareRestore(t.Context(), backup, path, at(9))
		if invalid := (*tidings.InvalidError)(nil); (what != "") != errors.As(err, &invalid) || what != "" && !strings.Contains(err.Error(), what+" in it") {
			t.Errorf("%s: %v", change, err)
		}
		if err == nil {
			err = r.Close()
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".schema-*")); len(left) != 0 || what == "" && err != nil {
			t.Errorf("left %v, %v", left, err)
		}
	}
}

func TestWhatIsOursIsKnownWithoutAFileThatAKilledRestoreWouldLeave(t *testing.T) {
	t.Parallel()
	db := openAt(t, filepath.Join(t.TempDir(), "t.db"))
	db.path = filepath.Join(t.TempDir(), "nowhere", "t.db") // no folder to write to
	if err := db.refuseForeign(t.Context(), "b.db"); err != nil {
		t.Error(err)
	}
	if _, err := db.writer.ExecContext(t.Context(), `CREATE VIEW more AS SELECT 1`); err != nil {
		t.Fatal(err)
	}
	if err := db.refuseForeign(t.Context(), "b.db"); err == nil {
		t.Error("a view of somebody else's was taken for ours")
	}
	if left, err := filepath.Glob("*memory*"); err != nil || len(left) > 0 {
		t.Errorf("left %q, %v", left, err)
	}
}
