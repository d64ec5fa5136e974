package main

import (
	"bytes"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/mailer/mailbox"
)

// newsroom is a site whose immediate mails wait for a press office, with one reader and a relay.
func newsroom(t *testing.T, name, notify string, relay mailbox.Options) (box *mailbox.Box, path string) {
	t.Helper()
	box, err := mailbox.Listen("127.0.0.1:0", relay)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	dir := t.TempDir()
	path = filepath.Join(dir, "tidings.toml")
	must(t, time.Now, "init", dir, "--name", name, "--base-url", "https://news.example.org", "--from", "press@example.org")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(box.Addr(), ":")
	with := strings.NewReplacer(
		`#host = "localhost"`, `host = "127.0.0.1"`, `#port = 0`, `port = `+port, `#security = "starttls"`, `security = "none"`,
		`#veto = ""`, `veto = "30m"`, `#notify = []`, `notify = [`+notify+`]`,
	).Replace(string(text))
	if err := os.WriteFile(path, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, time.Now, "--config", path, "subscriber", "add", "a@example.org", "--basis", "form", "--immediate", "all")
	return box, path
}

// opened is the house of a configuration, until the test ends.
func opened(t *testing.T, path string, log io.Writer) *house {
	t.Helper()
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := open(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	return h
}

// TestThePressOfficeIsToldOfADigestThatWaits serves a site whose immediate mails wait; one of the press office's addresses is refused.
func TestThePressOfficeIsToldOfADigestThatWaits(t *testing.T) {
	t.Parallel()
	relay := mailbox.Options{Reply: func(phase mailbox.Phase, _, to string) error {
		if phase == mailbox.To && to == "gone@example.org" {
			return mailbox.Refusal(550, "5.1.1", "no such user")
		}
		return nil
	}}
	box, path := newsroom(t, "산업통상자원부", `"gone@example.org", "desk@example.org"`, relay)
	dir := filepath.Dir(path)
	for i, title := range []string{"철강 협의", "A second one"} { // a restart tells nobody again
		release := filepath.Join(dir, "talks"+strings.Repeat("-on", i)+".md")
		text := "---\ntitle: " + title + "\nslug: talks" + strings.Repeat("-on", i) + "\n---\nText.\n"
		if err := os.WriteFile(release, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		must(t, time.Now, "--config", path, "publish", release)
		d := start(t, "serve", "--config", path, "--listen", "127.0.0.1:0")
		eventually(t, "the note", func() bool { return len(box.Mails()) > i })
		d.stop()
	}
	mails := box.Mails()
	if len(mails) != 2 || mails[0].To != "desk@example.org" || !strings.Contains(string(mails[1].Data), "Subject: Run 2 ") {
		t.Fatalf("%d mails, the first to %s: want the notes alone", len(mails), mails[0].To)
	}
	v, err := mailbox.Read(mails[0].Data)
	if err != nil || !strings.HasPrefix(v.Subject, "Run 1 (immediate) goes at ") || !strings.Contains(v.From, "산업통상자원부") {
		t.Errorf("%q from %q, %v", v.Subject, v.From, err)
	}
	for _, want := range []string{
		"Run 1 (immediate): 1 mail. It goes at ", "- 철강 협의\n  https://news.example.org/releases/talks\n", "tidings run drop 1 RELEASE",
	} {
		if !strings.Contains(strings.ReplaceAll(v.Text, "\r\n", "\n"), want) {
			t.Errorf("no %q in\n%s", want, v.Text)
		}
	}
}

// TestThePressOfficeIsToldOnceThoughThatCannotBeWrittenDown has a database that takes everything but the word that it was told.
func TestThePressOfficeIsToldOnceThoughThatCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	box, path := newsroom(t, "N", `"desk@example.org"`, mailbox.Options{})
	release := filepath.Join(filepath.Dir(path), "talks.md")
	if err := os.WriteFile(release, []byte("---\ntitle: Talks\nslug: talks\n---\nText.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, time.Now, "--config", path, "publish", release)
	h := opened(t, path, io.Discard)
	now := time.Now()
	if runs, err := h.planner().Plan(t.Context(), now); err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	file, err := sql.Open("sqlite", "file:"+h.cfg.Database.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	reached := map[int64]bool{}
	for _, look := range []struct {
		change string
		fails  bool
	}{
		{"CREATE TRIGGER full BEFORE UPDATE OF told_at ON runs BEGIN SELECT RAISE(ABORT, 'no room'); END", true},
		{"SELECT 1", true},
		{"DROP TRIGGER full", false},
		{"SELECT 1", false},
	} {
		if _, err := file.ExecContext(t.Context(), look.change); err != nil {
			t.Fatal(err)
		}
		if err := h.tellNow(t.Context(), now, reached); look.fails != (err != nil) {
			t.Errorf("%s: %v", look.change, err)
		}
	}
	if n := len(box.Mails()); n != 1 {
		t.Errorf("%d notes", n)
	}
	if runs, err := h.db.Untold(t.Context(), now); len(runs) != 0 || err != nil || len(reached) != 0 {
		t.Errorf("untold: %v, %v, %v", runs, reached, err)
	}
}

// TestAPressOfficeThatCannotBeToldIsNamed has a relay that takes mail to nobody of the press office, and then to one of them; the run goes at
// its time.
func TestAPressOfficeThatCannotBeToldIsNamed(t *testing.T) {
	t.Parallel()
	var taken atomic.Bool
	_, path := newsroom(t, "N", `"gone@example.org", "full@example.org"`, mailbox.Options{Reply: func(phase mailbox.Phase, _, to string) error {
		switch {
		case phase == mailbox.To && to == "gone@example.org":
			return mailbox.Refusal(550, "5.1.1", "no such user")
		case phase == mailbox.To && to == "full@example.org" && !taken.Load():
			return mailbox.Refusal(452, "4.2.2", "mailbox full")
		}
		return nil
	}})
	var log bytes.Buffer
	h := opened(t, path, &log)
	began := time.Now()
	wait := func(slug string) {
		t.Helper()
		release := filepath.Join(filepath.Dir(path), slug+".md")
		if err := os.WriteFile(release, []byte("---\ntitle: Talks\nslug: "+slug+"\n---\nText.\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		must(t, time.Now, "--config", path, "publish", release)
		if runs, err := h.planner().Plan(t.Context(), time.Now()); err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
	}
	shows := func(now time.Time, run, want string) {
		t.Helper()
		said := must(t, func() time.Time { return now }, "--config", path, "run", "show", run)
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	wait("one")
	shows(began, "1", "desk        not told yet: the daemon does it")
	if err := h.tellNow(t.Context(), began, map[int64]bool{}); err == nil {
		t.Error("nobody was told, and it is no fault")
	}
	for _, want := range []string{`level=WARN msg="nobody of the press office could be told`, "run=1 ", "gone@example.org: ", "full@example.org: ", "mailbox full"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, &log)
		}
	}
	shows(began, "1", "desk        nobody could be told so far: gone@example.org: ")
	over := began.Add(time.Hour)
	h.lamentUntold(t.Context(), began, over)
	h.lamentUntold(t.Context(), over, over.Add(time.Hour))
	if n := strings.Count(log.String(), "level=ERROR msg=\"the time of a run has come, and nobody of the press office could be told of it before\" run=1 "); n != 1 {
		t.Errorf("said %d times that it went untold:\n%s", n, &log)
	}
	shows(over, "1", "desk        nobody could be told before its time: gone@example.org: ")

	wait("two")
	taken.Store(true)
	if err := h.tellNow(t.Context(), began, map[int64]bool{}); err != nil {
		t.Error(err)
	}
	shows(began, "2", ", but for gone@example.org: ")
	shows(began, "1", ", but for gone@example.org: ")
	h.lamentUntold(t.Context(), began, over)
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors:\n%s", n, &log)
	}
}
