package templates

import (
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestWrapCountsWideCharactersTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"", 10, ""},
		{"one two three", 7, "one two\nthree"},
		{"  one\r\n\ttwo  ", 10, "one two"},
		{"가나 다라", 9, "가나 다라"},
		{"가나 다라", 8, "가나\n다라"},
		{"가나다라마", 4, "가나\n다라\n마"},
		{"a가나다", 4, "a가\n나다"},
		{"x abcdefghij", 4, "x\nabcd\nefgh\nij"},
		{"가", 1, "가"},
		{"see https://a.example/very/long now", 10, "see\nhttps://a.example/very/long\nnow"},
		{"see http://a.b/ now", 20, "see http://a.b/ now"},
	} {
		if got := wrap(c.in, c.most); got != c.want {
			t.Errorf("wrap(%q, %d) = %q, not %q", c.in, c.most, got, c.want)
		}
	}
}

func TestFoldBreaksNoWord(t *testing.T) {
	t.Parallel()
	url := "https://a.example/" + strings.Repeat("long/", 60) + "plan.pdf?lang=en"
	title := strings.Repeat("소재부품장비산업경쟁력강화위원회", 20)
	if got, want := fold("See "+url+" and "+title+" there"), "See\n"+url+"\nand\n"+title+"\nthere"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestRuleUnderAHeadingIsNoWiderThanALine(t *testing.T) {
	t.Parallel()
	url := "https://a.example/" + strings.Repeat("x", 100)
	if got, want := underline("=", url), url+"\n"+strings.Repeat("=", textWidth); got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestLineHoldsNothingThatBreaksOrTurnsText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\r\nb":                   "a b",
		"a\u2028b\u00a0c\u0085d":   "a b c d",
		"\u202eevil\u202c\u2067x":  "evilx",
		"nul\x00 bell\x07 del\x7f": "nul bell del",
		"bad \xff byte":            "bad \ufffd byte",
		"\ufeffmark":               "mark",
		"zero\u200dwidth":          "zero\u200dwidth", // families of emoji need it
		"\u200frtl mark":           "\u200frtl mark",
	} {
		if got := line(in); got != want {
			t.Errorf("line(%q) = %q, not %q", in, got, want)
		}
	}
}

func TestCutEndsAtAWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"short", 10, "short"},
		{"one two, three", 10, "one two…"},
		{"에너지위원회 개최 결과", 16, "에너지위원회…"},
		{"가나다라마바사", 7, "가나다…"},
		{"At https://a.example/releases/1 it is", 24, "At…"},
		{"It cost $5.8 billion. More of it followed.", 24, "It cost $5.8 billion."},
		{"Is it “so?” Nobody knew then.", 15, "Is it “so?”"},
		{"안건을 심의하였다。그리고 의결하였다。", 20, "안건을 심의하였다。"},
	} {
		if got := cut(c.in, c.most); got != c.want {
			t.Errorf("cut(%q, %d) = %q, not %q", c.in, c.most, got, c.want)
		}
	}
}

func TestDatesAreInTheSitesZoneAndTheReadersWords(t *testing.T) {
	t.Parallel()
	s, site := open(t), ministry(t)
	at := time.Date(2025, time.March, 16, 22, 5, 0, 0, time.UTC) // the next day in Seoul
	for lang, want := range map[string][2]string{
		"en": {"17 March 2025", "17 March 2025, 07:05"},
		"ko": {"2025년 3월 17일", "2025년 3월 17일 07:05"},
	} {
		w := s.speaks(lang).words
		day, err := w.date(site, at)
		if err != nil || day != want[0] {
			t.Errorf("%s: %q, %v", lang, day, err)
		}
		if instant, err := w.dateTime(site, at); err != nil || instant != want[1] {
			t.Errorf("%s: %q, %v", lang, instant, err)
		}
	}
	if day, err := s.speaks("en").words.date(&tidings.Site{}, at); err != nil || day != "16 March 2025" {
		t.Errorf("without a zone: %q, %v", day, err)
	}
}

func TestCadencesAreNamedInTheReadersWords(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, name := range []string{tidings.Immediate, tidings.Daily, tidings.Weekly, tidings.Monthly} {
		for _, lang := range s.Languages() {
			w := s.speaks(lang).words
			cadence, err := w.cadence(name)
			if err != nil || cadence == name {
				t.Errorf("%s: %q, %v", lang, cadence, err)
			}
			if head, err := w.digest(name); err != nil || strings.Contains(head, name) {
				t.Errorf("%s: %q, %v", lang, head, err)
			}
		}
	}
	w := s.speaks("en").words
	if got, err := w.cadence("every friday"); err != nil || got != "every friday" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := w.digest("every friday"); err != nil || got != "Digest: every friday" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSizesAreForPeople(t *testing.T) {
	t.Parallel()
	for in, want := range map[int64]string{
		1: "1 B", 999: "999 B", 1000: "1.0 kB", 18_220: "18 kB", 482_113: "482 kB",
		2_500_000: "2.5 MB", 7_000_000_000_000: "7000 GB",
	} {
		if got := size(in); got != want {
			t.Errorf("%d: %q, not %q", in, got, want)
		}
	}
}

func TestOnlyGlobalNumbersAreDialled(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"+82 44-203 4062": "tel:+82442034062", "044-203-4000": "", "": "", "javascript:1": ""} {
		if got := string(tel(in)); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}
