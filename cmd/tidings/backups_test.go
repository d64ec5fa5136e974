package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/config"
)

// testHouse is the house of a configuration with this besides what is required, in a folder of its own.
func testHouse(t *testing.T, text string) (*house, *bytes.Buffer) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tidings.toml")
	cfg, err := config.Parse([]byte(strings.Join([]string{
		"[site]", `name = "N"`, `base_url = "https://news.example.org"`, `tag = "example.org,2026"`, "[mail]", `from = "p@example.org"`, text,
	}, "\n")), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	var logs bytes.Buffer
	h, err := open(t.Context(), cfg, &logs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, &logs
}

func TestTheDaemonMakesABackupWhenOneIsDueAndKeepsSoMany(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "[backup]\ndir = \"saved\"\nat = \"3\"\nkeep = 2")
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		now  time.Time
		made bool
	}{
		{day, true}, // there is none yet
		{day.Add(17 * time.Hour), false},
		{day.Add(18 * time.Hour), true}, // 3 o'clock
		{day.Add(18*time.Hour + time.Minute), false},
		{day.Add(200 * time.Hour), true}, // one for all that were missed
		{day.Add(201 * time.Hour), false},
	} {
		done, err := h.backupDue(t.Context(), c.now)
		if err != nil || (done.Database != "") != c.made {
			t.Errorf("%v: made %q, %v", c.now, done.Database, err)
		}
	}
	files, err := os.ReadDir(h.cfg.Backup.Dir)
	if err != nil || len(files) != 6 || files[0].Name() != "tidings-20260303T030000Z.db" {
		t.Errorf("%v, %v", files, err)
	}
}

func TestABackupThatFailsDeletesNothingAndIsDueAgain(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "[backup]\ndir = \"saved\"\nkeep = 1")
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if _, err := h.backupDue(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	keys := keyPath(h.cfg.Database.Path)
	if err := os.Rename(keys, keys+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.backupDue(t.Context(), now.Add(48*time.Hour)); err == nil {
		t.Error("a backup without keys")
	}
	if err := os.Rename(keys+".away", keys); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(h.cfg.Backup.Dir)
	if err != nil || len(files) != 3 {
		t.Errorf("%v, %v", files, err)
	}
	if done, err := h.backupDue(t.Context(), now.Add(49*time.Hour)); err != nil || len(done.Deleted) != 1 {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestALastBackupOfALaterTimeThanNowKeepsNoneFromBeingMade(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "[backup]\ndir = \"saved\"\nat = \"3\"")
	now, ahead := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), time.Date(2031, 3, 2, 9, 0, 0, 0, time.UTC)
	if _, err := h.backupDue(t.Context(), ahead); err != nil { // the clock was wrong
		t.Fatal(err)
	}
	last, err := h.db.LastBackup(t.Context())
	if err != nil || !last.At.Equal(ahead) {
		t.Fatalf("%+v, %v", last, err)
	}
	if f := checkBackup(last, now); !f.OK || !strings.HasPrefix(f.Note, "2031-03-02 09:00 UTC, which is later than now, ") || f.Warning == "" {
		t.Errorf("check says %+v", f)
	}
	done, err := h.backupDue(t.Context(), now)
	if err != nil || filepath.Base(done.Database) != "tidings-20260302T090000Z.db" {
		t.Errorf("made %q, %v", done.Database, err)
	}
	if again, err := h.backupDue(t.Context(), now.Add(-30*time.Second)); err != nil || again.Database != "" {
		t.Errorf("a clock put right by half a minute makes another: %q, %v", again.Database, err)
	}
	if last, err = h.db.LastBackup(t.Context()); err != nil || checkBackup(last, now).Warning != "" {
		t.Errorf("%+v, %v", last, err)
	}
}
