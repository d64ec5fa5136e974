package web_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

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

func TestGzipIsAsked(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	plain := n.page("/feeds/all.atom")
	for accept, want := range map[string]bool{
		"gzip": true, "gzip, br": true, "br;q=1, GZIP;q=0.2": true, "br\t,\tgzip\t;\tq=1": true, "*": true, "gzip;q=0.001": true,
		"": false, "br": false, "gzip;q=0": false, "gzip; q=0.0, *": false, "*;q=0": false, "gzip\t;\tq=0": false, "identity": false,
	} {
		resp := n.get("/feeds/all.atom", "Accept-Encoding", accept)
		body := resp.Body
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
	for _, path := range append(everywhere(), "/nothing") {
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
		if strings.Contains(path, ".json") {
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
	for name, resp := range map[string]*reply{
		"301":        n.get("/feeds/ALL.JSON"),
		"301, path":  n.get("//feeds/all.json"),
		"filter":     n.get("/feeds/search.json?q=solar"),
		"filter 301": n.get("/feeds/search.json?q=Solar"),
		"404":        n.get("/feeds/topics/nothing.json"),
		"405":        n.do(http.MethodPost, "/feeds/all.json", ""),
		"410":        n.get("/feeds/topics/fisheries.json"),
		"GET":        n.get("/feeds/all.json", "Origin", "https://other.example"),
		"304":        n.get("/feeds/all.json", "If-None-Match", tag),
		"preflight":  n.do(http.MethodOptions, "/feeds/topics/energy.json", "", "Access-Control-Request-Headers", "if-none-match"),
	} {
		h := resp.Header
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Expose-Headers") != "ETag" {
			t.Errorf("%s: %v", name, h)
		}
		if name == "preflight" && (resp.StatusCode != http.StatusNoContent || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "If-None-Match")) {
			t.Errorf("preflight: %d, %v", resp.StatusCode, h)
		}
	}
	if got := n.get("/feeds/all.atom").Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("Atom says %q", got)
	}
}
