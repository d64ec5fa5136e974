package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestServeTellsPrometheusHowItGoesOnAnAddressOfItsOwn has the daemon send a real digest, and reads what it says of that.
func TestServeTellsPrometheusHowItGoesOnAnAddressOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config := filepath.Join(dir, "tidings.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(text), "#listen = \"\"", "listen = \"127.0.0.1:0\"", 1)
	if err := os.WriteFile(config, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	logs := &watcher{}
	d := startWatched(t, logs, "serve", "--config", config, "--listen", "127.0.0.1:0")
	d.config, d.base = config, "http://127.0.0.1:8080"
	var addr string
	eventually(t, "it says where the metrics are", func() bool {
		if m := regexp.MustCompile(`serving metrics" listen=(\S+)`).FindStringSubmatch(logs.text()); m != nil {
			addr = m[1]
		}
		return addr != ""
	})
	d.run("backup", filepath.Join(dir, "copy.db"))
	d.get("/feeds/all.atom")
	var said string
	for _, want := range []string{
		`tidings_build_info{version="`, `tidings_run_expected_mails{cadence="`, `tidings_run_mails{cadence="`,
		`tidings_queue_mails{kind="digest",state="pending"} `, `tidings_queue_oldest_due_seconds{kind="letter"} 0`,
		`tidings_holds{by="desk",over="all"} 0`, `tidings_relay_breaker_open{relay="127.0.0.1:`, `tidings_relay_connections{relay="127.0.0.1:`,
		`tidings_outcomes_total{class="2xx",kind="digest",outcome="sent"} `, `tidings_planning_seconds_count `,
		`tidings_http_requests_total{code="200",method="get",of="feed"} 1`, `tidings_last_backup_timestamp_seconds 1`,
		`process_open_fds `, `go_goroutines `,
	} {
		eventually(t, want, func() bool {
			said = scrape(t, "http://"+addr+"/metrics")
			return strings.Contains(said, "\n"+want)
		})
	}
	if strings.Contains(said, "@") {
		t.Errorf("an address is in it:\n%s", said)
	}
	if r := d.get("/metrics"); r.status != http.StatusNotFound {
		t.Errorf("the public is told %d", r.status)
	}
}

func scrape(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", r.StatusCode, err)
	}
	return string(text)
}
