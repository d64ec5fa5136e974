package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store"
)

// TestWhoAsksIsToldThatTheRelayIsLeftAlone has mails wait for a relay that is not there.
func TestWhoAsksIsToldThatTheRelayIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config := filepath.Join(dir, "tidings.toml")
	text, err := os.ReadFile(config) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	gone := regexp.MustCompile(`(?m)^(port = )\d+$`).ReplaceAll(text, []byte("${1}1"))
	if err := os.WriteFile(config, gone, 0o600); err != nil {
		t.Fatal(err)
	}
	const to = "newsdesk@example.net"
	release := filepath.Join(dir, "news.md")
	if err := os.WriteFile(release, []byte("---\ntitle: News\nslug: news\n---\nText.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, time.Now, "publish", release, "--config", config)
	must(t, time.Now, "digest", "run", "--cadence", "immediate", "--no-send", "--config", config)

	d := start(t, "serve", "--config", config, "--listen", "127.0.0.1:0")
	d.config = config
	want := regexp.MustCompile(`(?m)^ *the relay 127\.0\.0\.1:1 is left alone since .*, and asked again (at|by) .*; mails wait, and .*127\.0\.0\.1:1`)
	eventually(t, "queue", func() bool { return want.MatchString(d.run("queue")) })
	for _, args := range [][]string{{"delivery", "explain", to}, {"delivery", "explain", to, "news"}} {
		if said := d.run(args...); !want.MatchString(said) {
			t.Errorf("%s: %s", strings.Join(args, " "), said)
		}
	}
	var q queued
	err = json.Unmarshal([]byte(d.run("queue", "--json")), &q)
	if err != nil || q.Away == nil || !q.Away.All || q.Away.Relays[0].Relay != "127.0.0.1:1" {
		t.Errorf("machines are told %+v, %v", q.Away, err)
	}
	d.stop()
	if said := must(t, time.Now, "queue", "--config", config); strings.Contains(said, "left alone") {
		t.Errorf("nobody leaves it alone any more: %s", said)
	}
	// A daemon that was killed could not take its word back. It is not told as a promise, when its time is over.
	q.Away.Relays[0].Until = time.Now().Add(-time.Minute)
	db, err := store.Open(t.Context(), filepath.Join(dir, "tidings.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.NoteRelaysAway(t.Context(), time.Now(), *q.Away), db.Close()); err != nil {
		t.Fatal(err)
	}
	if said := must(t, time.Now, "queue", "--config", config); !strings.Contains(said, "asked again by the next mail for it") {
		t.Errorf("no word of it: %s", said)
	}
	program(t, time.Now, "digest", "run", "--config", config)
	if said := must(t, time.Now, "queue", "--config", config); strings.Contains(said, "left alone") {
		t.Errorf("who was killed leaves nothing alone: %s", said)
	}
}

// TestWhoSendsWithoutADaemonSaysWhichRelayItLeavesAlone has one relay that is not there, and one that takes its time.
func TestWhoSendsWithoutADaemonSaysWhichRelayItLeavesAlone(t *testing.T) {
	t.Parallel()
	dir, asked := t.TempDir(), make(chan struct{})
	answer := sync.OnceFunc(func() { close(asked) })
	defer answer()
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Reply: func(phase mailbox.Phase, _, _ string) error {
		if phase == mailbox.Dot {
			<-asked
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	config, release := filepath.Join(dir, "tidings.toml"), filepath.Join(dir, "news.md")
	must(t, time.Now, "init", dir, "--base-url", "https://news.example.org", "--from", "press@example.org")
	text, err := os.ReadFile(config) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(text), "\n[smtp]\n", "\n[smtp]\nhost = \"127.0.0.1\"\nport = 1\nsecurity = \"none\"\n", 1) +
		fmt.Sprintf("\n[[relay]]\nhost = \"localhost\"\nport = %s\nsecurity = \"none\"\nconnections = 1\n", portOf(t, box.Addr()))
	err = errors.Join(os.WriteFile(config, []byte(with), 0o600),
		os.WriteFile(release, []byte("---\ntitle: News\nslug: news\n---\nText.\n"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ana", "ben", "cho", "dee", "eve", "fay"} { // of three the one that works may have all
		must(t, time.Now, "subscriber", "add", name+"@example.org", "--basis", "form", "--daily", "all", "--config", config)
	}
	must(t, time.Now, "publish", release, "--config", config)

	ended := make(chan result, 1)
	go func() { ended <- program(t, time.Now, "digest", "run", "--cadence", "daily", "--config", config) }()
	want := regexp.MustCompile(`(?m)^ *the relay 127\.0\.0\.1:1 is left alone since .*, and asked again (at|by) .*; mails go by the others: `)
	eventually(t, "queue", func() bool { return want.MatchString(must(t, time.Now, "queue", "--config", config)) })
	if said := must(t, time.Now, "delivery", "explain", "ana@example.org", "--config", config); !want.MatchString(said) {
		t.Errorf("delivery explain: %s", said)
	}
	answer()
	if r := <-ended; r.code != exitDone || !strings.Contains(r.out, "\n6 sent, ") {
		t.Errorf("%+v", r)
	}
	if said := must(t, time.Now, "queue", "--config", config); strings.Contains(said, "left alone") {
		t.Errorf("nobody sends any more: %s", said)
	}
}

// TestWhoSendsIsToldOfAHoldThatStopsIt holds all mail, or the run, while the second of three mails is sent.
func TestWhoSendsIsToldOfAHoldThatStopsIt(t *testing.T) {
	t.Parallel()
	for _, over := range []string{"--all", "1"} {
		dir, n := t.TempDir(), 0
		config, release := filepath.Join(dir, "tidings.toml"), filepath.Join(dir, "news.md")
		box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Reply: func(phase mailbox.Phase, _, _ string) error {
			if phase == mailbox.Dot {
				if n++; n == 2 {
					program(t, time.Now, "run", "hold", over, "--reason", "a slip", "--config", config)
				}
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = box.Close() })
		must(t, time.Now, "init", dir, "--base-url", "https://news.example.org", "--from", "press@example.org")
		text, err := os.ReadFile(config) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		with := strings.Replace(string(text), "\n[smtp]\n", "\n[smtp]\nhost = \"127.0.0.1\"\nport = "+portOf(t, box.Addr())+
			"\nsecurity = \"none\"\nconnections = 1\n", 1)
		err = errors.Join(os.WriteFile(config, []byte(with), 0o600),
			os.WriteFile(release, []byte("---\ntitle: News\nslug: news\n---\nText.\n"), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 { // more than are claimed at once
			must(t, time.Now, "subscriber", "add", fmt.Sprintf("r%d@example.org", i), "--basis", "form", "--daily", "all", "--config", config)
		}
		must(t, time.Now, "publish", release, "--config", config)
		r := program(t, time.Now, "digest", "run", "--cadence", "daily", "--config", config)
		if r.code != exitPartial || !strings.Contains(r.err, "a slip") || strings.Contains(r.out, "\n60 sent, ") {
			t.Errorf("%s: %+v", over, r)
		}
	}
}

func portOf(t *testing.T, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
