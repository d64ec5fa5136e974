package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/tidings/tidings"
)

// reserved are the networks that nobody is served from, or that lead to others inside: IANA's special-purpose registries
// (RFC 6890), as far as netip does not know them.
func reserved() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range [...]string{
		"0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"168.63.129.16/32",                                     // a public address that a cloud answers with secrets at
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", // IPv4 inside IPv6
		"100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// inside are the networks of an organisation's own, which a source may lead to when it is configured as private.
func inside(a netip.Addr) bool {
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	return a.IsPrivate() || a.IsLoopback() || shared.Contains(a)
}

// refused says why nobody may be asked at the address; "": one may.
func refused(a netip.Addr, private bool) string {
	a = a.Unmap().WithZone("")
	switch {
	case inside(a):
		if !private {
			return "an address of a private network"
		}
		return ""
	case !a.IsGlobalUnicast(): // unspecified, multicast, link-local (where clouds keep their secrets), broadcast
		return "no address of a host on the internet"
	}
	for _, p := range reserved() {
		if p.Contains(a) {
			return "an address of a reserved network"
		}
	}
	return ""
}

// judge is a net.Dialer's Control: it sees the address that is about to be connected to, whatever name led there.
func judge(private bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		a, err := netip.ParseAddr(host)
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		if why := refused(a, private); why != "" {
			return tidings.Invalidf("address", "%s is %s: it is not asked", a, why)
		}
		return nil
	}
}

// CheckURL is an InvalidError when the URL is none that a Client asks for.
func CheckURL(s string) error {
	_, err := parse(s)
	return err
}

func parse(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return nil, tidings.Invalidf("url", "%.200q is no whole address, such as https://www.example.org/feed.xml", s)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, tidings.Invalidf("url", "%.200q does not begin with https:// or http://", s)
	case u.User != nil:
		return nil, tidings.Invalidf("url", "an address with a user or a password in it is not asked for")
	case !portAllowed(u.Port()):
		return nil, tidings.Invalidf("url", "port %s is not asked: only 80, 443 and those above 1023", u.Port())
	}
	u.Fragment, u.RawFragment = "", ""
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

func portAllowed(port string) bool {
	if port == "" || port == "80" || port == "443" {
		return true
	}
	n, err := strconv.Atoi(port)
	return err == nil && n > 1023 && n < 65536
}
