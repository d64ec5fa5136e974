package store_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidings/tidings/store"
)

// openedByAnother opens a database in a shell that was made ready first, in which "$0" is this test's program, and gives what that says, in one line.
func openedByAnother(t *testing.T, path, ready string, unshare ...string) string {
	t.Helper()
	itself, err := os.ReadFile(os.Args[0])
	program := filepath.Join(filepath.Dir(path), "program") // where others may run it
	if err == nil {
		err = os.WriteFile(program, itself, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	args := append(unshare, "sh", "-c", ready+` && cd / && "$0" -test.run '^TestOpensWhatItIsGiven$' -test.v; exit 0`, program)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "TIDINGS_TEST_OPEN="+path, "FOLDER="+filepath.Dir(path))
	said, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "opened: ") {
		t.Skipf("this machine lets no test make such a folder: %v: %s", err, said)
	}
	return strings.Join(strings.Fields(string(said)), " ")
}

// TestOpensWhatItIsGiven is the other program of TestADatabaseThatCannotBeWrittenToIsToldAsThat.
func TestOpensWhatItIsGiven(t *testing.T) {
	t.Parallel()
	path := os.Getenv("TIDINGS_TEST_OPEN")
	if path == "" { // it was not called by that
		return
	}
	db, err := store.Open(t.Context(), path, store.Volatile())
	if err == nil {
		_, locked := db.LockSender()
		err = errors.Join(locked, db.MayWriteBeside(), db.Close())
	}
	t.Logf("opened: %v", err)
}

func TestADatabaseThatCannotBeWrittenToIsToldAsThat(t *testing.T) {
	t.Parallel()
	const mount = `mount --bind "$FOLDER" "$FOLDER" && mount -o remount,ro,bind "$FOLDER"`
	for name, look := range map[string]struct {
		ready   string
		unshare []string
		there   bool // the database is
		sent    bool // another has sent from it
		want    string
	}{
		"a file system that is only read": {
			mount,
			[]string{"unshare", "-rm"},
			true,
			false,
			"the file system that it is on cannot be written to: read-only file system mount it for writing, or name a file elsewhere (database.path)",
		},
		"such a one without a database": {
			mount,
			[]string{"unshare", "-rm"},
			false,
			false,
			"the file system that it is on cannot be written to: read-only file system mount it for writing, or name a file elsewhere (database.path)",
		},
		"another's folder": {
			`true`,
			[]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"},
			true,
			false,
			" cannot be written to: permission denied run it as the user to whom they belong (sudo -u tidings tidings ...), or give them to this one",
		},
		"another's lock": {
			`true`,
			[]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"},
			true,
			true,
			".sender.lock cannot be written to: permission denied run it as the user to whom they belong (sudo -u tidings tidings ...), or give them to this one",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder, err := os.MkdirTemp("", "tidings-writable") //nolint:usetesting // others must come in
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(folder)
			path := filepath.Join(folder, "tidings.db")
			if look.there {
				db, err := store.Open(t.Context(), path, store.Volatile())
				if err != nil {
					t.Fatal(err)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if look.there {
				if err := os.Chmod(path, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if look.sent {
				err := errors.Join(os.Chown(folder, 65534, 65534), os.Chown(path, 65534, 65534), os.WriteFile(path+".sender.lock", nil, 0o600),
					os.Chown(path+".key", 65534, 65534))
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
			}
			if said := openedByAnother(t, path, look.ready, look.unshare...); !strings.Contains(said, look.want) {
				t.Errorf("%s\nhas not\n%s", said, look.want)
			}
		})
	}
}
