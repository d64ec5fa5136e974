package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client is who asks: the machine at the other end of the connection, or if that is a proxy of ours, whom it says that it asks for.
// Each proxy adds at the right of X-Forwarded-For who asked it; what stands left of the first machine that is none of ours
// anybody may have written. Invalid: it is not known, as with a Unix socket.
func (s *site) client(r *http.Request) netip.Addr {
	from := hostOf(r.RemoteAddr)
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, entry := range slices.Backward(forwarded) {
		if !s.isProxy(from) {
			break
		}
		before := hostOf(strings.TrimSpace(entry))
		if !before.IsValid() {
			break
		}
		from = before
	}
	return from
}

func (s *site) isProxy(a netip.Addr) bool {
	return slices.ContainsFunc(s.Joining.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// hostOf is the address in "192.0.2.1:80", "[2001:db8::1]:80", or without a port.
func hostOf(s string) netip.Addr {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
