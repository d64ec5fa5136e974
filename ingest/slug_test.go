package ingest_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings/ingest"
)

func TestSlugKeepsWhatPeopleRead(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ title, want string }{
		{"Korea’s ICT exports rebound in February", "koreas-ict-exports-rebound-in-february"},
		{"Maroš Šefčovič visits", "maros-sefcovic-visits"},
		{"산업부, ‘에너지 위원회’ 개최 (3월)", "산업부-에너지-위원회-개최-3월"},
		{norm.NFD.String("한국 경제"), "한국-경제"},
		{"R&D — 35% more, in the U.S.", "r-d-35-more-in-the-u-s"},
		{"Straße Œuvre Ærø Łódź ÞÓR İzmir", "strasse-oeuvre-aero-lodz-thor-izmir"},
		{"Ёлка и йод", "ёлка-и-йод"},
		{"हिन्दी समाचार", "हिन्दी-समाचार"},
		{"ガス", "ガス"},
		{"  ", "release"},
		{"!?", "release"},
		{strings.Repeat("word ", 30), strings.TrimSuffix(strings.Repeat("word-", 16), "-")},
		{strings.Repeat("가", 100), strings.Repeat("가", 80)},
		{strings.Repeat("a", 80) + " b", strings.Repeat("a", 80)},
	} {
		if got := ingest.Slug(tc.title); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.title, got, tc.want)
		}
	}
}

func FuzzSlug(f *testing.F) {
	f.Add("Korea’s ICT — 경제 Šefčovič")
	f.Add("é\u0301\u0338 a\u200db\u0300")
	ends := regexp.MustCompile(`^-|-$|--|[\s/?#%]`)
	f.Fuzz(func(t *testing.T, title string) {
		s := ingest.Slug(title)
		if s == "" || utf8.RuneCountInString(s) > 80 || ends.MatchString(s) || !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) {
			t.Fatalf("%q: %q", title, s)
		}
		if again := ingest.Slug(s); again != s {
			t.Fatalf("%q: %q, and of that %q", title, s, again)
		}
	})
}
