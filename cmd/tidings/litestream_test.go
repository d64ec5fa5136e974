//go:build litestream

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhatLitestreamRestoresIsCompleteAndHeld is for where Litestream is installed: make litestream. It takes the configuration that
// contrib has, with other paths.
func TestWhatLitestreamRestoresIsCompleteAndHeld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config, database := filepath.Join(dir, "tidings.toml"), filepath.Join(dir, "tidings.db")
	text, err := os.ReadFile("../../contrib/litestream.yml")
	if err != nil {
		t.Fatal(err)
	}
	stream := filepath.Join(dir, "litestream.yml")
	paths := strings.NewReplacer("/var/lib/tidings/tidings.db", database, "/var/backups/tidings-litestream", filepath.Join(dir, "replica"))
	if err := os.WriteFile(stream, []byte(paths.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	replicate := exec.CommandContext(t.Context(), "litestream", "replicate", "-config", stream)
	replicate.Stdout, replicate.Stderr = &said, &said
	replicate.Cancel = func() error { return replicate.Process.Signal(os.Interrupt) }
	if err := replicate.Start(); err != nil {
		t.Fatal(err)
	}
	d := start(t, "serve", "--config", config, "--listen", "127.0.0.1:0") // it goes on writing beside Litestream
	d.config = config
	d.run("subscriber", "add", "late@example.org", "--basis", "a test", "--daily", "all")
	d.run("publish", writeRelease(t, "Said while it streams"))

	restored := filepath.Join(dir, "restored.db")
	eventually(t, "the replica", func() bool {
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(restored + end)
		}
		if exec.CommandContext(t.Context(), "litestream", "restore", "-config", stream, "-o", restored, database).Run() != nil {
			return false // nothing has come over yet
		}
		found, err := os.ReadFile(restored)
		return err == nil && bytes.Contains(found, []byte("late@example.org")) && bytes.Contains(found, []byte("Said while it streams"))
	})
	d.stop()
	if err := replicate.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = replicate.Wait() // it was asked to end
	got := must(t, time.Now, "restore", restored, "--replace", "--keys", filepath.Join(dir, "tidings.key"), "--config", config)
	if !strings.Contains(got, "complete and checked") {
		t.Errorf("restore says %s\nLitestream says %s", got, &said)
	}
	check := program(t, time.Now, "check", "--offline", "--config", config)
	if check.code != exitFailed || !strings.Contains(check.out, "restored from restored.db, last written at") {
		t.Errorf("check says %s", check.out)
	}
	if got := must(t, time.Now, "subscriber", "show", "late@example.org", "--config", config); !strings.Contains(got, "daily") {
		t.Errorf("the subscriber: %s", got)
	}
}
