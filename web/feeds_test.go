package web_test

import (
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
	"github.com/tidings/tidings/web"
)

func allFeeds() []string {
	var all []string
	for _, name := range []string{"all", "topics/energy", "topics/trade", "languages/ko"} {
		for _, f := range tidings.FeedFormats() {
			all = append(all, "/feeds/"+name+"."+string(f))
		}
	}
	return append(all, "/feeds/opml.xml")
}

func TestFeedsHaveTheirMediaTypesAndSayHowLongTheyKeep(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for ending, want := range map[string]string{
		"all.rss": "application/rss+xml; charset=utf-8", "all.atom": "application/atom+xml; charset=utf-8",
		"all.json": "application/feed+json; charset=utf-8", "opml.xml": "text/x-opml; charset=utf-8",
	} {
		resp := n.get("/feeds/" + ending)
		for name, want := range map[string]string{
			"Content-Type": want, "Cache-Control": "public, max-age=300", "Vary": "Accept-Encoding", "Set-Cookie": "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", ending, name, got, want)
			}
		}
		body := text(t, resp)
		if strings.HasSuffix(ending, ".json") && !json.Valid([]byte(body)) {
			t.Errorf("%s is no JSON", ending)
		}
		if !strings.HasSuffix(ending, ".json") && xml.Unmarshal([]byte(body), new(struct{})) != nil {
			t.Errorf("%s is no XML", ending)
		}
	}
	n.get("/feeds/all.atom", "Accept", "text/html") // Miniflux asks so
	if got := n.get("/feeds/all.atom", "Accept", "text/html").Header.Get("Content-Type"); !strings.HasPrefix(got, "application/atom+xml") {
		t.Errorf("a reader that accepts HTML gets %q", got)
	}
}

func TestFeedAnswers304ToItsOwnValidators(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for _, path := range allFeeds() {
		full := n.get(path)
		tag, modified := full.Header.Get("ETag"), full.Header.Get("Last-Modified")
		if !strings.HasPrefix(tag, `W/"`) || modified == "" {
			t.Fatalf("%s: ETag %q, Last-Modified %q", path, tag, modified)
		}
		for name, headers := range map[string][]string{
			"its tag":           {"If-None-Match", tag},
			"its tag, strong":   {"If-None-Match", strings.TrimPrefix(tag, "W/")},
			"a list":            {"If-None-Match", `"x", ` + tag + `,W/"y"`},
			"two headers":       {"If-None-Match", `"x"`, "If-None-Match", tag},
			"a star":            {"If-None-Match", "*"},
			"its date":          {"If-Modified-Since", modified},
			"tag before a date": {"If-None-Match", tag, "If-Modified-Since", "Mon, 02 Jan 2006 15:04:05 GMT"},
		} {
			resp := n.get(path, headers...)
			if resp.StatusCode != http.StatusNotModified || text(t, resp) != "" {
				t.Errorf("%s, %s: %d, want 304 without a body", path, name, resp.StatusCode)
			}
			for _, h := range []string{"ETag", "Cache-Control", "Vary", "Last-Modified"} {
				if got := resp.Header.Get(h); got != full.Header.Get(h) {
					t.Errorf("%s, %s: %s is %q, want %q", path, name, h, got, full.Header.Get(h))
				}
			}
		}
		for name, headers := range map[string][]string{
			"another tag":          {"If-None-Match", `W/"x"`},
			"another tag, a date":  {"If-None-Match", `W/"x"`, "If-Modified-Since", modified},
			"an older date":        {"If-Modified-Since", "Mon, 02 Jan 2006 15:04:05 GMT"},
			"something else":       {"If-Modified-Since", "yesterday"},
			"the tag, less a part": {"If-None-Match", tag[:len(tag)-3] + `"`},
		} {
			if resp := n.get(path, headers...); resp.StatusCode != http.StatusOK {
				t.Errorf("%s, %s: %d, want 200", path, name, resp.StatusCode)
			}
		}
	}
}

func TestAThousand304sRenderNothing(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	tag := n.get("/feeds/all.atom").Header.Get("ETag")
	before := n.lib.reads.Load()
	for range 1000 {
		status(t, n.get("/feeds/all.atom", "If-None-Match", tag), http.StatusNotModified)
	}
	n.page("/feeds/all.rss") // rendered together with Atom
	if reads := n.lib.reads.Load() - before; reads != 0 {
		t.Errorf("%d renderings, want none", reads)
	}
}

func TestRequestsAtOnceRenderOnce(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() { n.page("/feeds/topics/energy." + string(tidings.FeedFormats()[i%3])) })
	}
	wg.Wait()
	if reads := n.lib.reads.Load(); reads != 1 {
		t.Errorf("%d renderings, want 1", reads)
	}
}

func TestAFeedMovesWithItsReleasesAlone(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	solar := n.save("solar", nil)
	tags := func() map[string]string {
		all := map[string]string{}
		for _, path := range allFeeds() {
			h := n.get(path).Header
			all[path] = h.Get("ETag") + " " + h.Get("Last-Modified")
		}
		return all
	}
	moved := func(step string, before map[string]string, want ...string) map[string]string {
		t.Helper()
		after := tags()
		for path := range after {
			expected := false
			for _, w := range want {
				expected = expected || strings.HasPrefix(path, "/feeds/"+w)
			}
			etagBefore, _, _ := strings.Cut(before[path], " ")
			etagAfter, _, _ := strings.Cut(after[path], " ")
			if got := etagBefore != etagAfter; got != expected {
				t.Errorf("%s: %s moved: %v, want %v", step, path, got, expected)
			}
			if lastModified(t, after[path]).Before(lastModified(t, before[path])) {
				t.Errorf("%s: Last-Modified of %s went back", step, path)
			}
			if expected && !lastModified(t, after[path]).After(lastModified(t, before[path])) {
				t.Errorf("%s: Last-Modified of %s stayed", step, path)
			}
		}
		return after
	}
	now := tags()
	n.save("tariffs", func(r *tidings.Release) { r.Topics = []string{"trade"} })
	now = moved("a new release", now, "all", "topics/trade")
	n.save("solar", func(r *tidings.Release) { r.Body.Source, r.Body.HTML = "new", "<p>New text</p>" })
	now = moved("an edit", now, "all", "topics/energy")
	n.now = n.now.Add(time.Minute)
	if err := n.db.SetTopics(t.Context(), solar.ID, []string{"trade"}, n.now, "test"); err != nil {
		t.Fatal(err)
	}
	now = moved("a change of topics", now, "all", "topics")
	n.now = n.now.Add(time.Minute)
	if err := n.db.Withdraw(t.Context(), solar.ID, "wrong", n.now, "test"); err != nil {
		t.Fatal(err)
	}
	moved("a withdrawal", now, "all", "topics/trade")
	hasNot(t, n.page("/feeds/all.atom"), "About solar")
}

func lastModified(t *testing.T, tags string) time.Time {
	t.Helper()
	_, at, _ := strings.Cut(tags, " ")
	when, err := http.ParseTime(at)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestFeedIsByteIdenticalAfterARestart(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.save("taeyang", func(r *tidings.Release) { r.Language, r.Title = "ko", "태양광" })
	since := n.now
	n.open()
	before := map[string]string{}
	for _, path := range allFeeds() {
		resp := n.get(path)
		before[path] = fmt.Sprint(resp.Header) + text(t, resp)
	}
	n.lib = &countingLibrary{Library: storetest.Open(t, n.file)}
	n.now = since
	n.open()
	for _, path := range allFeeds() {
		resp := n.get(path)
		if got := fmt.Sprint(resp.Header) + text(t, resp); got != before[path] {
			t.Errorf("%s changed:\n%s\n%s", path, before[path], got)
		}
	}
}

func TestFeedNamesItsCanonicalURLWhateverTheHost(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	has(t, n.page("http://127.0.0.1:8080/feeds/topics/energy.atom"), "https://news.example.org/feeds/topics/energy.atom")
	hasNot(t, n.page("http://127.0.0.1:8080/feeds/topics/energy.json"), "127.0.0.1")
}

func TestGzipIsAsked(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	plain := n.page("/feeds/all.atom")
	for accept, want := range map[string]bool{
		"gzip": true, "gzip, br": true, "br;q=1, GZIP;q=0.2": true, "*": true, "gzip;q=0.001": true,
		"": false, "br": false, "gzip;q=0": false, "gzip; q=0.0, *": false, "*;q=0": false, "identity": false,
	} {
		resp := n.get("/feeds/all.atom", "Accept-Encoding", accept)
		var body io.Reader = resp.Body
		if got := resp.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: gzip %v, want %v", accept, got, want)
		} else if got {
			var err error
			if body, err = gzip.NewReader(resp.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != plain {
			t.Errorf("Accept-Encoding %q: another body, %v", accept, err)
		}
		if resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary is %q", accept, resp.Header.Get("Vary"))
		}
	}
}

func TestHeadGivesTheHeadersOfGet(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for _, path := range append(everywhere(), "/nothing", "/favicon.svg") {
		get, head := n.get(path), n.do(http.MethodHead, path, "")
		if g, h := fmt.Sprint(get.StatusCode, get.Header), fmt.Sprint(head.StatusCode, head.Header); g != h {
			t.Errorf("%s:\nGET  %s\nHEAD %s", path, g, h)
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for _, path := range everywhere() {
		want := "GET, HEAD"
		if strings.HasSuffix(path, ".json") {
			want += ", OPTIONS"
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			resp := n.do(method, path, "")
			if got := resp.Header.Get("Allow"); resp.StatusCode != http.StatusMethodNotAllowed || got != want {
				t.Errorf("%s %s: %d, Allow %q; want 405, %q", method, path, resp.StatusCode, got, want)
			}
		}
	}
}

func TestScriptsOfOtherPagesMayReadTheJSONFeed(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	tag := n.get("/feeds/all.json").Header.Get("ETag")
	for name, resp := range map[string]*http.Response{
		"GET":       n.get("/feeds/all.json", "Origin", "https://other.example"),
		"304":       n.get("/feeds/all.json", "If-None-Match", tag),
		"preflight": n.do(http.MethodOptions, "/feeds/topics/energy.json", "", "Access-Control-Request-Headers", "if-none-match"),
	} {
		h := resp.Header
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Expose-Headers") != "ETag" {
			t.Errorf("%s: %v", name, h)
		}
		if name == "preflight" && (resp.StatusCode != 204 || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "If-None-Match")) {
			t.Errorf("preflight: %d, %v", resp.StatusCode, h)
		}
	}
	if got := n.get("/feeds/all.atom").Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("Atom says %q", got)
	}
}

func TestFeedsAreBoundedAlikeInEveryFormat(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for i := range 60 {
		n.save(fmt.Sprintf("small%02d", i), nil)
	}
	if got := strings.Count(n.page("/feeds/all.atom"), "<entry"); got != 50 {
		t.Errorf("%d entries, want 50", got)
	}
	for i := range 10 {
		n.save(fmt.Sprintf("large%d", i), func(r *tidings.Release) {
			r.Topics, r.Body.HTML = []string{"trade"}, "<p>"+strings.Repeat("한", 15_000)+"</p>"
		})
	}
	body := n.page("/feeds/topics/trade.json")
	if len(body) > 250_000 {
		t.Errorf("the JSON Feed has %d octets", len(body))
	}
	var doc struct{ Items []struct{ ID string } }
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	count := len(doc.Items)
	if count < 3 || count > 9 || !strings.HasSuffix(doc.Items[0].ID, "large9") {
		t.Errorf("the JSON Feed has %d releases, the first %v", count, doc.Items[0])
	}
	atom, rss := strings.Count(n.page("/feeds/topics/trade.atom"), "<entry"), strings.Count(n.page("/feeds/topics/trade.rss"), "<item")
	if atom != count || rss != count {
		t.Errorf("JSON has %d releases, Atom %d, RSS %d", count, atom, rss)
	}
}

func TestFeedOnTheCommandLineIsTheOneServed(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for _, format := range tidings.FeedFormats() {
		body, err := web.Feed(t.Context(), n.db, n.site, tidings.Selection{Topic: "energy"}, format)
		if err != nil || string(body) != n.page("/feeds/topics/energy."+string(format)) {
			t.Errorf("%s differs, %v", format, err)
		}
	}
}

func TestOPMLListsTheFeedsInUse(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	before := n.page("/feeds/opml.xml")
	has(t, before, "https://news.example.org/feeds/all.atom", "/feeds/topics/energy.atom", "/feeds/languages/ko.atom")
	hasNot(t, before, "fisheries")
	n.now = n.now.Add(time.Minute)
	n.saveTopic("climate", "Climate", 9)
	has(t, n.page("/feeds/opml.xml"), "/feeds/topics/climate.atom")
}
