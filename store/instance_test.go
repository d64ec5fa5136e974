package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// cutOffRenewal leaves what a kill before the rename leaves: the database has the new id, so has .new, and the name has the old one.
func cutOffRenewal(t *testing.T, db *DB, minute int) {
	t.Helper()
	name := db.instanceFile()
	before := contentsOf(t, name)
	if _, err := db.TakeInstance(t.Context(), at(minute)); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{name + ".new": contentsOf(t, name), name: before} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRenewalsThatWereCutOffMakeNoCopy(t *testing.T) {
	t.Parallel()
	db := openAt(t, filepath.Join(t.TempDir(), "t.db"))
	if _, err := db.TakeInstance(t.Context(), at(1)); err != nil {
		t.Fatal(err)
	}
	cutOffRenewal(t, db, 2)
	for minute := 3; minute < 6; minute++ { // the next ones do not come to their end: a full disk
		full := errors.New("no room")
		if err := db.renew(t.Context(), at(minute), "test", func(*tx) error { return full }); !errors.Is(err, full) {
			t.Fatal(err)
		}
		if h, err := db.HeldNow(t.Context(), at(minute)); err != nil || h.Holds() {
			t.Fatalf("the original is held as a copy: %+v, %v", h, err)
		}
		if h, err := db.CheckInstance(t.Context(), at(minute)); err != nil || h.Holds() {
			t.Fatalf("%+v, %v", h, err)
		}
	}
	cutOffRenewal(t, db, 6)
	if h, err := db.TakeInstance(t.Context(), at(7)); err != nil || h.Holds() {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := os.Stat(db.instanceFile() + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the next id is without its name: %v", err)
	}
}
