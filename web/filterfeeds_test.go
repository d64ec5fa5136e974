package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/web"
)

// filterFeed is the path of the feed of a filter, spelled as given.
func filterFeed(q string, f tidings.FeedFormat) string {
	return "/feeds/search." + string(f) + "?q=" + strings.ReplaceAll(url.QueryEscape(q), "+", "%20")
}

func TestAFilterFeedShowsWhatItsFilterSelects(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.save("tariffs", func(r *tidings.Release) { r.Topics = []string{"trade"} })
	n.save("hydrogen", func(r *tidings.Release) { r.Language, r.Title, r.Topics = "ko", "그린수소 육성", nil })
	for q, want := range map[string][]string{
		"topic:energy,trade": {"solar", "tariffs"}, "topic:energy OR 수소": {"solar", "hydrogen"}, "수소": {"hydrogen"},
		"lang:en -tariffs": {"solar"}, `"text of"`: {"solar", "tariffs", "hydrogen"}, "nothing": nil, "lang:en 수소": nil,
	} {
		for _, f := range tidings.FeedFormats() {
			path := filterFeed(q, f)
			body := n.page(path)
			for _, slug := range []string{"solar", "tariffs", "hydrogen"} {
				shown, wanted := strings.Contains(body, "/releases/"+slug), strings.Contains(strings.Join(want, " "), slug)
				if shown != wanted {
					t.Errorf("%s shows %s: %v", path, slug, shown)
				}
			}
			has(t, body, strings.ReplaceAll(base+path, "&", "&amp;")) // its own address
			resp := n.get(path)
			if got := resp.Header.Get("Cache-Control") + resp.Header.Get("Content-Type"); got != "public, max-age=300"+f.MediaType() {
				t.Errorf("%s: %s", path, got)
			}
		}
	}
	has(t, n.page(filterFeed("topic:energy,trade -수소", tidings.RSS)), "<title>Energy or Trade, without “수소” — Ministry of Trade</title>",
		"<link>"+base+"/search?q=topic%3Aenergy%2Ctrade+-%EC%88%98%EC%86%8C</link>")
	has(t, n.page(filterFeed("수소", tidings.Atom)), "<id>tag:news.example.org,2026:feed/search/%EC%88%98%EC%86%8C</id>")
}

func TestAFilterFeedHasOneAddress(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for target, to := range map[string]string{
		"/feeds/search.atom?q=Wind":                        "/feeds/search.atom?q=wind",
		"/feeds/search.atom?q=wind+and+solar":              "/feeds/search.atom?q=and%20solar%20wind",
		"/feeds/search.atom?q=solar+wind":                  "/feeds/search.atom?q=solar%20wind",
		"/feeds/search.atom?q=wind%20solar":                "/feeds/search.atom?q=solar%20wind",
		"/feeds/search.atom?q=solar+wind&utm_source=x":     "/feeds/search.atom?q=solar%20wind",
		"/feeds/search.atom?x=y&q=wind":                    "/feeds/search.atom?q=wind",
		"/feeds/search.atom?q=topic:trade,energy":          "/feeds/search.atom?q=topic%3Aenergy%2Ctrade",
		"/feeds/search.json?q=topic:Trade+OR+topic:energy": "/feeds/search.json?q=topic%3Aenergy%2Ctrade",
		"/feeds/SEARCH.Atom?q=wind":                        "/feeds/search.atom?q=wind",
		"/Feeds/Search.rss?q=wind":                         "/feeds/search.rss?q=wind",
		`/feeds/search.rss?q="wind`:                        "/feeds/search.rss?q=wind", // as a search reads it
		"/feeds/search.atom":                               "/feeds/all.atom",
		"/feeds/search.atom?q=":                            "/feeds/all.atom",
		"/feeds/search.rss?q=+":                            "/feeds/all.rss",
		"/feeds/search.json?q=topic:Energy":                "/feeds/topics/energy.json",
		"/feeds/search.rss?q=lang:KO":                      "/feeds/languages/ko.rss",
	} {
		redirects(t, n, target, base+to)
		if to, _, _ := strings.Cut(target, "F"); to != "/" { // by way of small letters
			n.page(strings.TrimPrefix(n.get(target).Header.Get("Location"), base))
		}
	}
}

func TestAFilterFeedThatCannotBeIsNotFoundAndOneThatHasEndedIsGone(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for q, want := range map[string]int{
		"topic:nonesuch": 404, "topic:energy,nonesuch": 404, "solar -topic:nonesuch": 200, "after:2025-13": 404, "!!": 404,
		strings.Repeat("x", 301): 404, hyphened(70): 404, hyphened(30): 200, "lang:fr": 200, "lang:fr,ko": 200,
		"topic:fisheries": 410, "topic:fisheries fish": 410, "lang:en topic:fisheries": 410, "topic:fisheries OR topic:fisheries fish": 410,
		"topic:energy,fisheries": 200, "fish OR topic:fisheries": 200, "fish -topic:fisheries": 200, "topic:fisheries OR fish lang:en": 301,
	} {
		for _, f := range tidings.FeedFormats() {
			canonical := q
			if parsed, err := tidings.ParseFilter(q); err == nil && want != 301 {
				canonical = parsed.String()
			}
			if resp := n.get(filterFeed(canonical, f)); resp.StatusCode != want {
				t.Errorf("%s: %d, want %d", filterFeed(canonical, f), resp.StatusCode, want)
			}
		}
	}
	n.page(filterFeed("topic:trade wind", tidings.Atom)) // and is kept
	if err := n.db.EndTopic(t.Context(), "trade", n.now, "test"); err != nil {
		t.Fatal(err)
	}
	status(t, n.get(filterFeed("topic:trade wind", tidings.Atom)), http.StatusGone)
	status(t, n.get("/feeds/search.atom?q=wind+topic:trade"), http.StatusGone) // and is led nowhere else
}

// hyphened is words of two parts each: canonical, each is a phrase, and longer.
func hyphened(n int) string {
	var words []string
	for i := range n {
		words = append(words, fmt.Sprintf("%c-%c", 'a'+i/26, 'a'+i%26))
	}
	return strings.Join(words, " ")
}

func TestAFilterFeedTellsOfWhatWasWithdrawn(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("wind", nil)
	solar := n.save("solar", func(r *tidings.Release) { r.Body.Text = "Text of solar panels" })
	n.save("solar", func(r *tidings.Release) { r.Body.Source, r.Body.Text = "other", "Text of batteries" }) // as it was last
	feeds := []string{"batteries", "batteries OR wind", "panels", "topic:energy,trade", "topic:energy -batteries"}
	for _, q := range feeds {
		n.page(filterFeed(q, tidings.Atom))
	}
	if err := n.db.Withdraw(t.Context(), solar.ID, tidings.Withdrawal{Reason: "The figures were wrong."}, n.now, "test"); err != nil {
		t.Fatal(err)
	}
	for i, q := range feeds {
		gone := `<at:deleted-entry ref="` + solar.URI + `"`
		atom, rss := n.page(filterFeed(q, tidings.Atom)), n.page(filterFeed(q, tidings.RSS))
		hasNot(t, atom, "Text of batteries")
		if told := i != 2 && i != 4; told {
			has(t, atom, gone, "The figures were wrong.")
			has(t, rss, "Withdrawn: About solar")
		} else {
			hasNot(t, atom+rss, "About solar", gone)
		}
	}
}

func TestAThousand304sOfAFilterFeedSearchNothing(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	tag := n.get(filterFeed("solar", tidings.Atom)).Header.Get("ETag")
	before := n.find.searches.Load()
	for range 1000 {
		status(t, n.get(filterFeed("solar", tidings.Atom), "If-None-Match", tag), http.StatusNotModified)
	}
	if searches := n.find.searches.Load() - before; searches != 0 {
		t.Errorf("%d searches, want none", searches)
	}
	n.save("wind", nil) // it is made anew, and is the same
	status(t, n.get(filterFeed("solar", tidings.Atom), "If-None-Match", tag), http.StatusNotModified)
	n.save("solar-2", nil)
	status(t, n.get(filterFeed("solar", tidings.Atom), "If-None-Match", tag), http.StatusOK)
}

func TestFeedsOfAnyNumberOfFiltersCrowdNoOtherFeedOut(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", func(r *tidings.Release) { r.Body.HTML = "<p>" + strings.Repeat("solar ", 9000) + "</p>" })
	n.own["token"] = tidings.PersonalFeed{Filters: []tidings.Filter{{}}}
	kept := []string{"/feeds/all.atom", "/feeds/topics/energy.rss", "/feeds/mine/token.json"}
	for _, path := range kept {
		n.page(path)
	}
	for i := range 700 {
		n.page(filterFeed(fmt.Sprintf("solar -w%03d", i), tidings.FeedFormats()[i%3]))
	}
	reads, searches := n.lib.reads.Load(), n.find.searches.Load()
	for _, path := range kept {
		n.page(path)
	}
	if n.lib.reads.Load() != reads || n.find.searches.Load() != searches {
		t.Error("a feed was crowded out")
	}
	n.page(filterFeed("solar -w699", tidings.FeedFormats()[0]))
	if n.find.searches.Load() != searches {
		t.Error("the filter asked for last is not kept")
	}
	n.page(filterFeed("solar -w000", tidings.Atom))
	if n.find.searches.Load() != searches+1 {
		t.Error("every filter is kept")
	}
}

func TestFilterFeedsWaitForSearchesToEnd(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.own["token"] = tidings.PersonalFeed{Filters: []tidings.Filter{{}}}
	var searching, done sync.WaitGroup
	release := make(chan struct{})
	n.find.enter = func() {
		searching.Done()
		<-release
	}
	searching.Add(2)
	for _, path := range []string{"/search?q=solar", filterFeed("solar", tidings.Atom)} { // as many as there may be
		done.Go(func() { n.page(path) })
	}
	searching.Wait()
	n.find.enter = nil
	before := n.find.searches.Load()
	for _, path := range []string{filterFeed("wind", tidings.Atom), "/feeds/mine/token.rss", "/search?q=wind"} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			w := httptest.NewRecorder()
			n.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
			if w.Code != http.StatusServiceUnavailable {
				t.Errorf("%s: %d, want 503", path, w.Code)
			}
		}()
		cancel()
		<-ended
	}
	if n.find.searches.Load() != before {
		t.Error("a search began while there were as many as there may be")
	}
	n.page("/feeds/all.atom") // needs no search
	close(release)
	done.Wait()
	n.page(filterFeed("wind", tidings.Atom))
}

func TestAFilterFeedIsBoundedAsOthers(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for i := range 60 {
		n.save(fmt.Sprintf("small%02d", i), func(r *tidings.Release) { r.Topics = []string{"trade"} })
	}
	if got := strings.Count(n.page(filterFeed("topic:trade lang:en", tidings.Atom)), "<entry"); got != 50 {
		t.Errorf("%d entries, want 50", got)
	}
	for i := range 10 {
		n.save(fmt.Sprintf("large%d", i), func(r *tidings.Release) { r.Body.HTML = "<p>" + strings.Repeat("한", 15_000) + "</p>" })
	}
	body := n.page(filterFeed("topic:energy lang:en", tidings.JSON))
	var doc struct{ Items []struct{ ID string } }
	if err := json.Unmarshal([]byte(body), &doc); err != nil || len(body) > 250_000 || len(doc.Items) < 3 || len(doc.Items) > 9 {
		t.Errorf("%d octets and %d releases: %v", len(body), len(doc.Items), err)
	}
	atom, rss := n.page(filterFeed("topic:energy lang:en", tidings.Atom)), n.page(filterFeed("topic:energy lang:en", tidings.RSS))
	if a, r := strings.Count(atom, "<entry"), strings.Count(rss, "<item"); a != len(doc.Items) || r != a {
		t.Errorf("JSON has %d releases, Atom %d, RSS %d", len(doc.Items), a, r)
	}
}

func TestAFilterFeedOnTheCommandLineIsTheOneServed(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for _, format := range tidings.FeedFormats() {
		body, err := web.Feed(t.Context(), n.db, n.db, n.db, n.site, tidings.Selection{Query: "solar"}, format)
		if err != nil || string(body) != n.page(filterFeed("solar", format)) {
			t.Errorf("%s differs, %v", format, err)
		}
	}
}
