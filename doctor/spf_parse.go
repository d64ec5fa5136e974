package doctor

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// spfTerm is a mechanism of a record (RFC 7208 §4.6.1).
type spfTerm struct {
	qualifier string // "+", "-", "~" or "?"
	name      string
	domain    string // empty: the record's own
	v4, v6    int    // how many bits of an address count

	match   []netip.Prefix
	include *spfPolicy
	unknown bool // what it matches depends on the mail, or on a macro
	broken  bool // it is, or holds, a fault: what stands behind it is nobody's
}

func (t *spfTerm) bits(ip netip.Addr) int {
	if ip.Is4() {
		return t.v4
	}
	return t.v6
}

// parseSPF reads a record that begins with v=spf1.
func parseSPF(record string) (terms []spfTerm, redirect string, err error) {
	seen := map[string]bool{}
	for _, word := range strings.Fields(record)[1:] {
		if name, value, is := modifier(word); is {
			name = strings.ToLower(name)
			if (name == "redirect" || name == "exp") && (seen[name] || value == "") {
				return nil, "", fmt.Errorf("%q stands twice, or is empty", name)
			}
			seen[name] = true
			if name == "redirect" {
				redirect = value
			}
			continue
		}
		t, err := mechanism(word)
		if err != nil {
			return nil, "", err
		}
		terms = append(terms, t)
	}
	return terms, redirect, nil
}

// modifier: a name, and an equals sign before any colon or slash.
func modifier(word string) (name, value string, is bool) {
	name, value, is = strings.Cut(word, "=")
	return name, value, is && name != "" && !strings.ContainsAny(name, ":/")
}

func mechanism(word string) (t spfTerm, err error) {
	t = spfTerm{qualifier: "+", v4: 32, v6: 128}
	rest := word
	if strings.ContainsRune("+-~?", rune(word[0])) {
		t.qualifier, rest = word[:1], word[1:]
	}
	end := strings.IndexAny(rest, ":/")
	if end < 0 {
		end = len(rest)
	}
	t.name = strings.ToLower(rest[:end])
	value, given := strings.CutPrefix(rest[end:], ":")
	wrong := fmt.Errorf("%q is no mechanism of SPF", word)
	switch t.name {
	case "all":
		if rest[end:] != "" {
			return t, wrong
		}
	case "ip4", "ip6":
		network, err := prefix(value)
		if err != nil || network.Addr().Is4() != (t.name == "ip4") {
			return t, fmt.Errorf("%q holds no address of that kind", word)
		}
		t.match = []netip.Prefix{network}
	case "include", "exists":
		if t.domain = value; value == "" {
			return t, fmt.Errorf("%q names no domain", word)
		}
	case "a", "mx", "ptr":
		domain, ok := t.lengths(value, rest[end:], given)
		if t.domain = domain; !ok || given && domain == "" {
			return t, wrong
		}
	default:
		return t, wrong
	}
	return t, nil
}

// lengths reads what stands behind a or mx: a domain, /24, //64, or all of them (§5.6, dual-cidr-length).
func (t *spfTerm) lengths(value, rest string, given bool) (domain string, ok bool) {
	if !given {
		value = rest
	}
	domain, cidr, has := strings.Cut(value, "/")
	if !has {
		return domain, true
	}
	four, six, both := strings.Cut("/"+cidr, "//")
	ok = true
	if four = strings.TrimPrefix(four, "/"); four != "" {
		t.v4, ok = number(four, 32)
	}
	if both && ok {
		t.v6, ok = number(six, 128)
	}
	return domain, ok
}

func number(s string, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= most
}

// prefix is an address, or a network.
func prefix(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	if err != nil {
		return network, err
	}
	return network.Masked(), nil
}
