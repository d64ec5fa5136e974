package main

import (
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tidings/tidings/store/storetest"
)

// TestADaemonThatStartsOnAFullDiskServesPagesAndSendsWhenThereIsRoom starts one after a crash: mails were being sent, and not a block is
// free.
func TestADaemonThatStartsOnAFullDiskServesPagesAndSendsWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	dir := storetest.Disk(t, "12m")
	demoOnce(t, time.Now, dir)
	file := crashed(t, filepath.Join(dir, "tidings.db"))
	filler := fill(t, dir)

	logs := &watcher{}
	d := startWatched(t, logs, "serve", "--config", filepath.Join(dir, "tidings.toml"), "--listen", "127.0.0.1:0")
	d.base = "http://127.0.0.1:8080"
	for _, path := range []string{"/", "/feeds/all.atom", "/readyz"} {
		if r := d.get(path); r.status != http.StatusOK {
			t.Errorf("%s: %d\n%s", path, r.status, r.body)
		}
	}
	if log := logs.text(); !strings.Contains(log, "mail waits") || !strings.Contains(log, "the disk is full") {
		t.Errorf("the log does not say that mail waits: %s", log)
	}
	if n := inSending(t, file); n == 0 {
		t.Error("something was put right on a full disk")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it goes on when there is room", func() bool { return inSending(t, file) == 0 })
	eventually(t, "the log says so", func() bool { return strings.Contains(logs.text(), "what was in the way is gone: mail is sent") })
	d.stop()
}

func TestABackupThatFindsNoRoomLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	site, disk := t.TempDir(), storetest.Disk(t, "12m")
	demoOnce(t, time.Now, site)
	filler := fill(t, disk)
	config := filepath.Join(site, "tidings.toml")
	r := program(t, time.Now, "backup", filepath.Join(disk, "b.db"), "--config", config)
	if r.code != exitFailed || !strings.Contains(r.err, "no space left") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	if there, err := os.ReadDir(disk); err != nil || len(there) != 1 || there[0].Name() != filepath.Base(filler) {
		t.Errorf("there are %v, %v", there, err)
	}
}

func TestWhoPublishesOnAFullDiskIsToldOfTheDisk(t *testing.T) {
	t.Parallel()
	dir := storetest.Disk(t, "12m")
	demoOnce(t, time.Now, dir)
	filler := fill(t, dir)
	st, err := os.Stat(filler)
	if err == nil {
		err = os.Truncate(filler, st.Size()-256<<10) // room to open the database, and not for a long release
	}
	if err != nil {
		t.Fatal(err)
	}
	long := writeRelease(t, "No room\nsummary: "+strings.Repeat("It is long. ", 50_000))
	r := program(t, time.Now, "publish", long, "--config", filepath.Join(dir, "tidings.toml"))
	if r.code != exitFailed || !strings.Contains(r.err, "disk is full") || strings.Contains(r.err, "import") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// crashed leaves a database as a kill would: some mails are being sent, and the log beside the file has its index.
func crashed(t *testing.T, path string) *sql.DB {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	file.SetMaxOpenConns(1)
	for _, query := range []string{`UPDATE deliveries SET state = 'sending' WHERE state = 'sent'`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := file.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func inSending(t *testing.T, file *sql.DB) (n int) {
	t.Helper()
	if err := file.QueryRowContext(t.Context(), `SELECT count(*) FROM deliveries WHERE state = 'sending'`).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

// fill leaves no room on the folder's disk; the file that takes it up is named.
func fill(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "filler")
	f, err := os.Create(path) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	page := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	return path
}
