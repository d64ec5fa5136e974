package subscribe_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

func TestAddressIsStoredInOneForm(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"min@example.org":                       "min@example.org",
		"  min@example.org\n":                   "min@example.org",
		"Min.Ji+news@Example.ORG":               "Min.Ji+news@example.org",
		"o'neil=x@mail.example.org":             "o'neil=x@mail.example.org",
		"김민지@example.org":                       "김민지@example.org",
		"mu\u0308ller@example.org":              "müller@example.org", // composed
		"MU\u0308LLER@example.org":              "MÜLLER@example.org",
		"\u1100\u1161@example.org":              "가@example.org",
		"min@예시.한국":                             "min@xn--vv4b11d.xn--3e0b707e",
		"min@bücher.example":                    "min@xn--bcher-kva.example",
		strings.Repeat("a", 64) + "@a.org":      strings.Repeat("a", 64) + "@a.org",
		"a@" + strings.Repeat("b", 63) + ".org": "a@" + strings.Repeat("b", 63) + ".org",
	} {
		got, err := subscribe.NormalizeAddress(given)
		if err != nil || got != want {
			t.Errorf("%q became %q, %v; want %q", given, got, err, want)
		}
	}
}

func TestAddressThatNoMailReachesIsRefused(t *testing.T) {
	t.Parallel()
	for _, given := range []string{
		"", "min", "@", "min@", "@example.org", "a@b", "a@-b.com", "a@b-.com", "a@b..com", "a@.com", "a@b.com.",
		"a@b_c.com", "a@b c.com", "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "a@192.0.2.1", "a@b.123", "a@xn--a.com",
		"a b@example.org", `"a b"@example.org`, "\"a\\\nb\"@example.org", ".a@example.org", "a.@example.org",
		"a..b@example.org", "Min <min@example.org>", "<min@example.org>", "min@example.org (Min)", "a,b@example.org",
		"a@b@example.org", "a\x00@example.org", "a\r\nBcc: x@example.org", "a\u00a0b@example.org", "a\u202eb@example.org",
		"a\xff@example.org", strings.Repeat("a", 65) + "@a.org", "a@" + strings.Repeat("b", 64) + ".org",
		strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 60)+".", 4) + "org",
	} {
		got, err := subscribe.NormalizeAddress(given)
		var invalid *tidings.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "address" {
			t.Errorf("%q became %q, %v; want an InvalidError about the address", given, got, err)
		}
	}
}

func FuzzAddressIsStableAndOneLine(f *testing.F) {
	f.Add("Min@Example.org")
	f.Add("a@예시.한국")
	f.Add("a@b\r\n.org")
	f.Fuzz(func(t *testing.T, given string) {
		once, err := subscribe.NormalizeAddress(given)
		if err != nil {
			return
		}
		if twice, err := subscribe.NormalizeAddress(once); err != nil || twice != once {
			t.Errorf("%q became %q, and that %q, %v", given, once, twice, err)
		}
		if len(once) > 254 || strings.ContainsAny(once, "\r\n\t <>\"(),;:\\") || strings.Count(once, "@") != 1 {
			t.Errorf("%q became %q", given, once)
		}
	})
}
