package tidings_test

import (
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func inEnglish() *tidings.Wording {
	return &tidings.Wording{
		Topic: strings.ToUpper, Language: func(code string) string { return map[string]string{"en": "English", "ko": "한국어"}[code] },
		All: "all releases", Word: "“%s”", Or: " or ", And: " and ", Besides: ", ", In: "in %s", Since: "since %s", Before: "before %s",
		Without: "without %s",
	}
}

func TestFilterIsSaidInWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                    "all releases",
		"topic:energy":        "ENERGY",
		"topic:b,a oil":       "(A or B) and “oil”",
		"topic:a topic:b":     "A and B",
		`"Supply chain" -oil`: "“supply chain”, without “oil”",
		"lang:ko,en":          "all releases, in English or 한국어",
		"-oil":                "all releases, without “oil”",
		`lang:en (topic:a,b OR hydrogen OR "two words")`: "A or B or “two words” or “hydrogen”, in English",
		"a OR b c":                      "“a” or (“b” and “c”)",
		"(a OR b) (c OR d) lang:ko":     "(“a” or “b”) and (“c” or “d”), in 한국어",
		"(a OR b) -lang:ko":             "“a” or “b”, without 한국어",
		"a after:2025-03 before:2026":   "“a”, since 2025-03-01, before 2026-01-01",
		"-after:2025 -before:2024":      "all releases, before 2025-01-01, since 2024-01-01",
		"-(a b) -(c OR topic:d)":        "all releases, without (“a” and “b”), without (D or “c”)",
		"topic:a lang:ko OR topic:b -c": "(A, in 한국어) or (B, without “c”)",
	} {
		if got := parse(t, in).Say(inEnglish()); got != want {
			t.Errorf("%q is said %q, want %q", in, got, want)
		}
	}
}
