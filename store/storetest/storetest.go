package storetest

import (
	"path/filepath"
	"testing"

	"github.com/tidings/tidings/store"
)

// New opens an empty database that goes away with the test.
func New(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, filepath.Join(t.TempDir(), "tidings.db"))
}

// Open opens the database in this file, and closes it when the test ends.
func Open(t testing.TB, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Volatile())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
