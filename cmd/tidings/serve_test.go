package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestServeAnswersWithTheFeedsThatTheCommandLinePrints(t *testing.T) {
	t.Parallel()
	d := startServe(t)
	var lines []feedLine
	if err := json.Unmarshal([]byte(d.run("feed", "list", "--json")), &lines); err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		for format, url := range map[tidings.FeedFormat]string{tidings.RSS: l.RSS, tidings.Atom: l.Atom, tidings.JSON: l.JSON} {
			full := d.dated(url)
			if full.status != http.StatusOK || full.header.Get("Content-Type") != format.MediaType() {
				t.Errorf("%s: %d, %s", url, full.status, full.header.Get("Content-Type"))
			}
			if full.body != d.run("feed", "show", l.Selection, "--format", string(format)) {
				t.Errorf("%s is not what `feed show` prints", url)
			}
			for name, value := range map[string]string{
				"If-None-Match": full.header.Get("ETag"), "If-Modified-Since": full.header.Get("Last-Modified"),
			} {
				if again := d.ask(http.MethodGet, url, "", name, value); again.status != http.StatusNotModified || again.body != "" {
					t.Errorf("%s, %s %q: %d with %d octets, want 304", url, name, value, again.status, len(again.body))
				}
			}
		}
	}
}

func TestServeValidatorsOutliveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	var tags []string
	for range 2 {
		d := start(t, "serve", "--config", filepath.Join(dir, "tidings.toml"), "--listen", "127.0.0.1:0")
		d.base = "http://127.0.0.1:8080"
		r := d.dated(d.base + "/feeds/all.atom")
		tags = append(tags, r.header.Get("ETag")+" "+r.header.Get("Last-Modified"))
		d.stop()
	}
	if tags[0] != tags[1] || strings.HasPrefix(tags[0], " ") {
		t.Errorf("first %q, after the restart %q", tags[0], tags[1])
	}
}

func TestServeShowsAScheduledReleaseWhenItsTimeHasComeAndNotBefore(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	before := d.get("/feeds/all.atom")
	path := filepath.Join(t.TempDir(), "later.md")
	if err := writeNew(path, []byte("---\ntitle: Now it may be said\n---\nIt was kept until now.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	due := d.soon(1500*time.Millisecond, "publish", path, "--at")
	places := []string{"/", "/releases/now-it-may-be-said", "/feeds/all.atom", "/feeds/all.rss", "/feeds/all.json"}
	for _, place := range places {
		eventually(t, place, func() bool {
			r := d.get(place)
			seen := r.status == http.StatusOK && strings.Contains(r.body, "Now it may be said")
			if seen && time.Now().Before(due) {
				t.Fatalf("%s shows it %s too early", place, time.Until(due))
			}
			return seen
		})
	}
	if r := d.get("/feeds/all.atom", "If-None-Match", before.header.Get("ETag")); r.status != http.StatusOK {
		t.Errorf("who has the feed of before is told %d, want 200", r.status)
	}
	eventually(t, "the mail to who takes everything at once", func() bool {
		for _, m := range readMails(t, filepath.Dir(d.config)) {
			if m.to == "newsdesk@example.net" && strings.Contains(m.text, "Now it may be said") {
				return true
			}
		}
		return false
	})
}

// leaveLink is the link to leave in the newest mail to an address.
func leaveLink(t *testing.T, d *served, to string) string {
	t.Helper()
	link := ""
	for _, m := range readMails(t, filepath.Dir(d.config)) {
		if m.to == to {
			link, _, _ = strings.Cut(m.header.get("List-Unsubscribe"), ",") // the other is a mailto:
			link = strings.Trim(link, "<>")
		}
	}
	if !strings.HasPrefix(link, d.base+"/u/") {
		t.Fatalf("the mail to %s has the link %q", to, link)
	}
	return link
}

// state is how a subscriber stands.
func (d *served) state(address string) string {
	d.t.Helper()
	var l subscriberLine
	if err := json.Unmarshal([]byte(d.run("subscriber", "show", address, "--json")), &l); err != nil {
		d.t.Fatal(err)
	}
	return l.State
}

func TestServeUnsubscribesWhoPostsAndNobodyWhoLooks(t *testing.T) {
	t.Parallel()
	d := startServe(t)
	for address, form := range map[string]string{
		"minseo.kim@example.org": "",                           // the button on the page
		"s.okafor@example.net":   "List-Unsubscribe=One-Click", // the mail program's own: RFC 8058 §3.1
	} {
		link := leaveLink(t, d, address)
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
			if r := d.ask(method, link, ""); r.status != http.StatusOK || d.state(address) != "active" {
				t.Fatalf("%s %s: %d, and %s is %s", method, link, r.status, address, d.state(address))
			}
		}
		post := []string{"Content-Type", "application/x-www-form-urlencoded"}
		for range 2 { // a mail program may ask twice
			if r := d.ask(http.MethodPost, link, form, post...); r.status != http.StatusOK {
				t.Errorf("POST %s: %d\n%s", link, r.status, r.body)
			}
		}
		if got := d.state(address); got != "left" {
			t.Errorf("%s posted %q and is %s", address, form, got)
		}
		if r := d.ask(http.MethodPost, link[:len(link)-1]+"_", form, post...); r.status < 400 || r.status > 499 {
			t.Errorf("a link that was tampered with: %d", r.status)
		}
	}
	if got := d.state("newsdesk@example.net"); got != "active" {
		t.Errorf("who did nothing is %s", got)
	}
}

func TestServeStopsWhenAskedAndLetsThePortGo(t *testing.T) {
	t.Parallel()
	d := startServe(t)
	if r := d.get("/readyz"); r.status != http.StatusOK {
		t.Fatalf("/readyz: %d %s", r.status, r.body)
	}
	r := d.stop()
	if !strings.Contains(r.err, "stopping") || strings.Contains(r.err, "level=ERROR") {
		t.Errorf("the log: %s", r.err)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", d.addr)
	if err != nil {
		t.Fatalf("the port is still taken: %v", err)
	}
	defer l.Close()

	// Taken by another, it is a failure that names the address.
	again := program(t, time.Now, "serve", "--config", d.config, "--listen", d.addr)
	if again.code != exitFailed || !strings.Contains(again.err, d.addr) {
		t.Errorf("exit code %d: %s", again.code, again.err)
	}
}

func TestTwoNeverSendAtOnce(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	if got := d.run("digest", "run"); !strings.Contains(got, "another process sends them: the daemon within a minute") {
		t.Errorf("`digest run` beside the daemon says %q", got)
	}
	if got := d.run("digest", "run", "--json"); !strings.Contains(got, `"sender": "another"`) {
		t.Errorf("`digest run --json` beside the daemon says %s", got)
	}
}
