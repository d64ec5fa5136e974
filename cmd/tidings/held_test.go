package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
)

func TestADaemonOnACopyServesAndSaysWhatItHolds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config := filepath.Join(dir, "tidings.toml")
	relayOn(t, config)
	must(t, time.Now, "publish", "../../examples/ministry/release.md", "--config", config)
	if err := os.Remove(filepath.Join(dir, "tidings.db-instance")); err != nil { // as when only the database was copied
		t.Fatal(err)
	}
	logs := &watcher{}
	d := startWatched(t, logs, "serve", "--config", config, "--listen", "127.0.0.1:0")
	d.base, d.config = "http://127.0.0.1:8080", config
	if r := d.get("/"); r.status != 200 {
		t.Errorf("the newsroom: %d", r.status)
	}
	text := logs.text()
	for _, want := range []string{
		`level=WARN msg="all bulk mail is held" why="this database is a copy: tidings.db-instance, which lies beside the original, is not here"`,
		"deliveries=0 runs_due=1 ", `mend="tidings resume"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not say %s:\n%s", want, text)
		}
	}
	if runs := d.run("run", "list", "--json"); strings.Contains(runs, `"kind": "scheduled"`) {
		t.Errorf("runs were made: %s", runs)
	}
	if said := d.run("resume"); !strings.HasPrefix(said, "no longer held: this database is a copy") {
		t.Errorf("resume says %q", said)
	}
	must(t, time.Now, "publish", writeRelease(t, "Now it goes out"), "--config", config) // wakes the daemon, which has a minute otherwise
	eventually(t, "a run", func() bool { return strings.Contains(d.run("run", "list", "--json"), `"kind": "scheduled"`) })
}

// relayOn opens a relay at the port that the configuration says: the daemon decides nothing while it is away.
func relayOn(t *testing.T, config string) {
	t.Helper()
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	port := regexp.MustCompile(`(?m)^port = \d+$`)
	_, now, _ := strings.Cut(box.Addr(), ":")
	if !port.Match(text) {
		t.Fatal("the configuration has no port of the relay")
	}
	if err := os.WriteFile(config, port.ReplaceAll(text, []byte("port = "+now)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeRelease(t *testing.T, title string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.md")
	if err := writeNew(path, []byte("---\ntitle: "+title+"\n---\nIt was kept until now.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
