package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
)

func TestACadenceThatWasTakenOutOfTheConfigurationIsNotPassedOverInSilence(t *testing.T) {
	t.Parallel()
	_, path := newsroom(t, "N", "", mailbox.Options{})
	for _, address := range []string{"b@example.org", "c@example.org"} {
		must(t, time.Now, "--config", path, "subscriber", "add", address, "--basis", "form", "--daily", "all")
	}
	must(t, time.Now, "--config", path, "publish", writeRelease(t, "Kept until now"))
	must(t, time.Now, "--config", path, "digest", "run", "--cadence", "daily", "--no-send")
	file, err := sql.Open("sqlite", "file:"+filepath.Join(filepath.Dir(path), "tidings.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.ExecContext(t.Context(), `UPDATE runs SET planned = 1`); err != nil { // as when it was killed on the way
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if r := program(t, time.Now, "--config", path, "run", "show", "1"); strings.Contains(r.out, "configuration") {
		t.Errorf("the cadence is there still: %s", r.out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(`#daily = "0 8 * * *"`), []byte(`daily = ""`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	const why = "its cadence, daily, is not in the configuration any more, so the rest of it is not decided, and nothing is sent. " +
		"Put daily back in [cadences]; or: tidings run cancel 1"
	for _, asked := range []struct {
		code int
		args []string
	}{
		{exitDone, []string{"run", "show", "1"}},
		{exitDone, []string{"delivery", "explain", "b@example.org", "kept-until-now"}},
		{exitUsage, []string{"run", "drop", "1", "kept-until-now"}},
	} {
		if r := program(t, time.Now, append(asked.args, "--config", path)...); r.code != asked.code || !strings.Contains(r.out+r.err, why) {
			t.Errorf("%s: exit code %d\n%s%s", strings.Join(asked.args, " "), r.code, r.out, r.err)
		}
	}
	logs := &watcher{}
	startWatched(t, logs, "serve", "--config", path, "--listen", "127.0.0.1:0")
	const warning = `level=WARN msg="a cadence is not in the configuration any more: its subscriptions get nothing" cadence=daily subscriptions=2 `
	eventually(t, "a warning", func() bool { return strings.Count(logs.text(), warning) == 1 })
}
