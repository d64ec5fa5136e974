package web_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
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
	for _, f := range tidings.FeedFormats() {
		all = append(all, filterFeed("topic:energy OR 태양광", f))
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
	const crowd = 30
	n.lib.crowd.Add(crowd) // the one that renders waits until all have seen that they must
	n.lib.gate.Store(crowd)
	var wg sync.WaitGroup
	for i := range crowd {
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
	now = moved("an edit", now, "all", "topics/energy", "search")
	n.now = n.now.Add(time.Minute)
	if err := n.db.SetTopics(t.Context(), solar.ID, []string{"trade"}, n.now, "test"); err != nil {
		t.Fatal(err)
	}
	now = moved("a change of topics", now, "all", "topics", "search")
	n.now = n.now.Add(time.Minute)
	if err := n.db.Withdraw(t.Context(), solar.ID, tidings.Withdrawal{Reason: "wrong"}, n.now, "test"); err != nil {
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
		body, err := web.Feed(t.Context(), n.db, n.db, n.db, n.site, tidings.Selection{Topic: "energy"}, format)
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

func TestFeedsStayWholeWhilePublicationsAreUnderWay(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("first", nil)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 4 {
		readers.Go(func() {
			path := "/feeds/all." + string(tidings.FeedFormats()[i%3])
			for newest := 0; ; {
				select {
				case <-done:
					return
				default:
				}
				count := strings.Count(n.page(path), "/releases/")
				if count < newest {
					t.Errorf("%s went back from %d links to %d", path, newest, count)
				}
				newest = count
			}
		})
	}
	for i := range 20 {
		title := n.save(fmt.Sprintf("later%d", i), nil).Title
		for _, format := range tidings.FeedFormats() { // what is public is in the feed, at once
			has(t, n.page("/feeds/all."+string(format)), title)
		}
	}
	close(done)
	readers.Wait()
}
