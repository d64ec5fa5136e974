package config

import (
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"
)

func (p *problems) oneOf(key, s string, allowed ...string) {
	if !slices.Contains(allowed, s) {
		p.add(key, "must be one of %s", strings.Join(allowed, ", "))
	}
}

func (p *problems) between(key string, n, least, most int) {
	if n < least || n > most {
		p.add(key, "must be between %d and %d", least, most)
	}
}

// duration reads a length of time; an empty text is 0.
func (p *problems) duration(key, s string, least, most time.Duration) time.Duration {
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		p.add(key, `must be between %s and %s, such as "30m" or "6h"; empty: none`, span(least), span(most))
		return 0
	}
	return d
}

// span writes a length of time as people do: "5m", not "5m0s".
func span(d time.Duration) string {
	return strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(d.String())
}

func (p *problems) oneLine(key, s string) {
	if strings.ContainsFunc(s, unicode.IsControl) {
		p.add(key, "must be one line")
	}
}

func (p *problems) language(key, tag string) {
	parsed, err := language.Parse(tag)
	switch {
	case err != nil || tag == "und":
		p.add(key, "%q is no language: write a tag such as en, ko or pt-BR", tag)
	case parsed.String() != tag:
		p.add(key, "%q must be written %q", tag, parsed)
	}
}

func (p *problems) zone(key, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		p.add(key, "%q is no time zone: write one such as Asia/Seoul, Europe/Paris or UTC", name)
		return time.UTC
	}
	return zone
}

// address reads an address with or without a name; nil when it is none.
func (p *problems) address(key, s string) *mail.Address {
	a, err := mail.ParseAddress(s)
	if err == nil {
		at := strings.LastIndexByte(a.Address, '@')
		if isHost(a.Address[at+1:]) && !strings.ContainsFunc(s, unicode.IsControl) {
			return a
		}
	}
	p.add(key, `must be an address, such as "press@example.org" or "Press office <press@example.org>"`)
	return nil
}

func (p *problems) bareAddress(key, s string) {
	if s == "" || p.has(key) {
		return
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		p.add(key, `must be an address without a name, such as "bounces@example.org"`)
	}
}

// isHost: an IP address or a domain name of letters, digits and hyphens (RFC 1123 §2.1); one with others is written in
// its A-labels (RFC 5890).
func isHost(s string) bool {
	if net.ParseIP(s) != nil {
		return true
	}
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	return true
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n > 0 && n < 65536 && strconv.Itoa(n) == s
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
