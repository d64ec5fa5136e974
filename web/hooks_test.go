package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// relays answers as the body asks.
type relays struct{ heard []string }

func (r *relays) Hear(_ context.Context, kind string, h http.Header, q url.Values, body []byte) error {
	r.heard = append(r.heard, kind+" "+h.Get("Authorization")+" "+q.Get("key"))
	switch {
	case kind != "postmark":
		return tidings.ErrNotFound
	case string(body) == "forged":
		return tidings.ErrBadToken
	case string(body) == "garbled":
		return tidings.Invalidf("body", "is not JSON")
	case string(body) == "busy":
		return errors.New("database is locked")
	}
	return nil
}

func TestRefusedWebhooksDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.hooks, n.read = &relays{}, time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC)
	n.open()
	flood := func(times int) {
		t.Helper()
		for range times {
			status(t, n.do(http.MethodPost, "/hooks/bounce/postmark", "forged"), http.StatusForbidden)
		}
	}
	told := func(what string) int { return strings.Count(n.log.String(), what) }
	const forged = `msg="a webhook that does not prove itself was refused" kind=postmark refused=`
	flood(30)
	if told(forged) != 1 || told(forged+"1\n") != 1 {
		t.Errorf("at first: %s", n.log.String())
	}
	status(t, n.do(http.MethodPost, "/hooks/bounce/postmark", "garbled"), http.StatusBadRequest) // another sort
	if told("a webhook that is not understood") != 1 {
		t.Errorf("another sort: %s", n.log.String())
	}
	n.read = n.read.Add(time.Minute)
	flood(30)
	if told(forged) != 2 || told(forged+"30\n") != 1 {
		t.Errorf("a minute later: %s", n.log.String())
	}
}

func TestARelayIsAnsweredSoThatItComesAgainOnlyWhenItShould(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	r := &relays{}
	n.hooks = r
	n.open()
	for body, want := range map[string]int{
		"{}": http.StatusOK, "forged": http.StatusForbidden, "garbled": http.StatusBadRequest, "busy": http.StatusServiceUnavailable,
		strings.Repeat("x", 1<<20+1): http.StatusRequestEntityTooLarge,
	} {
		resp := n.do(http.MethodPost, "/hooks/bounce/postmark?key=abc", body, "Authorization", "Basic x", "Content-Type", "application/json")
		if status(t, resp, want); strings.Contains(text(t, resp), "locked") || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%.9s: %v", body, resp.Header)
		}
	}
	if len(r.heard) != 4 || r.heard[0] != "postmark Basic x abc" {
		t.Errorf("heard %q", r.heard)
	}
	if strings.Contains(n.log.String(), "abc") || !strings.Contains(n.log.String(), "does not prove itself") {
		t.Errorf("the log: %s", n.log.String())
	}
	status(t, n.do(http.MethodPost, "/hooks/bounce/smoke", "{}"), http.StatusNotFound)
	status(t, n.get("/hooks/bounce/postmark"), http.StatusMethodNotAllowed)
	n.hooks = nil
	n.open()
	status(t, n.do(http.MethodPost, "/hooks/bounce/postmark", "{}"), http.StatusMethodNotAllowed)
}
