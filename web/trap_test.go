package web_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFormsOfProgramsComeBackAndTheNextPressWorks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields []string
		wait   time.Duration
	}{
		"no stamp": {nil, time.Minute}, "too fast": {[]string{"stamp", "new"}, time.Second}, "too old": {[]string{"stamp", "new"}, 25 * time.Hour},
		"a trap": {[]string{"stamp", "new", "homepage", "https://spam.example"}, time.Minute}, "forged": {[]string{"stamp", strings.Repeat("A", 43)}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/subscribe", "/link"} {
				joining(t, func(n *newsroom) {
					t := n.test()
					form := wish("ana@example.org", c.fields...)
					if form.Get("stamp") == "new" {
						form.Set("stamp", stampIn(t, n.page(path)))
					}
					n.read = n.read.Add(c.wait)
					resp := n.post(path, form)
					status(t, resp, http.StatusUnprocessableEntity)
					page := text(t, resp)
					has(t, page, "Please press the button once more", `value="ana@example.org"`)
					if rows := n.rows(); rows["requests"] != 0 {
						t.Errorf("something was done: %v", rows)
					}
					form.Del("homepage")
					form.Set("stamp", stampIn(t, page))
					n.sent(n.send(path, form), strings.TrimPrefix(path, "/")+"/sent")
				})
			}
		})
	}
}

func TestTooManyRequestsAreToldSoAndOthersStillJoin(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.joining.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // httptest's
		n.open()
		counts := map[int]int{}
		for i := range 12 {
			resp := n.send("/subscribe", wish(fmt.Sprintf("a%d@example.org", i)), "X-Forwarded-For", fmt.Sprintf("198.51.100.%d, 203.0.113.7", i))
			counts[resp.StatusCode]++
			if resp.StatusCode == http.StatusTooManyRequests {
				has(t, text(t, resp), "Too many requests have come from your network", fmt.Sprintf(`value="a%d@example.org"`, i))
				if got := resp.Header.Get("Retry-After"); got != "3600" {
					t.Errorf("Retry-After: %q", got)
				}
			}
		}
		if counts[http.StatusSeeOther] != 5 || counts[http.StatusTooManyRequests] != 7 || n.rows()["letters"] != 5 {
			t.Errorf("%v, %v", counts, n.rows())
		}
		n.sent(n.send("/subscribe", wish("b@example.org"), "X-Forwarded-For", "203.0.114.7"), "subscribe/sent")
		status(t, n.send("/link", wish("b@example.org"), "X-Forwarded-For", "203.0.113.7"), http.StatusTooManyRequests)
	})
}

func TestTheWholeSitesLimitIsToldToo(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.letterLimit = 2
		n.open()
		for i, want := range []int{http.StatusSeeOther, http.StatusSeeOther, http.StatusServiceUnavailable} {
			resp := n.send("/subscribe", wish(fmt.Sprintf("a%d@example.org", i)))
			status(t, resp, want)
			if want == http.StatusServiceUnavailable {
				has(t, text(t, resp), "far more requests than usual", `value="a2@example.org"`)
				has(t, n.log.String(), "level=WARN", "subscribe.letters_per_hour")
			}
		}
	})
}

func TestOtherSitesPagesCannotJoinAnybody(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		for _, path := range []string{"/subscribe", "/link"} {
			resp := n.send(path, wish("ana@example.org"), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
			status(t, resp, http.StatusForbidden)
		}
		if rows := n.rows(); rows["requests"] != 0 {
			t.Errorf("%v", rows)
		}
		n.sent(n.send("/subscribe", wish("ana@example.org"), "Origin", "https://news.example.org", "Host", "127.0.0.1"), "subscribe/sent")
		// The page has no referrer, so that some browsers send "null" from it.
		has(t, text(t, n.post(n.confirmURL(), nil, "Origin", "null")), "You are subscribed")
	})
}

func TestAnswersWaitForAStepOfTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ busy, want time.Duration }{
		{0, 300 * time.Millisecond}, {299 * time.Millisecond, 300 * time.Millisecond}, {301 * time.Millisecond, 600 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newJoinroom(t)
			n.delay = c.busy
			n.open()
			form := wish("ana@example.org", "stamp", stampIn(t, n.page("/subscribe")))
			n.read = n.read.Add(time.Minute)
			start := time.Now()
			n.sent(n.post("/subscribe", form), "subscribe/sent")
			if took := time.Since(start); took != c.want {
				t.Errorf("work of %v is answered after %v, want %v", c.busy, took, c.want)
			}
		})
	}
}
