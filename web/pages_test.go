package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestTopicPageListsOnlyItsReleases(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.save("tariffs", func(r *tidings.Release) { r.Topics = []string{"trade"} })
	body := n.page("/topics/energy")
	has(t, body, "About solar", `<link rel="canonical" href="https://news.example.org/topics/energy">`)
	hasNot(t, body, "About tariffs")
	body = n.page("/")
	has(t, body, "About solar", "About tariffs")
	if strings.Index(body, "About tariffs") > strings.Index(body, "About solar") {
		t.Error("the newest release is not the first")
	}
}

func TestLanguagePageSpeaksItsLanguage(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.save("taeyang", func(r *tidings.Release) { r.Language, r.Title = "ko", "태양광" })
	body := n.page("/languages/ko")
	has(t, body, `<html lang="ko">`, "태양광", "산업통상자원부")
	hasNot(t, body, "About solar")
	has(t, n.page("/releases/taeyang"), `<html lang="ko">`, "태양광")
	has(t, n.page("/releases/solar"), `<html lang="en">`, "Text of solar")
}

func TestEveryPageLinksTheMainFeedFirstAndItsOwnNext(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for _, path := range []string{"/", "/topics", "/topics/energy", "/languages/ko", "/releases/solar", "/feeds"} {
		titles := map[string]bool{}
		links := strings.Split(n.page(path), `<link rel="alternate" `)[1:]
		for i, link := range links {
			link, _, _ = strings.Cut(link, ">")
			if i < 3 != strings.Contains(link, "/feeds/all.") {
				t.Errorf("%s: link %d is %s", path, i+1, link)
			}
			_, title, _ := strings.Cut(link, `title="`)
			title, _, _ = strings.Cut(title, `"`)
			if title == "" || titles[title] {
				t.Errorf("%s: the title %q is empty or not the only one", path, title)
			}
			titles[title] = true
		}
		if own := path == "/topics/energy" || path == "/languages/ko"; own && len(links) != 6 || !own && len(links) != 3 {
			t.Errorf("%s links %d feeds", path, len(links))
		}
	}
}

func TestListsGoOnPageByPage(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for i := range 41 {
		n.save(fmt.Sprintf("r%02d", i), func(r *tidings.Release) { r.Office = "Press Office" })
	}
	has(t, n.page("/"), "About r40", "About r21", "https://news.example.org/page/2")
	second := n.page("/page/2?utm_source=x")
	has(t, second, "About r20", "About r01", "https://news.example.org/page/3", `canonical" href="https://news.example.org/page/2"`,
		`rel="prev" href="https://news.example.org/"`, `rel="next" href="https://news.example.org/page/3"`)
	hasNot(t, second, "About r21", "About r00")
	for _, list := range []string{"/topics/energy", "/languages/en", "/offices/press-office", "/archive/2026", "/archive/2026/03"} {
		has(t, n.page(list+"/page/3"), "About r00", `canonical" href="https://news.example.org`+list+`/page/3"`,
			`rel="prev" href="https://news.example.org`+list+`/page/2"`)
		redirects(t, n, list+"/page/1", "https://news.example.org"+list)
		redirects(t, n, list+"?page=2", "https://news.example.org"+list+"/page/2")
		status(t, n.get(list+"/page/4"), http.StatusNotFound)
	}
	for target, to := range map[string]string{
		"/?page=1": "/", "/?page=02": "/page/2", "/?page=2&utm_source=x": "/page/2", "/page/1": "/", "/page/02": "/page/2", "/page/2/": "/page/2",
		"/page/2?page=3": "/page/2", "/Page/2": "/page/2",
	} {
		redirects(t, n, target, "https://news.example.org"+to)
	}
	for _, target := range []string{
		"/page/4", "/page/0", "/page/x", "/page/-1", "/page/99999999999999999999", "/?page=0", "/?page=x", "/page", "/topics/page/1",
		"/releases/r01/page/1",
	} {
		status(t, n.get(target), http.StatusNotFound)
	}
}

func redirects(t *testing.T, n *newsroom, target, to string) {
	t.Helper()
	resp := n.get(target)
	if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusMovedPermanently || got != to {
		t.Errorf("GET %s: %d to %q, want 301 to %q", target, resp.StatusCode, got, to)
	}
}

func TestOtherSpellingsAnswer301(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.save("태양광-발전", nil)
	const base = "https://news.example.org"
	for target, to := range map[string]string{
		"/topics/":                      "/topics",
		"/topics/energy/":               "/topics/energy",
		"/topics/Energy":                "/topics/energy",
		"/Topics/Energy":                "/topics/energy",
		"/languages/KO":                 "/languages/ko",
		"/releases/SOLAR":               "/releases/solar",
		"//releases//solar":             "/releases/solar",
		"/releases/../releases/solar":   "/releases/solar",
		"/feeds/all.atom?utm_source=x":  "/feeds/all.atom",
		"/feeds/all.atom?":              "/feeds/all.atom",
		"/feeds/ALL.Atom":               "/feeds/all.atom",
		"/feeds/OPML.xml":               "/feeds/opml.xml",
		"/feeds/topics/Energy.JSON?a=b": "/feeds/topics/energy.json",
		"/feeds/languages/Ko.rss":       "/feeds/languages/ko.rss",
	} {
		if to == "/topics/energy" && target == "/Topics/Energy" {
			redirects(t, n, target, base+"/topics/energy")
			continue
		}
		redirects(t, n, target, base+to)
	}
	n.page("/releases/%ED%83%9C%EC%96%91%EA%B4%91-%EB%B0%9C%EC%A0%84")
	resp := n.get("/", "Host", "evil.example")
	hasNot(t, text(t, resp), "evil.example")
}

func TestAnOlderSlugLeadsToTheRelease(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.save("solar", func(r *tidings.Release) { r.Slug, r.SlugByHand, r.Title = "solar-power", true, "About more" })
	redirects(t, n, "/releases/solar", "https://news.example.org/releases/solar-power")
}

func TestWhatNeverWasIs404AndWhatWasIs410(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	r := n.save("solar", nil)
	if err := n.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "The figures were wrong."}, n.now, "test"); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{
		"/nothing": 404, "/topics/nothing": 404, "/languages/fr": 404, "/releases/nothing": 404, "/feeds/nothing": 404,
		"/feeds/all.xml": 404, "/feeds/topics/nothing.atom": 404, "/feeds/languages/fr.atom": 404, "/favicon.ico": 404,
		"/topics/fisheries": 410, "/feeds/topics/fisheries.atom": 410, "/feeds/topics/fisheries.json": 410,
		"/releases/solar": 410,
	} {
		resp := n.get(target)
		if resp.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", target, resp.StatusCode, want)
		}
		if body := text(t, resp); !strings.Contains(body, "</html>") {
			t.Errorf("GET %s says %q", target, body)
		}
	}
	has(t, text(t, n.get("/releases/solar")), "About solar", "The figures were wrong.")
	has(t, text(t, n.get("/topics/fisheries")), "Fisheries")
	hasNot(t, n.page("/"), "About solar")
}

func TestNoPageLinksToATopicThatHasEnded(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", func(r *tidings.Release) { r.Topics = []string{"energy", "trade"} })
	n.page("/feeds/topics/trade.atom") // and is kept
	if err := n.db.EndTopic(t.Context(), "trade", n.now, "test"); err != nil {
		t.Fatal(err)
	}
	status(t, n.get("/feeds/topics/trade.atom"), http.StatusGone)
	for _, path := range everywhere() {
		hasNot(t, n.page(path), "topics/trade", `"trade"`, ">Trade<", `"Trade"`)
	}
}

func TestOnlyThePageThatTheNavigationNamesIsCurrent(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for i := range 21 {
		n.save(fmt.Sprintf("r%02d", i), nil)
	}
	for path, want := range map[string]string{
		"/": "/", "/topics": "/topics", "/feeds": "/feeds",
		"/archive": "/archive", "/offices": "/offices", "/archive/2026": "",
		"/page/2": "", "/topics/energy": "", "/languages/ko": "/languages/ko", "/languages/en": "", "/releases/r01": "",
	} {
		body := n.page(path)
		_, nav, _ := strings.Cut(body, `<nav class="places"`)
		nav, _, _ = strings.Cut(nav, "</nav>")
		got := ""
		for link := range strings.SplitSeq(nav, `<a href="https://news.example.org`) {
			if href, rest, ok := strings.Cut(link, `"`); ok && strings.HasPrefix(rest, ` aria-current="page"`) {
				got += href
			}
		}
		if nav == "" || got != want {
			t.Errorf("%s: %q is current, want %q", path, got, want)
		}
	}
}

// everywhere is a URL of each kind.
func everywhere() []string {
	return []string{
		"/", "/topics", "/topics/energy", "/languages/ko", "/languages/en", "/feeds", "/feeds/opml.xml", "/robots.txt",
		"/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/topics/energy.rss", "/feeds/topics/energy.atom",
		"/feeds/topics/energy.json", "/feeds/languages/en.atom", "/releases/solar", "/archive", "/archive/2026", "/archive/2026/03",
		"/offices", "/search", "/search?q=solar", "/sitemap.xml", "/sitemaps/news.xml", "/cards/solar/1.png",
		"/feeds/search.atom?q=solar", "/feeds/search.rss?q=solar", "/feeds/search.json?q=solar",
	}
}
