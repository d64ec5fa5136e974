package templates

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func stylesheet(s *Set) (css []byte, path string) {
	return s.assets.all[s.assets.cssPath].Body, s.assets.cssPath
}

func TestStylesheetIsSmallAndLoadsNothing(t *testing.T) {
	t.Parallel()
	css, path := stylesheet(open(t))
	if len(css) > 20_000 {
		t.Errorf("%d octets", len(css))
	}
	if bytes.Contains(css, []byte("url(")) || bytes.Contains(css, []byte("@import")) {
		t.Error("it loads something")
	}
	if !regexp.MustCompile(`^/assets/style\.[0-9a-f]{12}\.css$`).MatchString(path) {
		t.Error(path)
	}
}

// luminance is WCAG 2.2's relative luminance of "#rrggbb" or "#rgb".
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = fmt.Sprintf("%[1]c%[1]c%[2]c%[2]c%[3]c%[3]c", hex[0], hex[1], hex[2])
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("no colour: %q", colour)
	}
	channel := func(v uint64) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestColoursOfPagesHaveContrastInLightAndDark(t *testing.T) {
	t.Parallel()
	css, _ := stylesheet(open(t))
	schemes := regexp.MustCompile(`:root \{([^}]*--paper[^}]*)\}`).FindAllSubmatch(css, 2)
	if len(schemes) != 2 {
		t.Fatal("there are not two colour schemes")
	}
	pairs := []string{
		"ink paper", "soft paper", "link paper", "hover paper", "brand paper", "ink shade", "soft shade",
		"link shade", "hover shade", "link chip", "brand-ink brand", "brand-ink hover", "ink note",
	}
	for i, scheme := range schemes {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]+);`).FindAllSubmatch(scheme[1], -1) {
			colours[string(m[1])] = string(m[2])
		}
		for _, pair := range pairs {
			front, back, _ := strings.Cut(pair, " ")
			if got := contrast(t, colours[front], colours[back]); got < 4.5 {
				t.Errorf("scheme %d: %s on %s: %.2f", i, front, back, got)
			}
		}
	}
}

func TestColoursOfMailsHaveContrastInLightAndDark(t *testing.T) {
	t.Parallel()
	digest, letter := mustRead(t, "mails/digest.html"), mustRead(t, "mails/letter.html")
	for back, fronts := range map[string][]string{
		"#ffffff": {"#1a212b", "#566170", "#14427d"},
		"#171c24": {"#e8ebf0", "#a7b0bd", "#8fb8f6"},
		"#14427d": {"#ffffff"}, // the button of letters
		"#8fb8f6": {"#0e1218"},
	} {
		for _, front := range fronts {
			for _, colour := range []string{front, back} {
				if !bytes.Contains(digest, []byte(colour)) || !bytes.Contains(letter, []byte(colour)) {
					t.Errorf("a mail has no %s: this test is out of date", colour)
				}
			}
			if got := contrast(t, front, back); got < 4.5 {
				t.Errorf("%s on %s: %.2f", front, back, got)
			}
		}
	}
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	b, err := embedded.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A grid track, a flexible box or a table's cell is as wide as its longest word, unless it is told otherwise.
func TestNoLongWordMakesAPageOrAMailWiderThanAPhone(t *testing.T) {
	t.Parallel()
	css, _ := stylesheet(open(t))
	if !regexp.MustCompile(`\nbody \{[^}]*overflow-wrap: anywhere`).Match(css) {
		t.Error("body: a word may not be broken anywhere")
	}
	for _, rule := range regexp.MustCompile(`[^{}]*\{[^{}]*\}`).FindAll(css, -1) {
		if bytes.Contains(rule, []byte("display: grid")) && !bytes.Contains(rule, []byte("grid-template-columns: ")) {
			t.Errorf("a grid with a track that grows with its words:%s", rule)
		}
	}
	for _, m := range regexp.MustCompile(`grid-template-columns: ([^;]+);`).FindAllSubmatch(css, -1) {
		if bytes.Contains(m[1], []byte("1fr")) && !regexp.MustCompile(`minmax\((0|14rem|min\(17rem, 100%\)|min\(9.5rem, 45%\)), 1fr\)`).Match(m[1]) {
			t.Errorf("a track that grows with its words: %s", m[1])
		}
	}
	for _, name := range mailNames() {
		mail := mustRead(t, "mails/"+name+".html")
		if !regexp.MustCompile(`<body [^>]*overflow-wrap:anywhere`).Match(mail) {
			t.Errorf("the body of a %s: a word may not be broken anywhere", name)
		}
		for _, table := range regexp.MustCompile(`<table [^>]*>`).FindAll(mail, -1) {
			if !bytes.Contains(table, []byte(`width="100%"`)) || !bytes.Contains(table, []byte("table-layout:fixed")) {
				t.Errorf("a table that grows with its words: %s", table)
			}
		}
	}
}
