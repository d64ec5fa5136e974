package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// occupied is a site with the demo's releases and a source, whose database another process keeps busy until let go.
func occupied(t *testing.T, source string) (config string, letGo func()) {
	t.Helper()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config = filepath.Join(dir, "tidings.toml")
	text, err := os.ReadFile(config) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	text = fmt.Appendf(text, "\n[[source]]\nurl = %q\nprivate = true\n", source)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", filepath.Join(dir, "tidings.db"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := other.Conn(t.Context())
	if err == nil {
		_, err = conn.ExecContext(t.Context(), `BEGIN IMMEDIATE`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return config, func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTheDaemonWaitsForALongWriterAtItsStart(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(site.Close)
	config, letGo := occupied(t, site.URL)
	d := startWatched(t, &watcher{on: "waiting for the database", do: letGo}, "serve", "--config", config, "--listen", "127.0.0.1:0")
	if r := d.stop(); !strings.Contains(r.err, "waiting for the database") || strings.Contains(r.err, "level=ERROR") {
		t.Errorf("the log: %s", r.err)
	}
}

func TestTheSourcesAreVisitedAfterALongWriter(t *testing.T) {
	t.Parallel()
	visited := make(chan struct{}, 9)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		visited <- struct{}{}
	}))
	t.Cleanup(site.Close)
	path, letGo := occupied(t, site.URL)
	log := &watcher{on: "keeps the database busy", do: letGo}
	cfg, err := (&app{configPath: path}).loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	h, err := open(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.poll(ctx)
	}()
	select {
	case <-visited:
	case <-ended:
		t.Error("it has ended without a visit")
	}
	cancel()
	<-ended
	if err := h.db.Close(); err != nil || !strings.Contains(log.text(), "keeps the database busy") {
		t.Errorf("%v; the log: %s", err, log.text())
	}
}

func TestAStopWaitsOnlySoLong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes time.Duration
		want  bool
		waits time.Duration
	}{
		"at once":  {0, true, 0},
		"in time":  {closing / 2, true, closing / 2},
		"too long": {3 * closing, false, closing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				begun := time.Now()
				got := within(ctx, closing, func(context.Context) { <-time.After(c.takes) })
				if waited := time.Since(begun); got != c.want || waited != c.waits {
					t.Errorf("%t after %v", got, waited)
				}
				<-time.After(c.takes) // until what was left behind has ended
			})
		})
	}
}
