package store

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestARestoreRefusesABackupWithATextThatWasOverwritten(t *testing.T) {
	t.Parallel()
	db := open(t)
	published(t, db)
	dir := t.TempDir()
	backup, path := filepath.Join(dir, "b.db"), filepath.Join(dir, "t.db")
	if err := db.Backup(t.Context(), backup, at(5)); err != nil {
		t.Fatal(err)
	}
	restore := func() (summed bool, err error) {
		r, err := PrepareRestore(t.Context(), backup, path, at(9))
		if err != nil {
			return false, err
		}
		return r.Summed, r.Close()
	}
	if summed, err := restore(); err != nil || !summed {
		t.Errorf("as it was made: %v, %v", summed, err)
	}
	sound := []byte(contentsOf(t, backup))
	damaged := bytes.ReplaceAll(sound, []byte("made at 2026"), []byte("made at 1026")) // in the text of a row
	if bytes.Equal(damaged, sound) {
		t.Fatal("there is no such text")
	}
	if err := os.WriteFile(backup, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := restore()
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "its SHA-256 is not that in b.db.sha256") {
		t.Errorf("overwritten: %v", err)
	}
	if err := os.WriteFile(backup+ChecksumEnd, []byte("none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(); err == nil || !strings.Contains(err.Error(), "holds no SHA-256") {
		t.Errorf("with another file for the checksum: %v", err)
	}
	if err := os.Remove(backup + ChecksumEnd); err != nil {
		t.Fatal(err)
	}
	if summed, err := restore(); err != nil || summed { // SQLite sees nothing
		t.Errorf("without a checksum: %v, %v", summed, err)
	}
}

func TestTheChecksumOfABackupIsForSHA256Sum(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip(err)
	}
	db, dir := open(t), t.TempDir()
	for _, name := range []string{"a b.db", `a\b.db`} {
		if err := db.Backup(t.Context(), filepath.Join(dir, name), at(5)); err != nil {
			t.Fatal(err)
		}
		check := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", name+ChecksumEnd)
		check.Dir = dir
		if said, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
		if sum, err := sumBeside(filepath.Join(dir, name)); err != nil || sum == "" {
			t.Errorf("%s: we read %q, %v", name, sum, err)
		}
	}
}
