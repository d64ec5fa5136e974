package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/store/storetest"
)

func TestServeEndsAtOnceWhenAnotherProcessSends(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	release, err := storetest.Open(t, filepath.Join(dir, "tidings.db")).LockSender()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	got := program(t, time.Now, "serve", "--config", filepath.Join(dir, "tidings.toml"), "--listen", "127.0.0.1:0")
	if got.code != exitFailed || !strings.Contains(got.err, "another process sends mail") || strings.Contains(got.err, "serving") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

func TestRestoreRefusesWhileAnotherProcessSends(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config, database, saved := filepath.Join(dir, "tidings.toml"), filepath.Join(dir, "tidings.db"), filepath.Join(dir, "saved.db")
	must(t, time.Now, "backup", saved, "--config", config)
	release, err := storetest.Open(t, database).LockSender()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	got := program(t, time.Now, "restore", saved, "--replace", "--config", config)
	if got.code != exitUsage || !strings.Contains(got.err, "sends from "+database+": stop it first") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}
