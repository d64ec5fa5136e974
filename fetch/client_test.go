package fetch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func client(t *testing.T) *Client {
	t.Helper()
	c := NewClient(&tidings.Site{Base: &url.URL{Scheme: "https", Host: "news.example.org"}})
	t.Cleanup(c.Close)
	return c
}

func now() time.Time { return time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC) }

// site serves on loopback; only private requests reach it.
func site(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func get(t *testing.T, url string) (*Response, error) {
	t.Helper()
	return client(t).Get(t.Context(), Request{URL: url, Private: true}, now())
}

func TestNoAddressOfTheInsideIsAsked(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3", "::",
		"224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:10.0.0.1", "::10.0.0.1",
		"64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2001::1", "2001:db8::1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "168.63.129.16", "100::1",
	} {
		if refused(netip.MustParseAddr(s), false) == "" {
			t.Errorf("%s is asked", s)
		}
	}
	for _, s := range []string{"1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "172.32.0.1", "100.128.0.1"} {
		if why := refused(netip.MustParseAddr(s), false); why != "" {
			t.Errorf("%s is not asked: %s", s, why)
		}
	}
}

func TestAPrivateSourceReachesTheInsideAndNothingWorse(t *testing.T) {
	t.Parallel()
	for s, asked := range map[string]bool{
		"127.0.0.1": true, "10.0.0.1": true, "fd00::1": true, "100.64.0.1": true, "169.254.169.254": false, "fe80::1": false, "0.0.0.0": false, "224.0.0.1": false,
		"168.63.129.16": false, "::ffff:169.254.169.254": false,
	} {
		if why := refused(netip.MustParseAddr(s), true); (why == "") != asked {
			t.Errorf("%s: %q", s, why)
		}
	}
}

func TestAddressIsJudgedWhenTheConnectionIsMadeWhateverNameLedThere(t *testing.T) {
	t.Parallel()
	inside := site(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "secret") })
	u, err := url.Parse(inside)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0", "0x7f000001", "2130706433"} {
		answer, err := client(t).Get(t.Context(), Request{URL: "http://" + host + ":" + u.Port() + "/"}, now())
		if err == nil {
			t.Errorf("%s: %d %s", host, answer.Status, answer.Body)
		}
		if invalid := (*tidings.InvalidError)(nil); strings.HasPrefix(host, "127") && !errors.As(err, &invalid) {
			t.Errorf("%s: %v does not say why", host, err)
		}
	}
}

func TestOnlyWebAddressesOnTheirPortsAreAskedFor(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "feed.xml", "//a.example/", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example:70/", "http://a.example:22/", "http://a.example:25/", "https://a.example:1023/",
		"http://user:secret@a.example/", "http:a.example", "http://", "javascript:alert(1)", "unix:///run/x",
	} {
		err := CheckURL(s)
		if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"https://a.example/feed?x=1#y", "http://a.example:80/", "http://a.example:8080/", "https://a.example:443/"} {
		if err := CheckURL(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestRedirectsAreFollowedFiveTimesAndRememberedWhileForGood(t *testing.T) {
	t.Parallel()
	at := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" || !strings.Contains(r.UserAgent(), "https://news.example.org/") {
			t.Errorf("headers %v", r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		var left int
		status := http.StatusMovedPermanently
		if _, err := fmt.Sscanf(r.URL.Path, "/hops/%d", &left); err == nil && left > 0 {
			w.Header().Set("Location", fmt.Sprintf("%d", left-1))
			w.WriteHeader(status)
			return
		}
		to := map[string]string{
			"/moved": "/moved2", "/moved2": "/end", "/mixed": "/temporary", "/temporary": "/moved", "/loop": "/loop2", "/loop2": "/loop", "/metadata": "http://169.254.169.254/",
			"/elsewhere": "ftp://a.example/", "/port": "http://127.0.0.1:22/", "/secret": "http://a:b@127.0.0.1:8080/",
		}[r.URL.Path]
		if r.URL.Path == "/temporary" {
			status = http.StatusFound
		}
		if to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(status)
			return
		}
		fmt.Fprint(w, "end")
	})
	for path, moved := range map[string]string{"/end": "", "/moved": "/end", "/mixed": "/temporary", "/temporary": "", "/hops/5": "/hops/0"} {
		answer, err := get(t, at+path)
		if err != nil || string(answer.Body) != "end" || strings.TrimPrefix(answer.Moved, at) != moved {
			t.Errorf("%s: %+v, %v", path, answer, err)
		}
	}
	for _, path := range []string{"/hops/6", "/loop", "/metadata", "/elsewhere", "/port", "/secret"} {
		if answer, err := get(t, at+path); err == nil {
			t.Errorf("%s: %+v", path, answer)
		}
	}
}

func TestBodiesAreBoundedAlsoAfterTheyAreUnpacked(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, zeros{}, 200<<20); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	at := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/endless":
			_, _ = io.Copy(w, zeros{})
		case "/head":
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		case "/torn":
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, "half")
		}
	})
	for _, path := range []string{"/bomb", "/endless", "/head", "/torn"} {
		if answer, err := get(t, at+path); err == nil {
			t.Errorf("%s: %d octets", path, len(answer.Body))
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestValidatorsGoOutAsTheyCameInAndWaitsAreRead(t *testing.T) {
	t.Parallel()
	at := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `W/"a, b"`)
		w.Header().Set("Last-Modified", "yesterday or so")
		w.Header().Set("Cache-Control", "public, Max-Age=600")
		w.Header().Set("Age", "60")
		if r.Header.Get("If-None-Match") == `W/"a, b"` && r.Header.Get("If-Modified-Since") == "yesterday or so" {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	first, err := get(t, at)
	if err != nil || first.Wait != 9*time.Minute {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := client(t).Get(t.Context(), Request{URL: at, ETag: first.ETag, LastModified: first.LastModified, Private: true}, now())
	if err != nil || again.Status != http.StatusNotModified {
		t.Errorf("%+v, %v", again, err)
	}
	for header, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "Tue, 01 Apr 2025 02:00:00 GMT": 2 * time.Hour, "Mon, 31 Mar 2025 02:00:00 GMT": 0, "-5": 0, "soon": 0, "99999999999999999999": longestRest, "1e9": 0,
	} {
		if got := wait(http.Header{"Retry-After": {header}, "Cache-Control": {"max-age=60"}}, now()); got != want {
			t.Errorf("Retry-After %s: %v, want %v", header, got, want)
		}
	}
}

func TestProxiesOfTheEnvironmentAreNotAsked(t *testing.T) {
	proxy := site(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "proxy") })
	t.Setenv("HTTP_PROXY", proxy)
	if answer, err := client(t).Get(t.Context(), Request{URL: "http://127.0.0.1:9999/"}, now()); err == nil {
		t.Errorf("%s", answer.Body)
	}
}
