package web

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestTheClientIsWhomOurProxiesNameAndNobodyElse(t *testing.T) {
	t.Parallel()
	s := &site{}
	for _, p := range []string{"127.0.0.0/8", "::1/128", "10.0.0.0/8"} {
		s.Joining.Proxies = append(s.Joining.Proxies, netip.MustParsePrefix(p))
	}
	for _, c := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"203.0.113.9:4711", nil, "203.0.113.9"},
		{"203.0.113.9:4711", []string{"198.51.100.1"}, "203.0.113.9"}, // none of ours: anybody may write that
		{"127.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"127.0.0.1:80", []string{"6.6.6.6, 198.51.100.1"}, "198.51.100.1"},
		{"127.0.0.1:80", []string{"6.6.6.6", "198.51.100.1"}, "198.51.100.1"}, // several headers are one
		{"127.0.0.1:80", []string{"198.51.100.1, 10.1.2.3, 10.9.9.9"}, "198.51.100.1"},
		{"127.0.0.1:80", []string{"198.51.100.1:5000"}, "198.51.100.1"},
		{"[::1]:80", []string{"2001:db8::7"}, "2001:db8::7"},
		{"[::1]:80", []string{"[2001:db8::7]:99"}, "2001:db8::7"},
		{"[::ffff:127.0.0.1]:80", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"127.0.0.1:80", []string{"unknown"}, "127.0.0.1"},
		{"127.0.0.1:80", []string{"6.6.6.6, unknown, 10.0.0.1"}, "10.0.0.1"},
		{"127.0.0.1:80", nil, "127.0.0.1"},
		{"10.0.0.1:80", []string{"10.0.0.2"}, "10.0.0.2"},
		{"@", []string{"198.51.100.1"}, "invalid IP"},
		{"[fe80::1%eth0]:80", nil, "fe80::1"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/subscribe", nil)
		r.RemoteAddr = c.remote
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := s.client(r).String(); got != c.want {
			t.Errorf("%s, for %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}
