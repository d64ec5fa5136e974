package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestBackupOpensAndHoldsTheSame(t *testing.T) {
	t.Parallel()
	db := open(t)
	want := published(t, db)
	folder := t.TempDir()
	to := filepath.Join(folder, "backup ü.db")
	if err := db.Backup(t.Context(), to, at(5)); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 2 { // it and its checksum
		t.Errorf("left behind: %v, %v", files, err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("anyone may read it: %v, %v", info.Mode(), err)
	}
	if err := db.Backup(t.Context(), to, at(5)); !errors.Is(err, os.ErrExist) {
		t.Errorf("over an older backup: %v", err)
	}
	copied := openAt(t, to)
	if got, err := copied.Release(t.Context(), "a"); err != nil || got.URI != want.URI {
		t.Errorf("got %s, %v", got.URI, err)
	}
	if err := copied.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.Backup(t.Context(), filepath.Join(folder, "no", "such", "folder.db"), at(5)); err == nil {
		t.Error("a backup into nowhere")
	}
}

func TestBackupSeesWhatTheWriterHasCommittedAndDoesNotBlockIt(t *testing.T) {
	t.Parallel()
	db := open(t)
	published(t, db)
	begun, err := db.writer.BeginTx(t.Context(), nil) // the writer is busy
	if err != nil {
		t.Fatal(err)
	}
	if _, err := begun.ExecContext(t.Context(), `INSERT INTO meta VALUES ('uncommitted', '', 1)`); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "b.db")
	if err := db.Backup(t.Context(), to, at(5)); err != nil {
		t.Error(err)
	}
	if err := begun.Commit(); err != nil {
		t.Error(err)
	}
	var n int
	if err := openAt(t, to).readers.QueryRowContext(t.Context(), `SELECT count(*) FROM meta WHERE key = 'uncommitted'`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d uncommitted rows, %v", n, err)
	}
}

func TestCheckFindsAFileThatIsNotWhatItWas(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, name := range []string{"one.png", "two.png"} {
		f := tidings.File{Hash: tidings.HashOf([]byte(name)), Name: name, Data: []byte(name)}
		if err := db.write(t.Context(), at(0), "test", func(tx *tx) error { return tx.keepFile(t.Context(), &f) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("sound files: %v", err)
	}
	if _, err := db.writer.ExecContext(t.Context(), `UPDATE files SET data = x'00' WHERE name = 'two.png'`); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); !errors.Is(err, errDamaged) || !strings.Contains(err.Error(), "two.png") {
		t.Errorf("got %v", err)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := openAt(t, path)
	published(t, db)
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("a sound file: %v", err)
	}
	for _, q := range []string{`PRAGMA foreign_keys = off`, `DELETE FROM revisions`} {
		if _, err := db.writer.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "1 rows of publications") {
		t.Errorf("got %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	bytes := []byte(contentsOf(t, path))
	for i := 4096; i < len(bytes); i++ {
		bytes[i] = 0xaa
	}
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, QuickCheck()); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("opened: %v", err)
	}
}
