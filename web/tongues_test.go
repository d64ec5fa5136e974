package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

// bilingual saves a release in both languages, and one that is in Korean alone.
func (n *newsroom) bilingual() (english, korean tidings.Release) {
	n.t.Helper()
	in := func(language, title string) func(*tidings.Release) {
		return func(r *tidings.Release) { r.Language, r.Title, r.Translation = language, title, "exports" }
	}
	english = n.save("exports", in("en", "Exports rebound"))
	korean = n.save("exports-ko", in("ko", "수출 반등"))
	n.save("only-ko", func(r *tidings.Release) { r.Language, r.Title = "ko", "에너지위원회 개최" })
	return english, korean
}

// between is the part of a page between two texts.
func between(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, from)
	part, _, ended := strings.Cut(rest, to)
	if !ok || !ended {
		t.Fatalf("there is no %s … %s", from, to)
	}
	return part
}

func TestAReaderOfAnotherLanguageIsLedBackToReleasesInIt(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.bilingual()
	for path, home := range map[string]string{
		"/": "/", "/releases/exports": "/", "/languages/en": "/", "/topics": "/",
		"/releases/exports-ko": "/languages/ko", "/releases/only-ko": "/languages/ko", "/languages/ko": "/languages/ko",
		"/search?q=x&lang=ko": "/languages/ko", "/search?q=x&lang=en": "/", "/search?q=x&lang=xx": "/",
	} {
		has(t, n.page(path), `<a class="site" href="https://news.example.org`+home+`"`)
	}
	n.site.Language = "ko"
	n.open()
	has(t, n.page("/releases/exports"), `<a class="site" href="https://news.example.org/languages/en"`)
	has(t, n.page("/releases/exports-ko"), `<a class="site" href="https://news.example.org/"`)
}

func TestTheSwitchOfLanguagesLeadsToTheSameRelease(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.bilingual()
	for path, want := range map[string][]string{
		"/":                    {"/languages/en", "/languages/ko"},
		"/releases/exports":    {`/releases/exports" page`, "/releases/exports-ko"},
		"/releases/exports-ko": {"/releases/exports", `/releases/exports-ko" page`},
		"/releases/only-ko":    {"/languages/en", `/languages/ko" true`},
		"/languages/ko":        {"/languages/en", `/languages/ko" page`},
	} {
		nav := between(t, n.page(path), `<nav class="languages"`, "</nav>")
		var got []string
		for link := range strings.SplitSeq(nav, `<a href="https://news.example.org`) {
			href, rest, ok := strings.Cut(link, `"`)
			if !ok || !strings.HasPrefix(href, "/") {
				continue
			}
			if _, current, ok := strings.Cut(rest, `aria-current="`); ok {
				current, _, _ = strings.Cut(current, `"`)
				href += `" ` + current
			}
			got = append(got, href)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestSearchFromAKoreanPageSpeaksKorean(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.bilingual()
	has(t, n.page("/releases/only-ko"), `<input type="hidden" name="lang" value="ko">`, `/search?lang=ko"`)
	hasNot(t, n.page("/releases/exports"), `name="lang"`)
	for _, first := range []string{"/search?q=exports", "/search?lang=ko&q=exports"} { // neither is kept for the other
		page := n.page(first)
		has(t, page, "/releases/exports")
		if got, want := strings.Contains(page, "검색"), strings.Contains(first, "ko"); got != want {
			t.Errorf("%s: in Korean is %t", first, got)
		}
	}
	problem := n.page("/search?lang=ko&q=after:yesterday")
	has(t, problem, `id="problem"`, "검색어의 형식")
	hasNot(t, between(t, problem, `id="problem"`, "</div>"), "lang=", "day")
	has(t, n.page("/search?q=after:yesterday"), "day")
	resp := n.get("/search?lang=ko&page=1&q=exports")
	if got := resp.Header.Get("Location"); got != "https://news.example.org/search?q=exports&lang=ko" {
		t.Error(got)
	}
}

func TestSearchSaysThatThereIsNoSuchTopic(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	page := n.page("/search?q=topic:nope")
	has(t, page, "There is no such topic: nope.", "/topics/energy", `aria-invalid="true"`)
	hasNot(t, page, "Nothing was found")
	for _, q := range []string{"topic:energy", "topic:fisheries", "-topic:nope"} {
		hasNot(t, n.page(search(q)), "no such topic")
	}
}

func TestAnEllipsisStaysWithItsWord(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("hydrogen", func(r *tidings.Release) {
		r.Language, r.Body.Text = "ko", strings.Repeat("앞말 ", 200)+"수소경제 이행"+strings.Repeat(" 뒷말", 200)
	})
	has(t, n.page(search("수소")), "…\u2060앞말")
}

func TestAWithdrawnReleaseLinksWhatStillStandsInAnotherLanguage(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, korean := n.bilingual()
	if err := n.db.Withdraw(t.Context(), korean.ID, tidings.Withdrawal{Reason: "오역"}, n.now, "test"); err != nil {
		t.Fatal(err)
	}
	resp := n.get("/releases/exports-ko")
	status(t, resp, http.StatusGone)
	page := text(t, resp)
	has(t, between(t, page, "<main", "</main>"), `href="https://news.example.org/releases/exports"`, "다른 언어:")
	hasNot(t, page, `<link rel="alternate" hreflang`)
	hasNot(t, n.page("/releases/exports"), "/releases/exports-ko")
}

func TestEveryListSaysWhatItIs(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.bilingual()
	n.save("solar", func(r *tidings.Release) { r.Office = "Energy Division" })
	seen := map[string]string{}
	for _, path := range []string{
		"/", "/topics/energy", "/languages/en", "/languages/ko", "/offices/energy-division", "/archive/2026", "/archive/2026/03",
		"/topics", "/archive", "/offices", "/feeds",
	} {
		page := n.page(path)
		about := between(t, page, `<meta name="description" content="`, `"`)
		if !strings.Contains(about, "Ministry of Trade") && !strings.Contains(about, "산업통상자원부") {
			t.Errorf("%s: %q", path, about)
		}
		has(t, page, `<meta property="og:description" content="`+about)
		if other := seen[about]; other != "" {
			t.Errorf("%s and %s say the same: %q", path, other, about)
		}
		seen[about] = path
	}
	has(t, n.page("/"), `<meta property="og:title" content="Ministry of Trade">`)
}
