package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
)

// TestARunIsFollowedUntilItsMailsHaveComeToAnEnd holds a run, follows it, and lets it go.
func TestARunIsFollowedUntilItsMailsHaveComeToAnEnd(t *testing.T) {
	t.Parallel()
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close() }()
	dir := t.TempDir()
	config := filepath.Join(dir, "tidings.toml")
	must(t, time.Now, "init", dir, "--base-url", "https://news.example.org", "--from", "press@example.org")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(box.Addr(), ":")
	with := strings.NewReplacer(
		`#host = "localhost"`, `host = "127.0.0.1"`, `#port = 0`, `port = `+port, `#security = "starttls"`, `security = "none"`,
	).Replace(string(text))
	if err := os.WriteFile(config, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	release := filepath.Join(dir, "release.md")
	if err := os.WriteFile(release, []byte("---\ntitle: A release\n---\nText.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"subscriber add a@example.org --basis form --daily all", "subscriber add b@example.org --basis form --daily all",
		"publish " + release, "digest run --cadence daily --no-send", "run hold 1 --reason figure",
	} {
		must(t, time.Now, append([]string{"--config", config}, strings.Fields(line)...)...)
	}
	looked := make(chan struct{})
	out, ended := &watcher{on: "pending", do: func() { close(looked) }}, make(chan int, 1)
	go func() {
		a := &app{in: strings.NewReader(""), out: out, errs: io.Discard, now: time.Now}
		ended <- a.run(t.Context(), []string{"--config", config, "run", "show", "1", "--follow"})
	}()
	select {
	case <-looked:
	case code := <-ended:
		t.Fatalf("it ended: exit code %d\n%s", code, out.text())
	}
	must(t, time.Now, "--config", config, "run", "resume", "1")
	must(t, time.Now, "--config", config, "digest", "run")
	code := <-ended
	got := strings.Split(strings.TrimSpace(out.text()), "\n")
	if code != exitDone || len(got) < 2 || !strings.HasSuffix(got[0], "  2 pending (held)") || !strings.HasSuffix(got[len(got)-1], "  2 sent") {
		t.Errorf("%q", got)
	}
}
