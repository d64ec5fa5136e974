package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// demonstration is what `demo --json` prints.
type demonstration struct {
	Folder   string
	Releases []releaseLine
	Mails    []sentLine
}

func demoOnce(t *testing.T, now func() time.Time, dir string) demonstration {
	t.Helper()
	var d demonstration
	if err := json.Unmarshal([]byte(must(t, now, "demo", "--once", "--dir", dir, "--json")), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDemoShowsTheWholeProduct(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	d := demoOnce(t, time.Now, dir)
	if len(d.Releases) != 10 || len(d.Mails) != 7 {
		t.Fatalf("%d releases and %d mails, want eight, two of them in Korean too, and 7", len(d.Releases), len(d.Mails))
	}
	for _, r := range d.Releases {
		if len(r.Topics) == 0 || r.Status != "published" {
			t.Errorf("%s: topics %v, %s", r.Slug, r.Topics, r.Status)
		}
	}
	const energy, ict = "제35차 에너지위원회 개최", "Korea’s ICT exports rebound in February"
	for _, m := range d.Mails {
		if m.State != "sent" || len(m.Releases) == 0 {
			t.Errorf("%s, %s: %s, with %d releases", m.To, m.Cadence, m.State, len(m.Releases))
		}
	}
	if got := releasesTo(d, "minseo.kim@example.org"); !slices.Equal(got, []string{energy}) {
		t.Errorf("who chose energy, and reads Korean, got %q", got)
	}
	if got := releasesTo(d, "s.okafor@example.net"); !slices.Contains(got, ict) || slices.Contains(got, energy) {
		t.Errorf("who chose semiconductors got %q", got)
	}
	if got := releasesTo(d, "newsdesk@example.net"); len(got) != 8 || slices.Contains(got, energy) {
		t.Errorf("who chose everything, and reads English, got %q", got)
	}
	sentAreTheMailsInTheFolder(t, d)
}

// releasesTo are the titles that the demo sent to an address.
func releasesTo(d demonstration, address string) []string {
	var titles []string
	for _, m := range d.Mails {
		if m.To == address {
			titles = append(titles, m.Releases...)
		}
	}
	return titles
}

// sentAreTheMailsInTheFolder compares what the demo says it sent with the files that the relay wrote.
func sentAreTheMailsInTheFolder(t *testing.T, d demonstration) {
	t.Helper()
	slugs := map[string]string{}
	for _, r := range d.Releases {
		slugs[r.Title] = r.URL
	}
	want := map[string]int{}
	for _, m := range d.Mails {
		urls := make([]string, len(m.Releases))
		for i, title := range m.Releases {
			urls[i] = slugs[title]
		}
		want[m.To+" "+strings.Join(urls, " ")]++
	}
	for _, m := range readMails(t, d.Folder) {
		key := m.to + " " + strings.Join(releaseLinks(m.text), " ")
		if want[key]--; want[key] < 0 {
			t.Errorf("%s: the demo does not speak of this mail: %s", m.file, key)
		}
	}
	for key, n := range want {
		if n > 0 {
			t.Errorf("no file holds the mail %s", key)
		}
	}
}

var aRelease = regexp.MustCompile(`http://127\.0\.0\.1:\d+/releases/[\w%.-]+`)

// releaseLinks are the URLs of releases, in their order.
func releaseLinks(text string) []string { return aRelease.FindAllString(text, -1) }

func TestEveryMailOfTheDemoIsWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	seen := map[string]string{}
	for _, m := range readMails(t, dir) {
		once := []string{
			"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
		}
		for _, name := range once {
			if n := len(m.header[name]); n != 1 {
				t.Errorf("%s: %s comes %d times", m.file, name, n)
			}
		}
		id := m.header.get("Message-Id")
		if other, twice := seen[id]; twice {
			t.Errorf("%s and %s have the same Message-ID %s", m.file, other, id)
		}
		seen[id] = m.file
		if !regexp.MustCompile(`^<[a-z0-9]+@news\.motie\.example>$`).MatchString(id) {
			t.Errorf("%s: Message-ID %s", m.file, id)
		}
		text, html := releaseLinks(m.text), releaseLinks(m.html)
		if len(text) == 0 || !slices.Equal(text, html) {
			t.Errorf("%s: text lists %q, HTML %q", m.file, text, html)
		}
		leave, _, _ := strings.Cut(strings.Trim(m.header.get("List-Unsubscribe"), "<>"), ">, <mailto:"+demoLeave)
		if !strings.Contains(m.text, leave) || !strings.Contains(m.html, `href="`+leave+`"`) {
			t.Errorf("%s: the link to leave, %s, stands not in both parts", m.file, leave)
		}
		if m.header.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("%s: List-Unsubscribe-Post: %s", m.file, m.header.get("List-Unsubscribe-Post"))
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d mails, want 7", len(seen))
	}
}

func TestDemoStartsAfreshInItsOwnFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := demoOnce(t, time.Now, dir)
	stray := filepath.Join(dir, "mail", "0099.eml")
	if err := os.WriteFile(stray, []byte("of yesterday"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, time.Now, "withdraw", first.Releases[0].Slug, "--reason", "a test", "--config", filepath.Join(dir, "tidings.toml"))
	second := demoOnce(t, time.Now, dir)
	if len(second.Releases) != len(first.Releases) || len(second.Mails) != len(first.Mails) {
		t.Errorf("%d releases and %d mails, then %d and %d", len(first.Releases), len(first.Mails), len(second.Releases), len(second.Mails))
	}
	if n := len(readMails(t, dir)); n != len(second.Mails) {
		t.Errorf("%d mails in the folder, want the second demo's %d", n, len(second.Mails))
	}
}

func TestDemoLeavesAFolderAloneThatItDidNotMake(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"novel.txt", "tidings.toml", "tidings.db"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		r := program(t, time.Now, "demo", "--once", "--dir", dir)
		if r.code != exitUsage || !strings.Contains(r.err, "no demo made it") {
			t.Errorf("with %s: exit code %d: %s", name, r.code, r.err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "mine" || len(entries) != 1 {
			t.Errorf("with %s: now %q among %d files, %v", name, text, len(entries), err)
		}
	}
}

func TestDemoKeepsWhatAPersonPutInItsFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	mine := filepath.Join(dir, "my-release.md")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	demoOnce(t, time.Now, dir)
	if text, err := os.ReadFile(mine); err != nil || string(text) != "mine" {
		t.Errorf("now %q, %v", text, err)
	}
}

func TestDemoSaysSoWhenItsAddressIsTakenAndMakesNothing(t *testing.T) {
	t.Parallel()
	first := startDemo(t)
	dir := t.TempDir()
	r := program(t, time.Now, "demo", "--dir", dir, "--addr", first.addr)
	if r.code != exitFailed || !strings.Contains(r.err, "--addr") || !strings.Contains(r.err, first.addr) {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("it made %v, %v", entries, err)
	}
}
