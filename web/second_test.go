package web_test

import (
	"net/http"
	"testing"
	"time"
)

func TestNoTwoFeedsOfOneSecondShareALastModified(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	second := n.now.Add(time.Hour).Truncate(time.Second)
	publish := func(slug string, at time.Duration) {
		n.now = second.Add(at - time.Minute)
		n.save(slug, nil)
	}
	seen := map[string]string{} // Last-Modified: the entity tag that it came with
	ask := func(at time.Duration, since string) *reply {
		n.read = second.Add(at)
		for _, path := range []string{"/feeds/all.rss", "/feeds/opml.xml"} {
			n.get(path)
		}
		resp := n.get("/feeds/all.atom", "If-Modified-Since", since)
		modified, tag := resp.Header.Get("Last-Modified"), resp.Header.Get("ETag")
		if other, ok := seen[modified]; ok && modified != "" && other != tag {
			t.Errorf("%v: %s and %s share Last-Modified %s", at, other, tag, modified)
		}
		seen[modified] = tag
		return resp
	}
	publish("zero", -3*time.Second)
	before := ask(-time.Second, "").Header.Get("Last-Modified")
	now := second.Format(http.TimeFormat)

	publish("a", 0)
	resp := ask(10*time.Millisecond, before)
	status(t, resp, http.StatusOK)
	has(t, text(t, resp), "About a")
	publish("b", 80*time.Millisecond)
	for _, since := range []string{before, now} {
		resp := ask(90*time.Millisecond, since)
		status(t, resp, http.StatusOK)
		has(t, text(t, resp), "About b")
		if got := resp.Header.Get("Last-Modified"); got != "" {
			t.Errorf("Last-Modified is %s before its second is over", got)
		}
	}
	resp = ask(time.Second, before)
	status(t, resp, http.StatusOK)
	if got := resp.Header.Get("Last-Modified"); got != now {
		t.Errorf("Last-Modified is %q, want %q", got, now)
	}
	status(t, ask(time.Second, now), http.StatusNotModified)

	publish("late", 990*time.Millisecond) // the database took its time: the second has been shown
	n.now = second.Add(5 * time.Second)
	status(t, ask(1100*time.Millisecond, now), http.StatusOK)
	resp = ask(2*time.Second, now)
	status(t, resp, http.StatusOK)
	if got := resp.Header.Get("Last-Modified"); got != second.Add(time.Second).Format(http.TimeFormat) {
		t.Errorf("after a late one Last-Modified is %q", got)
	}
}
