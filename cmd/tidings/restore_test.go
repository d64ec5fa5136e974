package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/store"
)

func TestABackupOfANewerProgramIsForAPersonToMend(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config, saved := filepath.Join(dir, "tidings.toml"), filepath.Join(dir, "saved.db")
	must(t, time.Now, "backup", saved, "--config", config)
	file, err := sql.Open("sqlite", "file:"+saved)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	if err := errors.Join(err, file.Close(), os.Remove(saved+store.ChecksumEnd)); err != nil {
		t.Fatal(err)
	}
	r := program(t, time.Now, "restore", saved, "--replace", "--config", config)
	if r.code != exitUsage || !strings.Contains(r.err, "schema version 9999") || !strings.Contains(r.err, "install the version that made it") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}
