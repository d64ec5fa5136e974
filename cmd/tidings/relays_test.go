package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

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
	want := regexp.MustCompile(`(?m)^ *the relay 127\.0\.0\.1:1 is left alone since .*, and asked again at .*; mails wait: .*127\.0\.0\.1:1`)
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
	// A daemon that was killed could not take its word back.
	db, err := store.Open(t.Context(), filepath.Join(dir, "tidings.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.NoteRelaysAway(t.Context(), time.Now(), *q.Away), db.Close()); err != nil {
		t.Fatal(err)
	}
	if said := must(t, time.Now, "queue", "--config", config); !strings.Contains(said, "left alone") {
		t.Errorf("no word of it: %s", said)
	}
	program(t, time.Now, "digest", "run", "--config", config)
	if said := must(t, time.Now, "queue", "--config", config); strings.Contains(said, "left alone") {
		t.Errorf("who was killed leaves nothing alone: %s", said)
	}
}
