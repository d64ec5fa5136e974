package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

const base = "https://news.example.org"

func TestTheArchiveCountsByTheSitesZone(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.site.Zone = time.FixedZone("KST", 9*60*60)
	n.open()
	for slug, at := range map[string]string{
		"march": "2025-02-28T15:00:00Z", "february": "2025-02-28T14:59:59Z", "old": "1998-07-01T00:00:00Z",
	} {
		n.save(slug, func(r *tidings.Release) { r.Published, _ = time.Parse(time.RFC3339, at) })
	}
	has(t, n.page("/archive"), base+"/archive/2025/03", base+"/archive/2025/02", base+"/archive/2025", base+"/archive/1998/07")
	body := n.page("/archive/2025/03")
	has(t, body, "About march", `canonical" href="`+base+`/archive/2025/03"`, base+"/archive/2025", `"BreadcrumbList"`)
	hasNot(t, body, "About february", "About old")
	has(t, n.page("/archive/2025"), "About march", "About february")
	redirects(t, n, "/archive/2025/3", base+"/archive/2025/03")
	redirects(t, n, "/archive/02025/03/", base+"/archive/02025/03")
	redirects(t, n, "/archive/02025/03", base+"/archive/2025/03")
	for _, none := range []string{"/archive/2025/04", "/archive/2024", "/archive/2025/13", "/archive/2025/0", "/archive/x", "/archive/99999", "/archive/2025/03/1"} {
		status(t, n.get(none), http.StatusNotFound)
	}
}

func TestAnOfficeHasAPageHoweverItsNameIsSpelt(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for slug, office := range map[string]string{"a": "통상정책국", "b": "Trade Policy", "c": "TRADE – policy", "d": "***"} {
		n.save(slug, func(r *tidings.Release) { r.Office = office })
	}
	for i := range 25 {
		n.save(fmt.Sprintf("more-%02d", i), func(r *tidings.Release) { r.Office = []string{"Trade Policy", "TRADE – policy"}[i/13] })
	}
	list := n.page("/offices")
	has(t, list, "Trade Policy", "통상정책국", base+"/offices/trade-policy", base+"/offices/%ED%86%B5%EC%83%81%EC%A0%95%EC%B1%85%EA%B5%AD")
	hasNot(t, list, "TRADE – policy", "***")
	has(t, n.page("/offices/통상정책국"), "About a", `rel="canonical" href="`+base+`/offices/%ED%86%B5`)
	first, second := n.page("/offices/trade-policy"), n.page("/offices/trade-policy/page/2")
	has(t, first, "27", "About more-24", "About more-05")
	hasNot(t, first, "About more-04", "About a<")
	has(t, second, "About more-04", "About more-00", "About b", "About c")
	hasNot(t, second, "About more-05")
	redirects(t, n, "/offices/Trade-Policy", base+"/offices/trade-policy")
	status(t, n.get("/offices/nobody"), http.StatusNotFound)
	has(t, n.page("/releases/c"), base+"/offices/trade-policy")
}

func TestOldAddressesLeadToTheRelease(t *testing.T) {
	t.Parallel()
	for _, below := range []string{"", "/news"} {
		n := newNewsroom(t)
		n.site.Base.Path = below
		n.open()
		n.save("solar", func(r *tidings.Release) {
			r.Aliases = []string{"/2019/05/solar-power.html", "/보도자료/태양광/", "/Press/Solar", "/releases/1.70.0", "/board/view.do?seq=7"}
		})
		wrong := n.save("wrong", func(r *tidings.Release) { r.Aliases = []string{"/old/wrong"} })
		n.save("secret", func(r *tidings.Release) { r.Aliases, r.Status = []string{"/old/secret"}, tidings.Draft })
		for _, old := range []string{
			"/2019/05/solar-power.html", "/2019/05/solar-power", "/2019/05/solar-power/", "/2019/05/solar-power/index.html", "//2019/05/solar-power.html",
			"/2019/05/solar-power.html?utm=x", "/보도자료/태양광/", "/보도자료/태양광", "/%EB%B3%B4%EB%8F%84%EC%9E%90%EB%A3%8C/%ED%83%9C%EC%96%91%EA%B4%91.html",
			"/Press/Solar", "/releases/1.70.0", "/board/view.do?seq=7", "/board/view.do?utm_source=x&seq=7",
		} {
			redirects(t, n, below+old, base+below+"/releases/solar")
		}
		status(t, n.do(http.MethodPost, below+"/Press/Solar", ""), http.StatusMethodNotAllowed)
		if err := n.db.Withdraw(t.Context(), wrong.ID, tidings.Withdrawal{Reason: "The figures were wrong."}, n.now, "test"); err != nil {
			t.Fatal(err)
		}
		resp := n.get(below + "/old/wrong/")
		status(t, resp, http.StatusGone)
		has(t, text(t, resp), "The figures were wrong.")
		for _, none := range []string{"/old/secret", "/old", "/board/view.do", "/board/view.do?seq=8", "/2019/05", "/elsewhere/2019/05/solar-power.html"} {
			status(t, n.get(below+none), http.StatusNotFound)
		}
		if below != "" {
			status(t, n.get("/old/solar"), http.StatusNotFound)
		}
	}
}

func TestAReleaseLinksItsOtherLanguages(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for language, slug := range map[string]string{"ko": "철강", "en": "steel", "fr": "acier"} {
		n.save(slug, func(r *tidings.Release) { r.Language, r.Translation = language, "steel" })
	}
	const ko = base + "/releases/%EC%B2%A0%EA%B0%95"
	links := []string{
		`hreflang="en" href="` + base + `/releases/steel"`, `hreflang="ko" href="` + ko + `"`, `hreflang="fr" href="` + base + `/releases/acier"`,
		`hreflang="x-default" href="` + base + `/releases/steel"`,
	}
	for _, path := range []string{"/releases/steel", "/releases/철강", "/releases/acier"} {
		has(t, n.page(path), links...)
	}
	has(t, n.page("/releases/steel"), "About 철강")
	has(t, n.page("/feeds/all.json"), ko)
	r, err := n.db.Release(t.Context(), "철강")
	if err == nil {
		err = n.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{}, n.now, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	hasNot(t, n.page("/releases/steel"), "철강", ko)
	status(t, n.get("/releases/철강"), http.StatusGone)
}

func TestAWithdrawnReleaseNamesWhatTookItsPlace(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	old, next := n.save("old", nil), n.save("next", nil)
	err := n.db.Withdraw(t.Context(), old.ID, tidings.Withdrawal{Reason: "A slip.", Successor: next.ID}, n.now, "test")
	if err != nil {
		t.Fatal(err)
	}
	resp := n.get("/releases/old")
	status(t, resp, http.StatusGone)
	has(t, text(t, resp), "A slip.", `href="`+base+`/releases/next"`, "About next")
	has(t, n.page("/feeds/all.atom"), "deleted-entry")
}

func TestA404HelpsOn(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for path, words := range map[string]string{
		"/2019/05/solar-power-rebounds.html": "solar power rebounds", "/releases/수출-실적-2025": "수출 실적", "/a/b/7/": "b", "/404": "",
		"/x%22%3E%3Cscript%3Ealert": "x script alert", "/not-or-and": "", "/news/" + strings.Repeat("long", 20): "news",
	} {
		resp := n.get(path)
		status(t, resp, http.StatusNotFound)
		body := text(t, resp)
		has(t, body, `value="`+words+`"`, base+"/topics/energy", `action="`+base+`/search"`)
		if _, err := tidings.ParseFilter(words); err != nil {
			t.Errorf("%q cannot be searched for: %v", words, err)
		}
		hasNot(t, body, "fisheries", "<script>")
	}
	hasNot(t, text(t, n.get("/x/u/secret-token")), "secret")
	has(t, text(t, n.do(http.MethodPost, "/topics", "")), base+"/topics/energy")
}

var jsonLD = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)

func TestReleasesTellSearchEnginesWhatTheyAre(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", func(r *tidings.Release) {
		r.Title, r.Office, r.Summary = `The "sun" </script> & more`, "Energy Division", "What it is about."
	})
	n.now = n.now.Add(time.Hour)
	n.save("solar", func(r *tidings.Release) {
		r.Title, r.Office, r.Note = `The "sun" </script> & more`, "Energy Division", "124, not 24"
	})
	found := jsonLD.FindStringSubmatch(n.page("/releases/solar"))
	if found == nil {
		t.Fatal("no JSON-LD")
	}
	var got struct {
		Type       string `json:"@type"`
		Headline   string
		URL        string
		InLanguage string
		Image      struct{ URL string }
		Author     struct{ Name, URL string }
		Publisher  struct{ Name string }
		Correction struct{ Text string }

		DatePublished, DateModified time.Time
	}
	if err := json.Unmarshal([]byte(found[1]), &got); err != nil {
		t.Fatal(err, found[1])
	}
	if got.Type != "NewsArticle" || got.Headline != `The "sun" </script> & more` || got.URL != base+"/releases/solar" ||
		got.InLanguage != "en" || got.Image.URL != base+"/cards/solar/2.png" || got.Author.Name != "Energy Division" ||
		got.Author.URL != base+"/offices/energy-division" || got.Publisher.Name != "Ministry of Trade" ||
		got.Correction.Text != "124, not 24" || !got.DateModified.After(got.DatePublished) {
		t.Errorf("%+v\n%s", got, found[1])
	}
	for _, list := range []string{"/", "/topics/energy", "/archive/2026", "/offices/energy-division"} {
		found := jsonLD.FindStringSubmatch(n.page(list))
		if found == nil || !json.Valid([]byte(found[1])) || !strings.Contains(found[1], "CollectionPage") {
			t.Errorf("%s: %v", list, found)
		}
	}
}

func TestNoListIsHeavyHoweverLongItsReleasesAre(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for i := range 40 { // topics
		n.saveTopic(fmt.Sprintf("topic-%02d", i), strings.Repeat("통상", 8), 10+i)
	}
	for i := range 25 {
		n.save(fmt.Sprintf("r%02d-%s", i, strings.Repeat("가", 60)), func(r *tidings.Release) {
			r.Title, r.Summary = strings.Repeat("수출 ", 400), strings.Repeat("보도자료 ", 4000)
			r.Topics, r.Office = []string{"topic-01", "topic-02", "topic-03"}, "통상정책국"
		})
	}
	for _, path := range []string{"/", "/page/2", "/topics/topic-01", "/offices/통상정책국", "/archive/2026/03", "/archive", "/topics", "/feeds", "/nothing", "/search"} {
		if size := len(text(t, n.get(path))); size > 50_000 {
			t.Errorf("%s has %d octets", path, size)
		} else {
			t.Logf("%s has %d octets", path, size)
		}
	}
}
