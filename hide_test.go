package tidings_test

import (
	"testing"

	"github.com/tidings/tidings"
)

func TestWhatLooksLikeAnAddressIsHidden(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                   "",
		"hard bounce, twice": "hard bounce, twice",
		"550 5.1.1 <kim@example.org> user unknown":       "550 5.1.1 <(address)> user unknown",
		"smtp; 550 kim+a.b@예시.한국: gone":                  "smtp; 550 (address): gone",
		"rfc822;Kim@Example.org,lee@example.org":         "rfc822;(address),(address)",
		`550 "kim lee"@example.org and kim@[192.0.2.1]`:  "550 (address) and (address)",
		"mailto:kim@example.org?subject=x":               "mailto:(address)",
		"she wrote from kim＠example.org, 3 March 2026":   "she wrote from (address), 3 March 2026",
		"bounces+kim=example.org@lists.example.com said": "(address) said",
		"(kim@example.org) [lee@example.org]":            "((address)) [(address)]",
		"at 10:00 @ the desk":                            "at 10:00 @ the desk",
	} {
		if got := tidings.HideAddresses(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
