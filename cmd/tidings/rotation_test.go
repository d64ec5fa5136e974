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
	deleted, err := r.rotate(2, time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC))
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
