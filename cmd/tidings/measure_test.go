package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
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
	config := demoWith(t, "\n[metrics]\n", "\n[metrics]\nlisten = \"127.0.0.1:0\"\n", "\n[bounce]\n", `
[bounce]
domain = "bounce.example.org"
listen_smtp = "127.0.0.1:0"
cert_file = "cert.pem"
key_file = "key.pem"
`)
	dir, end := filepath.Dir(config), time.Now().Add(5*24*time.Hour+time.Hour)
	certify(t, dir, end)
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
		fmt.Sprintf("tidings_bounce_certificate_end_timestamp_seconds %v\n", float64(end.Unix())), `process_open_fds `, `go_goroutines `,
	} {
		eventually(t, want, func() bool {
			said = scrape(t, "http://"+addr+"/metrics")
			return strings.Contains(said, "\n"+want)
		})
	}
	if strings.Contains(said, "@") {
		t.Errorf("an address is in it:\n%s", said)
	}
	if said := d.run("doctor", "--offline"); !strings.Contains(said, "\nwarn  bounce-tls the certificate ends in 5 days, on ") {
		t.Errorf("the doctor says\n%s", said)
	}
	if r := d.get("/metrics"); r.status != http.StatusNotFound {
		t.Errorf("the public is told %d", r.status)
	}
}

// certify puts a certificate and its key into a folder.
func certify(t *testing.T, dir string, end time.Time) {
	t.Helper()
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plan := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.AddDate(0, -3, 0), NotAfter: end, DNSNames: []string{"news.example.org"}}
	cert, err := x509.CreateCertificate(rand.Reader, plan, plan, public, secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
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
