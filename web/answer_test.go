package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/web"
)

func TestAFaultOfOursIsAnIDOnThePageAndOneLineInTheLog(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	fault := errDisk
	n.lib.fault.Store(&fault)
	for _, path := range []string{"/", "/feeds/all.atom"} {
		n.log.Reset()
		resp := n.get(path)
		status(t, resp, http.StatusInternalServerError)
		body := text(t, resp)
		hasNot(t, body, "fire")
		id := regexp.MustCompile(`<code>(\w+)</code>`).FindStringSubmatch(body)
		if id == nil {
			t.Fatalf("%s: no id in\n%s", path, body)
		}
		if log := n.log.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, id[1]) || !strings.Contains(log, "fire") {
			t.Errorf("%s: the log says\n%s", path, log)
		}
		if got := resp.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control is %q", path, got)
		}
	}
	n.lib.fault.Store(nil)
	n.page("/feeds/all.atom") // a fault is not kept
}

type panickingLibrary struct{ web.Library }

func (panickingLibrary) Topics(context.Context) ([]tidings.Topic, error) {
	var none []tidings.Topic
	return none[:1], nil
}

func TestAPanicIsA500AndTheServerGoesOn(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.lib.Library = panickingLibrary{n.db}
	resp := n.get("/")
	status(t, resp, http.StatusInternalServerError)
	has(t, text(t, resp), "</html>")
	has(t, n.log.String(), "panic:")
	n.lib.Library = n.db
	n.page("/")
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.site.Base.Path = "/news"
	n.open()
	for target, want := range map[string]int{
		"/news/": 200, "/news/feeds/all.rss": 200, "/news/nothing": 404, "/news/u/x": 404, "/news/topics/": 301, "/news/healthz": 200,
		"/news/robots.txt": 200, "/news//feeds": 301, "//news/feeds": 301, "/news/feeds/../topics": 301, "/news/u//x": 301,
		"/news/u/../feeds": 404, "/": 404, "/newspaper": 404, "/news": 301,
	} {
		resp := n.get(target)
		h := resp.Header
		if status(t, resp, want); t.Failed() {
			t.Fatal(target, h)
		}
		for _, method := range []string{http.MethodPost, http.MethodOptions} {
			if other := n.do(method, target, ""); other.StatusCode < 400 || other.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s %s: %d, %v", method, target, other.StatusCode, other.Header)
			}
		}
		csp := h.Get("Content-Security-Policy")
		if strings.Contains(csp, "script-src") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: the policy is %q", target, csp)
		}
		for _, want := range []string{"default-src 'none'", "img-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %s", target, csp, want)
			}
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Strict-Transport-Security") == "" || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", target, h)
		}
	}
}

func TestPagesAnswer304ToTheirTag(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	tag := n.get("/").Header.Get("ETag")
	status(t, n.get("/", "If-None-Match", tag), http.StatusNotModified)
	n.save("solar", nil)
	status(t, n.get("/", "If-None-Match", tag), http.StatusOK)
}

func TestStylesheetIsKeptForEver(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	href := regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)"`).FindStringSubmatch(n.page("/"))
	if href == nil {
		t.Fatal("the page has no stylesheet")
	}
	resp := n.get(href[1])
	status(t, resp, http.StatusOK)
	if h := resp.Header; !strings.Contains(h.Get("Cache-Control"), "immutable") || !strings.HasPrefix(h.Get("Content-Type"), "text/css") {
		t.Errorf("%v", h)
	}
	status(t, n.get("/assets/style.000000000000.css"), http.StatusNotFound)
}

func TestASiteMayLiveBelowAPath(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.site.Base.Path = "/news"
	n.open()
	n.save("solar", nil)
	has(t, n.page("/news/"), "https://news.example.org/news/releases/solar")
	n.page("/news/feeds/all.atom")
	redirects(t, n, "/news/topics/Energy/", "https://news.example.org/news/topics/Energy")
	redirects(t, n, "/news/topics/Energy", "https://news.example.org/news/topics/energy")
	redirects(t, n, "/news/feeds/all.rss?x", "https://news.example.org/news/feeds/all.rss")
}

func TestReadinessNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	has(t, n.page("/healthz"), "alive")
	has(t, n.page("/readyz"), "ready")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	n.ServeHTTP(w, r) // the database does not answer a request that is over
	if w.Code != http.StatusServiceUnavailable || w.Body.String() != "not ready: database\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}
