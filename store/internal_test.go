package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// open opens a database for a test that looks under the hood; the others use package storetest.
func open(t testing.TB) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "tidings.db"))
}

// emptyFile is what storetest.Make writes: this package cannot import it.
var emptyFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "store-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "empty.db")
	db, err := Open(context.Background(), path, Volatile())
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func openAt(t testing.TB, path string) *DB {
	t.Helper()
	file, err := emptyFile()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := Open(t.Context(), path, Volatile(), Keyed(testKeys(t, "k")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// testKeys is a keyring of keys that each repeat a letter, newest first.
func testKeys(t testing.TB, letters string) tidings.Keyring {
	t.Helper()
	var keys [][]byte
	for _, letter := range letters {
		keys = append(keys, []byte(strings.Repeat(string(letter), 32)))
	}
	ring, err := tidings.NewKeyring(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// at is an instant some minutes into the tests' day.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

func contentsOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// published stores one public release.
func published(t *testing.T, db *DB) tidings.Release {
	t.Helper()
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "A", Status: tidings.Published}
	if _, err := db.Save(t.Context(), site, &r, at(0), "test"); err != nil {
		t.Fatal(err)
	}
	return r
}
