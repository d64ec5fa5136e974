package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// chosen are filters, as somebody chose them.
func chosen(t *testing.T, texts ...string) (filters []tidings.Filter) {
	t.Helper()
	for _, text := range texts {
		f, err := tidings.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f)
	}
	return filters
}

// newOwnFeed is a newsroom with the feed of somebody who reads on energy and hydrogen.
func newOwnFeed(t *testing.T) (n *newsroom, token string) {
	t.Helper()
	n = newNewsroom(t)
	token = n.keys.Mint(tidings.PurposeRead, 0, 7, time.Unix(1, 0))
	n.own[token] = tidings.PersonalFeed{Filters: chosen(t, "topic:energy", "수소 lang:ko"), Language: "ko"}
	n.save("solar", nil)
	n.save("tariffs", func(r *tidings.Release) { r.Topics = []string{"trade"} })
	n.save("hydrogen", func(r *tidings.Release) { r.Language, r.Title, r.Topics = "ko", "그린수소 육성", nil })
	return n, token
}

func TestAPersonalFeedShowsWhateverOneOfTheFiltersSelects(t *testing.T) {
	t.Parallel()
	n, token := newOwnFeed(t)
	for _, f := range tidings.FeedFormats() {
		path := "/feeds/mine/" + token + "." + string(f)
		body := n.page(path)
		has(t, body, "About solar", "그린수소 육성", "맞춤 보도자료 — 산업통상자원부", base+path)
		hasNot(t, body, "About tariffs")
	}
	n.own["none"], n.own["all"] = tidings.PersonalFeed{}, tidings.PersonalFeed{Filters: chosen(t, "solar", "")}
	none := n.page("/feeds/mine/none.rss")
	has(t, none, "Your choice of releases — Ministry of Trade")
	hasNot(t, none, "<item>")
	has(t, n.page("/feeds/mine/all.rss"), "About solar", "About tariffs")
}

func TestAPersonalFeedIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	n, token := newOwnFeed(t)
	for _, f := range tidings.FeedFormats() {
		path := "/feeds/mine/" + token + "." + string(f)
		resp := n.get(path)
		for name, want := range map[string]string{
			"Content-Type": f.MediaType(), "Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", f, name, got, want)
			}
		}
		status(t, n.get(path, "If-None-Match", resp.Header.Get("ETag")), http.StatusNotModified)
		head := n.do(http.MethodHead, path, "")
		if g, h := fmt.Sprint(resp.StatusCode, resp.Header), fmt.Sprint(head.StatusCode, head.Header); g != h {
			t.Errorf("GET %s\nHEAD %s", g, h)
		}
		left := strings.ReplaceAll(text(t, resp), "/feeds/mine/"+token, "")
		hasNot(t, left, token)
		status(t, n.do(http.MethodPost, path, "x=y"), http.StatusMethodNotAllowed)
	}
	for _, path := range append(everywhere(), "/feeds/opml.xml", "/robots.txt") {
		if path == "/robots.txt" || strings.Contains(path, "sitemap") || strings.Contains(path, "/cards/") {
			continue
		}
		hasNot(t, n.page(path), "/mine/")
	}
}

func TestAPersonalFeedThatWasResetIsNotFound(t *testing.T) {
	t.Parallel()
	n, token := newOwnFeed(t)
	path := "/feeds/mine/" + token + ".atom"
	tag := n.get(path).Header.Get("ETag")
	delete(n.own, token) // reset, while it is kept
	for _, target := range []string{
		path, "/feeds/mine/" + token[:42] + ".atom", "/feeds/mine/" + strings.ToLower(token) + ".atom", "/feeds/mine/" + token, "/feeds/mine/.atom",
		"/feeds/mine/" + token + ".xml", "/feeds/mine/x/" + token + ".atom", "/Feeds/Mine/" + token + ".atom", "/feeds/mine/" + token + ".atom?x=y",
	} {
		resp := n.get(target, "If-None-Match", tag)
		status(t, resp, http.StatusNotFound)
		body := text(t, resp)
		hasNot(t, body, token, token[:20], strings.ToLower(token[:20]), "nsubscri")
		if got := resp.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", target, got)
		}
	}
}

func TestAPersonalFeedsTokenIsInNoLogAndItsOtherSpellingsAreNotKept(t *testing.T) {
	t.Parallel()
	n, token := newOwnFeed(t)
	path := "/feeds/mine/" + token + ".atom"
	for _, target := range []string{path, "/" + path, "/feeds//mine/" + token + ".atom", path + "?utm=x", "/feeds/mine/" + token + ".ATOM", path + "/"} {
		resp := n.get(target)
		if target != path {
			status(t, resp, http.StatusMovedPermanently)
			if to, keep := resp.Header.Get("Location"), resp.Header.Get("Cache-Control"); !strings.HasPrefix(to, base+path) || keep != "no-store" {
				t.Errorf("%s: to %s, %s", target, to, keep)
			}
		}
	}
	n.get("/FEEDS/MINE/" + token + ".atom")
	n.find.Searcher = failing{}
	n.save("wind", nil)
	status(t, n.get(path), http.StatusInternalServerError)
	said := n.log.String()
	hasNot(t, said, token, token[:20], strings.ToLower(token))
	has(t, said, "/feeds/mine/*", errDisk.Error())
}

func TestThePersonalFeedOfASubscriberIsTheirsUntilTheyLeave(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.personal = n.service()
	n.open()
	leave := n.mailed() // to somebody who gets what is on energy
	n.save("tariffs", func(r *tidings.Release) { r.Topics = []string{"trade"} })
	sub, err := n.db.Subscriber(t.Context(), "min@example.org")
	if err != nil {
		t.Fatal(err)
	}
	path := "/feeds/mine/" + n.keys.Mint(tidings.PurposeRead, sub.Feed, sub.ID, sub.Created) + ".atom"
	body := n.page(path)
	has(t, body, "About solar")
	hasNot(t, body, "About tariffs")
	for name, token := range map[string]string{
		"another's": n.keys.Mint(tidings.PurposeRead, sub.Feed, sub.ID+1, sub.Created), "of another purpose": n.keys.Mint(tidings.PurposeLeave, sub.Feed, sub.ID, sub.Created),
		"reset": n.keys.Mint(tidings.PurposeRead, sub.Feed+1, sub.ID, sub.Created), "of nobody": n.keys.Mint(tidings.PurposeRead, 0, 0, time.Time{}),
		"cut off": path[len("/feeds/mine/"):][:42], "altered": strings.Repeat("A", tidings.TokenLength),
	} {
		if resp := n.get("/feeds/mine/" + token + ".atom"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("a token %s: %d, want 404", name, resp.StatusCode)
		}
	}
	status(t, n.do(http.MethodPost, leave, "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded"), http.StatusOK)
	status(t, n.get(path), http.StatusNotFound)
}
