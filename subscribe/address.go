package subscribe

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// Limits in octets.
const (
	maxLocal   = 64  // RFC 5321 §4.5.3.1.1
	maxAddress = 254 // RFC 5321 §4.5.3.1.3: a path of 256 octets, less its angle brackets
	maxLabel   = 63  // RFC 1035 §2.3.4
)

// NormalizeAddress gives the address as it is stored and written to: the domain in lower case as A-labels (RFC 5890),
// the local part as given, since only its host knows what case means there (RFC 5321 §2.4), but composed (RFC 6532 §3.1).
// It takes an address alone, without a name or angle brackets, and refuses what no public mailbox has: address literals,
// domains without a dot, quoted local parts (which RFC 5321 §4.1.2 asks hosts not to give out).
func NormalizeAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return "", tidings.Invalidf("address", "%.80q has no @", s)
	}
	local := norm.NFC.String(s[:at])
	if err := checkLocal(local); err != nil {
		return "", err
	}
	domain, err := normalizeDomain(s[at+1:])
	if err != nil {
		return "", err
	}
	if n := len(local) + 1 + len(domain); n > maxAddress {
		return "", tidings.Invalidf("address", "it is %d octets long, %d are the limit", n, maxAddress)
	}
	return local + "@" + domain, nil
}

// checkLocal wants a dot-string (RFC 5321 §4.1.2), with the characters beyond ASCII that RFC 6531 §3.3 adds.
func checkLocal(local string) error {
	switch {
	case local == "":
		return tidings.Invalidf("address", "there is nothing before the @")
	case len(local) > maxLocal:
		return tidings.Invalidf("address", "before the @ are %d octets, %d are the limit", len(local), maxLocal)
	case !utf8.ValidString(local):
		return tidings.Invalidf("address", "it is not UTF-8")
	}
	for _, atom := range strings.Split(local, ".") {
		if atom == "" {
			return tidings.Invalidf("address", "%q begins or ends with a dot, or has two in a row", local)
		}
		for _, r := range atom {
			if !isAtext(r) {
				return tidings.Invalidf("address", "%q may not stand before the @: give the address alone", r)
			}
		}
	}
	return nil
}

// isAtext: RFC 5322 §3.2.3. Beyond ASCII, whatever can be seen.
func isAtext(r rune) bool {
	switch {
	case r >= utf8.RuneSelf:
		return unicode.IsGraphic(r) && !unicode.IsSpace(r)
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	}
	return strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func normalizeDomain(given string) (string, error) {
	if strings.HasPrefix(given, "[") {
		return "", tidings.Invalidf("address", "%.80q is an address literal: a domain is needed", given)
	}
	domain, err := idna.Lookup.ToASCII(given)
	if err == nil {
		_, err = idna.Lookup.ToASCII(domain) // the A-label of a character that no label may have passes only once
	}
	if err != nil {
		return "", tidings.Invalidf("address", "%.80q is not a domain", given)
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if !isLabel(label) {
			return "", tidings.Invalidf("address", "%.80q is not a domain", given)
		}
	}
	switch last := labels[len(labels)-1]; {
	case len(labels) < 2:
		return "", tidings.Invalidf("address", "%.80q is no full domain: something like %q is missing", given, ".org")
	case strings.Trim(last, "0123456789") == "":
		return "", tidings.Invalidf("address", "%.80q is a number, not a domain", given)
	}
	return domain, nil
}

// isLabel: letters, digits and hyphens, none of these first or last (RFC 1123 §2.1); of an A-label too (RFC 5890).
func isLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
