package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestRotationDeletesItsOwnOldestAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stay := []string{
		"tidings-20260303T030000Z.db", "tidings-20260303T030000Z.db.key", "tidings-20260304T030000Z.db", "tidings-20260304T030000Z.db.key",
		"tidings-20260304T080000Z.db.key", "tidings-20260304T080000Z.db.sha256", // somebody is making it
		"tidings-20260304T030000Z.db.sha256", "tidings-20260301T030000Z.db.key.sha256",
		"tidings-20260230T030000Z.db", "tidings-20260301T030000Z.db.gz", "tidings-20260301T030000.db", "tidings-x20260301T030000Z.db",
		"other-20260301T030000Z.db", "tidings.db", ".tidings.db.1.part", "notes.txt",
	}
	gone := []string{
		"tidings-20260301T030000Z.db", "tidings-20260301T030000Z.db.key", "tidings-20260302T030000Z.db", "tidings-20260302T030000Z.db.key",
		"tidings-20260301T030000Z.db.sha256", "tidings-20260201T030000Z.db.sha256", ".tidings-20260202T030000Z.db.sha256.123.part",
		"tidings-20260201T030000Z.db.key", ".tidings-20260202T030000Z.db.123.part",
	}
	for _, name := range slices.Concat(stay, gone) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "tidings-20260101T030000Z.db"), 0o700); err != nil { // a folder of that name
		t.Fatal(err)
	}
	r := rotation{dir: dir, base: "tidings"}
	deleted, _, err := r.rotate(2, time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC))
	want := []string{filepath.Join(dir, gone[0]), filepath.Join(dir, gone[2])}
	if err != nil || !slices.Equal(deleted, want) {
		t.Errorf("deleted %q, %v", deleted, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		if !e.IsDir() {
			left = append(left, e.Name())
		}
	}
	slices.Sort(stay)
	if !slices.Equal(left, stay) {
		t.Errorf("left %q\nwant %q", left, stay)
	}
}

func TestABackupJustMadeIsNeverDeletedForThoseOfALaterTime(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "[backup]\ndir = \"saved\"\nkeep = 1")
	dir, now := h.cfg.Backup.Dir, time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"tidings-20990101T000000Z.db": "", "tidings-20990102T000000Z.db": "a backup", "tidings-20990102T000000Z.db.key": "its keys",
		"tidings-20260101T000000Z.db": "a backup", "tidings-20260304T080000Z.db": "", // no backup, whatever its name
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"tidings-20260101T000000Z.db", "tidings-20260304T090000Z.db"} {
		done, err := h.backupInto(t.Context(), dir, 1, now.Add(time.Duration(i)*time.Hour))
		if err != nil || !slices.Equal(done.Deleted, []string{filepath.Join(dir, want)}) {
			t.Errorf("deleted %q, %v; want %s", done.Deleted, err, want)
		}
		later := []string{filepath.Join(dir, "tidings-20990101T000000Z.db"), filepath.Join(dir, "tidings-20990102T000000Z.db")}
		if !slices.Equal(done.Later, later) {
			t.Errorf("left alone %q", done.Later)
		}
		for _, path := range append(later, done.Database, later[1]+".key") {
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAnEmptyFileIsCountedAsNoBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"t-20260302T030000Z.db": "a backup", "t-20260303T030000Z.db": "", "t-20260304T030000Z.db": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	deleted, later, err := rotation{dir: dir, base: "t"}.rotate(1, time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC))
	if err != nil || len(deleted)+len(later) > 0 {
		t.Errorf("deleted %q, %q, %v", deleted, later, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 || filepath.Base(left[0]) != "t-20260302T030000Z.db" {
		t.Errorf("left %q, %v", left, err)
	}
}
