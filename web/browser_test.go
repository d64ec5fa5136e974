package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

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

// publish fills the newsroom as a ministry would, in two languages, with all that a release may hold.
func (n *newsroom) publish() {
	n.t.Helper()
	n.site.Postal = map[string]string{"en": "402 Hannuri-daero, Sejong-si, 30118, Republic of Korea"}
	for i, names := range []map[string]string{
		{"en": "ICT and semiconductors", "ko": "정보통신·반도체"},
		{"en": "Supply chains, critical minerals and economic security", "ko": "공급망·핵심광물·경제안보"},
	} {
		topic := tidings.Topic{Slug: []string{"ict", "supply-chains"}[i], Order: 5 + i, Names: names}
		if _, err := n.db.SaveTopic(n.t.Context(), &topic, n.now, "test"); err != nil {
			n.t.Fatal(err)
		}
	}
	for i := range 21 {
		n.save(fmt.Sprintf("exports-%02d", i), func(r *tidings.Release) { r.Topics = []string{"energy", "ict", "supply-chains"} })
	}
	n.save("wrong-figures", nil)
	wrong, err := n.db.Release(n.t.Context(), "wrong-figures")
	if err == nil {
		err = n.db.Withdraw(n.t.Context(), wrong.ID, tidings.Withdrawal{Reason: "The figures for February were those of January."}, n.now, "test")
	}
	if err != nil {
		n.t.Fatal(err)
	}
	n.save("ict-exports", rich("en", "Korea’s ICT exports rebound in February: “the second highest for the month”",
		"Exports of information and communications technology climbed 1.2 percent to USD 16.7 billion."))
	n.save("에너지위원회-개최", rich("ko", "제35차 에너지위원회, 비상시 에너지수급계획과 가스안전관리 기본계획 등 네 가지 안건을 심의·의결",
		"산업통상자원부는 3월 17일 제35차 에너지위원회를 열어 비상시 에너지수급계획을 심의하였다."))
}

// rich makes a release of everything that one may hold.
func rich(language, title, text string) func(*tidings.Release) {
	row := strings.Repeat("<td>1,234,567.8</td>", 14)
	return func(r *tidings.Release) {
		r.Language, r.Title, r.Topics = language, title, []string{"ict", "trade", "supply-chains"}
		r.Body.HTML = "<p>" + text + ` <strong>+33.3 %</strong> <em>(p)</em> <a href="https://example.org/">example.org</a></p>
<h2>` + title + `</h2><table><thead><tr><th>Product</th><th colspan="13">USD</th></tr></thead><tbody><tr>` + row +
			`</tr></tbody></table><blockquote><p>` + text + `</p></blockquote><ul><li>` + text + `</li></ul>
<pre><code>` + strings.Repeat("0123456789", 30) + `</code></pre><p>https://example.org/` + strings.Repeat("long", 60) +
			`</p><h3>` + title + `</h3><ol><li>` + text + `</li></ol><hr><p>` + text + `</p>`
		r.Body.Text = text
		r.Office, r.Authors = "Information and Communications Trade Division", []string{"김서연", "Lee & Park"}
		r.Contact = tidings.Contact{Name: "대변인실", Email: "a-rather-long-address-of-a-press-office@example.org", Phone: "+82 44 203 4000"}
		r.Attachments = []tidings.Attachment{
			{Name: "보도자료_제35차_에너지위원회_개최_결과_및_향후_추진계획_최종본_수정.pdf", URL: "https://example.org/a.pdf", Size: 482_113},
			{Name: strings.Repeat("Statistics", 12) + ".xlsx", URL: "https://example.org/b.xlsx", MediaType: "text/csv"},
		}
		r.Updated, r.Note = r.Published.AddDate(0, 0, 1), "The figure for Taiwan was 124.3 percent, not 24.3 percent."
	}
}

// view is a page of one kind.
type view struct {
	path    string
	status  int64
	lang    string
	posting bool
}

// TestBrowser shares one browser among all that a browser must find true.
func TestBrowser(t *testing.T) {
	t.Parallel()
	browser := newChromium(t)
	for name, promise := range map[string]func(*testing.T, chromium){
		"shows every page whole, readable and from this site alone": showsPages,
		"shows mails whole, readable and from nowhere else":         showsMails,
		"lets a reader leave by Tab and Enter alone":                leavesByKeyboard,
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
	n := newNewsroom(t)
	n.serve()
	leave, _ := url.Parse(n.mailed())
	n.publish()
	for name, v := range map[string]view{
		"front":             {"/", 200, "en", false},
		"second page":       {"/page/2", 200, "en", false},
		"topic":             {"/topics/supply-chains", 200, "en", false},
		"topics":            {"/topics", 200, "en", false},
		"language":          {"/languages/ko", 200, "ko", false},
		"English release":   {"/releases/ict-exports", 200, "en", false},
		"Korean release":    {"/releases/에너지위원회-개최", 200, "ko", false},
		"feeds":             {"/feeds", 200, "en", false},
		"leaving":           {leave.Path, 200, "en", false},
		"left":              {leave.Path, 200, "en", true},
		"a link cut off":    {"/u/x", 404, "en", false},
		"withdrawn release": {"/releases/wrong-figures", 410, "en", false},
		"ended topic":       {"/topics/fisheries", 410, "en", false},
		"nothing":           {"/nothing", 404, "en", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.tab(t)
			for _, width := range []int64{390, 820, 1280} {
				shown := map[string]bool{}
				for _, scheme := range []string{"light", "dark"} {
					b.size(width, scheme)
					if scheme == "light" {
						b.open(n.site.URL()+strings.TrimPrefix(v.path, "/"), v.status, v.posting)
					}
					s := b.look()
					for _, f := range b.faults(&s) {
						t.Errorf("%d px, %s: %s", width, scheme, f)
					}
					if s.Lang != v.lang || s.H1 != 1 || s.Main != 1 || s.Texts < 10 || s.Dark != (scheme == "dark") || shown[s.Background] {
						t.Errorf("%d px, %s: %+v", width, scheme, s)
					}
					shown[s.Background] = true
				}
			}
		})
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
	}
	b := browser.tab(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
		if where == "button" {
			break
		}
		if where != "a" {
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
