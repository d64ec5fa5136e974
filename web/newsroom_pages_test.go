package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

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
	right := n.save("right-figures", nil)
	wrong, err := n.db.Release(n.t.Context(), "wrong-figures")
	if err == nil {
		err = n.db.Withdraw(n.t.Context(), wrong.ID, tidings.Withdrawal{
			Reason: "The figures for February were those of January.", Successor: right.ID,
		}, n.now, "test")
	}
	if err != nil {
		n.t.Fatal(err)
	}
	picture := drawing(n.t)
	n.attach("ict-exports", picture, n.illustrated(picture, rich("en", "Korea’s ICT exports rebound in February: “the second highest for the month”",
		"Exports of information and communications technology climbed 1.2 percent to USD 16.7 billion.")))
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
		r.Body.Text, r.Summary = text, text
		r.Office, r.Authors = "Information and Communications Trade Division", []string{"김서연", "Lee & Park"}
		r.Contact = tidings.Contact{Name: "대변인실", Email: "a-rather-long-address-of-a-press-office@example.org", Phone: "+82 44 203 4000"}
		r.Attachments = []tidings.Attachment{
			{Name: "보도자료_제35차_에너지위원회_개최_결과_및_향후_추진계획_최종본_수정.pdf", URL: "https://example.org/a.pdf", Size: 482_113},
			{Name: strings.Repeat("Statistics", 12) + ".xlsx", URL: "https://example.org/b.xlsx", MediaType: "text/csv"},
		}
		r.Translation = "ict-exports"
		r.Updated, r.Note = r.Published.AddDate(0, 0, 1), "The figure for Taiwan was 124.3 percent, not 24.3 percent."
	}
}

// illustrated adds a cover, and the same picture in the text.
func (n *newsroom) illustrated(f tidings.File, change func(*tidings.Release)) func(*tidings.Release) {
	return func(r *tidings.Release) {
		change(r)
		r.Body.HTML += `<figure><img src="` + n.site.FileURL(f.Hash, f.Name) + `" alt="A ship" width="800" height="450"><figcaption>The port of Busan</figcaption></figure>`
		r.Files = []string{f.Hash}
		r.Attachments = append(r.Attachments, tidings.Attachment{
			Name: f.Name, MediaType: f.MediaType, Hash: f.Hash, Alt: "A ship", Width: 800, Height: 450, Cover: true,
		})
	}
}

// drawing is a picture of 800 × 450.
func drawing(t testing.TB) tidings.File {
	t.Helper()
	picture := image.NewPaletted(image.Rect(0, 0, 800, 450), color.Palette{color.White, color.Black})
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i / 8 % 2)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return tidings.File{Hash: tidings.HashOf(b.Bytes()), Name: "ship.png", MediaType: "image/png", Data: b.Bytes()}
}

// view is a page of one kind. Zero is 200, and the site's language.
type view struct {
	path    string
	status  int64
	lang    string
	posting bool
}

func views(leave string) map[string]view {
	return map[string]view{
		"front":             {path: "/"},
		"second page":       {path: "/page/2"},
		"topic":             {path: "/topics/supply-chains"},
		"topics":            {path: "/topics"},
		"language":          {path: "/languages/ko", lang: "ko"},
		"archive":           {path: "/archive"},
		"year":              {path: "/archive/2026"},
		"month":             {path: "/archive/2026/03"},
		"offices":           {path: "/offices"},
		"office":            {path: "/offices/information-and-communications-trade-division"},
		"search":            {path: "/search"},
		"found":             {path: "/search?q=exports"},
		"found in Korean":   {path: "/search?q=" + url.QueryEscape("에너지수급계획")},
		"found nothing":     {path: "/search?q=xyzzy"},
		"no filter":         {path: "/search?q=after:yesterday"},
		"English release":   {path: "/releases/ict-exports", lang: "en"},
		"Korean release":    {path: "/releases/에너지위원회-개최", lang: "ko"},
		"plain release":     {path: "/releases/right-figures", lang: "en"},
		"feeds":             {path: "/feeds"},
		"leaving":           {path: leave, lang: "en"},
		"left":              {path: leave, lang: "en", posting: true},
		"a link cut off":    {path: "/u/x", status: http.StatusNotFound, lang: "en"},
		"withdrawn release": {path: "/releases/wrong-figures", status: http.StatusGone, lang: "en"},
		"ended topic":       {path: "/topics/fisheries", status: http.StatusGone},
		"not by POST":       {path: "/topics", status: http.StatusMethodNotAllowed, posting: true},
		"nothing":           {path: "/nothing-of-ours", status: http.StatusNotFound},
	}
}

// serveMailbox serves the demo's pages of mails, which are not of this room but of these templates.
func serveMailbox(t *testing.T, language string) (home string) {
	t.Helper()
	set, err := templates.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'self'")
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	site := newNewsroom(t).site
	site.Base = base
	page := templates.Page{Site: site, Language: language}
	entry := templates.MailboxEntry{URL: "/mail", To: "jiwoo@example.net", Subject: "Korea’s ICT exports rebound in February", Date: time.Unix(1_700_000_000, 0)}
	serve := func(path, mediaType string, write func(io.Writer) error) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			if err := write(w); err != nil {
				t.Error(err)
			}
		})
	}
	for path, a := range set.Assets() {
		serve(path, a.MediaType, func(w io.Writer) error { _, err := w.Write(a.Body); return err })
	}
	const asPage = "text/html; charset=utf-8"
	serve("/mailbox", asPage, func(w io.Writer) error {
		return set.Mailbox(w, &templates.MailboxPage{Page: page, Mails: []templates.MailboxEntry{entry, entry}})
	})
	serve("/none", asPage, func(w io.Writer) error { return set.Mailbox(w, &templates.MailboxPage{Page: page}) })
	serve("/mail", asPage, func(w io.Writer) error {
		return set.Mail(w, &templates.MailPage{
			Page: page, Mail: entry, HTMLURL: "/html", RawURL: "/raw", Text: strings.Repeat("text ", 99), Source: "Subject: x",
			Headers: []templates.MailHeader{{Name: "Subject", Value: entry.Subject}},
		})
	})
	serve("/html", asPage, func(w io.Writer) error {
		_, err := io.WriteString(w, `<!doctype html><html lang="en"><title>A mail</title><h1>A mail</h1>`)
		return err
	})
	return server.URL + "/"
}
