package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tidings/tidings"
)

// Each migration runs over a file that the ones before it made and that has been in use since. With a second
// migration, the rows that the first program wrote belong between the two: as SQL, for that program is gone by then.
func TestMigrationsRunOneByOneOverWhatIsThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	writer, err := openWriter(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := claimFile(t.Context(), writer); err != nil {
		t.Fatal(err)
	}
	p, err := migrator(writer)
	if err != nil {
		t.Fatal(err)
	}
	used := map[int64]string{1: `INSERT INTO meta (key, value, at) VALUES ('first', 'kept', 1)`}
	for range p.ListSources() {
		result, err := p.UpByOne(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := writer.ExecContext(t.Context(), used[result.Source.Version]); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path)
	var kept string
	if err := db.readers.QueryRowContext(t.Context(), `SELECT value FROM meta WHERE key = 'first'`).Scan(&kept); err != nil {
		t.Error(err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAnOlderFileIsNotMigratedUnderWhoSendsFromIt(t *testing.T) {
	t.Parallel()
	path := firstDatabase(t, firstNewsroom)
	release, err := lockSender(path)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		if _, err := Open(t.Context(), name, Volatile()); !errors.Is(err, tidings.ErrOlderSender) {
			t.Errorf("it was opened: %v", err)
		}
	}
	old, err := openReaders(path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	var version int
	if err := old.QueryRowContext(t.Context(), `SELECT max(version_id) FROM `+versionTable).Scan(&version); err != nil || version != 1 {
		t.Errorf("it has version %d, %v", version, err)
	}
	release()
	db := openAt(t, path)
	if release, err = db.LockSender(); err != nil {
		t.Fatal(err)
	}
	defer release()
	openAt(t, path) // a command beside a daemon of its own version
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	p, err := migrator(open(t).writer)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(files) != int(newestVersion(p)) {
		t.Errorf("%d files, the newest is %d, %v", len(files), newestVersion(p), err)
	}
}

func TestManyMayOpenANewFileAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := Open(t.Context(), path, Volatile())
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
