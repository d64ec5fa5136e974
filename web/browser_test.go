package web_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// serve puts the newsroom where a browser finds it.
func (n *newsroom) serve() {
	n.t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.ServeHTTP(w, r) }))
	n.site.Base = &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	n.open()
	server.Start()
	n.t.Cleanup(server.Close)
}

// TestBrowser shares one browser among all that a browser must find true.
func TestBrowser(t *testing.T) {
	t.Parallel()
	browser := newChromium(t)
	for name, promise := range map[string]func(*testing.T, chromium){
		"shows every page whole, readable and from this site alone": showsPages,
		"shows mails whole, readable and from nowhere else":         showsMails,
		"lets a reader leave by Tab and Enter alone":                leavesByKeyboard,
		"shows own pages likewise":                                  showsOwnPages,
		"lets a reader manage by keyboard, without scripts":         managesByKeyboard,
		"tells when a page is none of that":                         findsFaults,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promise(t, browser)
		})
	}
}

func showsPages(t *testing.T, browser chromium) {
	t.Helper()
	languages := []string{"en", "ko"}
	if testing.Short() {
		languages = languages[:1] // under the race detector: see Makefile
	}
	for _, language := range languages {
		n := newNewsroom(t)
		n.site.Language = language
		n.serve()
		leave, _ := url.Parse(n.mailed())
		n.publish()
		for name, v := range views(leave.Path) {
			t.Run(language+"/"+name, func(t *testing.T) {
				t.Parallel()
				v.lang = cmp.Or(v.lang, language)
				isFaultless(t, browser.tab(t), n.site.URL(), v)
			})
		}
		mailbox := serveMailbox(t, language)
		for _, path := range []string{"/mailbox", "/none", "/mail"} {
			t.Run(language+path, func(t *testing.T) {
				t.Parallel()
				isFaultless(t, browser.tab(t), mailbox, view{path: path, lang: language})
			})
		}
	}
}

// isFaultless looks at a page on a phone, a tablet and a desk, by day and by night.
func isFaultless(t *testing.T, b *tab, home string, v view) {
	t.Helper()
	for _, width := range []int64{320, 820, 1440} {
		shown := map[string]bool{}
		for _, scheme := range []string{"light", "dark"} {
			b.size(width, scheme)
			if scheme == "light" && width != 820 { // a page need not be loaded anew for each width
				b.open(home+strings.TrimPrefix(v.path, "/"), cmp.Or(v.status, http.StatusOK), v.posting)
			}
			s := b.look()
			if width == 820 || scheme == "dark" {
				s.Moved = nil // it was not loaded anew but made wider, or dark: browsers may move things by a hair then
			}
			faults := b.faults(&s)
			if width == 1440 || width == 320 && scheme == "light" {
				faults = append(faults, b.axe()...)
			}
			for _, f := range faults {
				t.Errorf("%d px, %s: %s", width, scheme, f)
			}
			if s.Lang != v.lang || s.H1 != 1 || s.Main != 1 || s.Texts < 10 || s.Dark != (scheme == "dark") || shown[s.Background] {
				t.Errorf("%d px, %s: %+v", width, scheme, s)
			}
			shown[s.Background] = true
		}
	}
}

// findsFaults shows pages with a fault each, so that finding none elsewhere means something.
func findsFaults(t *testing.T, browser chromium) {
	t.Helper()
	faulty := map[string]string{
		"a wide table":   `<table width="2000"><tr><td>x</td></tr></table>`,
		"faint text":     `<p><font color="#8a8a8a">x</font></p>`,
		"a script":       `<script>alert()</script>`,
		"another site":   `<img src="https://example.org/a.png" alt="">`,
		"a missing file": `<img src="/missing.png" alt="">`,
		"a heavy page":   strings.Repeat("<!-- nothing but weight -->", 2000),
		"what moves":     `<img src="/ship.png" alt=""><p>` + strings.Repeat("This is pushed down. ", 40),
	}
	b := browser.tab(t)
	picture := drawing(t).Data
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ship.png" {
			<-time.After(200 * time.Millisecond) // the text is on the screen before it
			_, _ = w.Write(picture)
			return
		}
		body, ok := faulty[r.URL.Query().Get("fault")]
		if !ok && r.URL.Path != "/good" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src 'self'")
		_, _ = fmt.Fprint(w, `<!doctype html><html lang="en"><link rel="icon" href="/good"><p>Text</p>`, body)
	}))
	t.Cleanup(server.Close)
	b.size(390, "light")
	b.open(server.URL+"/good", http.StatusOK, false)
	if s := b.look(); len(b.faults(&s)) > 0 || s.Texts != 1 {
		t.Errorf("a page without faults: %+v", s)
	}
	for fault := range faulty {
		b.open(server.URL+"/?fault="+url.QueryEscape(fault), http.StatusOK, false)
		if s := b.look(); len(b.faults(&s)) == 0 {
			t.Errorf("%s was not found: %+v", fault, s)
		}
		if fault == "a missing file" && len(b.axe()) == 0 {
			t.Error("axe finds nothing wrong with a page without title, heading and landmarks")
		}
	}
}

func leavesByKeyboard(t *testing.T, browser chromium) {
	t.Helper()
	n := newNewsroom(t)
	n.serve()
	b := browser.tab(t)
	b.size(390, "light")
	b.open(n.mailed(), http.StatusOK, false)
	const focused = `(() => { const e = document.activeElement
		return e.localName + (getComputedStyle(e).outlineStyle === "none" ? " unmarked" : "") })()`
	where := ""
	for range 30 {
		b.do(chromedp.KeyEvent(kb.Tab))
		where = b.evaluate(focused)
		if where == "button" && b.evaluate(`String(document.activeElement.closest("main") !== null)`) == "true" {
			break
		}
		if where != "a" && where != "input" && where != "button" {
			t.Fatalf("Tab leads to %q", where)
		}
	}
	if where != "button" || n.state() != tidings.Active {
		t.Fatalf("Tab ends at %q, and the reader is %s", where, n.state())
	}
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	if said := b.evaluate(`document.querySelector("h1").innerText`); n.state() != tidings.Left || said != "You have unsubscribed" {
		t.Errorf("the reader is %s, and the page says %q", n.state(), said)
	}
}

func (b *tab) evaluate(expression string) string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// digests are mails in the style of a ministry, by what is to be said of them.
func digests(t *testing.T) map[string]*templates.DigestMail {
	t.Helper()
	n := newNewsroom(t)
	n.site.Postal = map[string]string{"en": "402 Hannuri-daero, Sejong-si, 30118, Republic of Korea"}
	mails := map[string]*templates.DigestMail{}
	for _, lang := range n.site.Languages {
		var found []templates.MailRelease
		for _, r := range []templates.MailRelease{
			{Title: "Korea’s ICT exports rebound in February", Lead: strings.Repeat("Exports climbed 1.2 percent to USD 16.7 billion. ", 9), Language: "en"},
			{Title: "제35차 에너지위원회, 비상시 에너지수급계획과 가스안전관리 기본계획을 심의·의결", Lead: strings.Repeat("산업통상자원부는 위원회를 열었다. ", 20), Language: "ko"},
			{Title: "A name that never ends: " + strings.Repeat("Aaaaaaaaa", 12), Lead: "https://example.org/" + strings.Repeat("long", 40), Language: "en"},
		} {
			r.URL, r.Published, r.AlsoIn = n.site.ReleaseURL("r"), n.now, []string{"Supply chains and minerals", "공급망·광물"}
			found = append(found, r)
		}
		mails[lang] = &templates.DigestMail{
			Site: n.site, Language: lang, Cadence: tidings.Weekly, Date: n.now,
			Sections: []templates.Section{{Topic: "Energy", Releases: found}, {Releases: found[:1]}}, More: 12, MoreURL: n.site.URL(),
			LeaveURL: n.site.LeaveURL(strings.Repeat("A", 43)), Address: strings.Repeat("reader", 9) + "@example.net",
		}
	}
	return mails
}

func showsMails(t *testing.T, browser chromium) {
	t.Helper()
	set, err := templates.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for lang, mail := range digests(t) {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			parts, err := set.Digest(mail)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" { // and no icon, which browsers ask for and mail programs do not
					_, _ = fmt.Fprint(w, parts.HTML)
				}
			}))
			t.Cleanup(server.Close)
			b := browser.tab(t)
			for _, width := range []int64{390, 700} {
				for _, scheme := range []string{"light", "dark"} {
					b.size(width, scheme)
					b.open(server.URL+"/", http.StatusOK, false)
					s := b.look()
					for _, f := range b.faults(&s) {
						t.Errorf("%d px, %s: %s", width, scheme, f)
					}
					if s.Lang != lang || s.H1 != 1 || s.Texts < 20 || s.Dark != (scheme == "dark") {
						t.Errorf("%d px, %s: %+v", width, scheme, s)
					}
				}
			}
		})
	}
}
