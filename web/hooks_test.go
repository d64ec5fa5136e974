package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

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
