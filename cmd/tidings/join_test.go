package main

import (
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	formStamp   = regexp.MustCompile(`name="stamp" value="([^"]+)"`)
	confirmLink = regexp.MustCompile(`http://[^\s"<>]+/confirm/[\w-]{43}`)
	anyLink     = regexp.MustCompile(`http://[^\s"<>]+`)
)

// mailTo waits for a mail in the demo's mailbox that fits, to the address.
func (d *served) mailTo(address string, fits func(letter) bool) (found letter) {
	d.t.Helper()
	eventually(d.t, "a mail to "+address, func() bool {
		for _, l := range readMails(d.t, filepath.Dir(d.config)) {
			if l.to == address && fits(l) {
				found = l
				return true
			}
		}
		return false
	})
	return found
}

// join fills in the form at a path, as a person does, and sends it.
func (d *served) join(path string, fields url.Values) reply {
	d.t.Helper()
	page := d.get(path)
	stamp := formStamp.FindStringSubmatch(page.body)
	if page.status != http.StatusOK || stamp == nil {
		d.t.Fatalf("%s: %d without a form:\n%s", path, page.status, page.body)
	}
	fields.Set("stamp", html.UnescapeString(stamp[1]))
	<-time.After(2100 * time.Millisecond) // no person is faster
	return d.ask(http.MethodPost, d.base+path, fields.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// Everything is real: the form over HTTP, the letter and the digest over SMTP, the database in its file.
func TestWhoJoinsByTheFormAndConfirmsByTheLetterGetsTheDigest(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	sent := d.join("/subscribe?lang=ko", url.Values{
		"address": {"jiwoo@example.net"}, "words": {"수소\nxylophone"}, "cadence": {"immediate"}, "zone": {"Asia/Seoul"}, "language": {"ko"}, "do": {"join"},
	})
	if sent.status != http.StatusOK || !strings.Contains(sent.body, "메일함을 확인해 주십시오") {
		t.Fatalf("%d\n%s", sent.status, sent.body)
	}
	asks := d.mailTo("jiwoo@example.net", func(letter) bool { return true })
	link := confirmLink.FindString(asks.text)
	if link == "" || !strings.Contains(asks.html, link) || strings.Contains(asks.text+asks.html, "xylophone") {
		t.Fatalf("the letter:\n%s", asks.text)
	}
	for range 10 { // a scanner on the way
		for _, found := range anyLink.FindAllString(asks.text+" "+asks.html, -1) {
			if strings.HasPrefix(found, d.base) {
				d.ask(http.MethodGet, html.UnescapeString(found), "")
				d.ask(http.MethodHead, html.UnescapeString(found), "")
			}
		}
	}
	if list := d.run("subscriber", "list"); strings.Contains(list, "jiwoo@example.net") {
		t.Fatalf("a scanner made a subscriber:\n%s", list)
	}
	page := d.ask(http.MethodGet, link, "")
	if page.status != http.StatusOK || !strings.Contains(page.body, "xylophone") || !strings.Contains(page.body, "예, 구독합니다") {
		t.Fatalf("%d\n%s", page.status, page.body)
	}
	for _, want := range []string{"구독이 시작되었습니다", "이미 확인하셨습니다"} {
		if r := d.ask(http.MethodPost, link, ""); r.status != http.StatusOK || !strings.Contains(r.body, want) {
			t.Fatalf("%d, without %q\n%s", r.status, want, r.body)
		}
	}
	release := filepath.Join(t.TempDir(), "xylophone.md")
	if err := writeNew(release, []byte("---\ntitle: A xylophone for the minister\n---\nIt was a present.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.run("publish", release)
	digest := d.mailTo("jiwoo@example.net", func(l letter) bool { return strings.Contains(l.text, "A xylophone for the minister") })
	if !strings.Contains(digest.text, d.base+"/u/") || digest.header.get("List-Unsubscribe-Post") == "" {
		t.Errorf("the digest:\n%s", digest.text)
	}
	lost := d.join("/link", url.Values{"address": {"jiwoo@example.net"}})
	if lost.status != http.StatusOK || !strings.Contains(lost.body, "Please look into your mailbox") {
		t.Errorf("%d\n%s", lost.status, lost.body)
	}
}
