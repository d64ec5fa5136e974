package tidings_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tidings/tidings"
)

// marked is a text with its hits in brackets.
func marked(fragments []tidings.Fragment) string {
	var b strings.Builder
	for _, f := range fragments {
		if f.Hit {
			b.WriteString("[" + f.Text + "]")
		} else {
			b.WriteString(f.Text)
		}
	}
	return b.String()
}

func TestHighlightMarksWhatTheFilterAsksForAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ filter, text, want string }{
		{"", "Steel exports", "Steel exports"},
		{"steel", "Steel and stainless STEEL, steels", "[Steel] and stainless [STEEL], steels"},
		{"steel steel", "steel steel steel", "[steel] [steel] [steel]"},
		{"수소", "수소경제와 그린수소", "[수소]경제와 그린[수소]"},
		{"수소 경제", "수소경제", "[수소경제]"},
		{"가가", "가가가 가", "[가가가] 가"},
		{"소", "수소", "수[소]"},
		{`"수소 경제"`, "그린수소 경제적, 수소 — 경제", "그린[수소 경제]적, [수소 — 경제]"},
		{`"supply chain"`, "the supply  chain of a chain", "the [supply  chain] of a chain"},
		{"sefcovic", "Mr Šefčovič, S\u030cefc\u030covic\u030c.", "Mr [Šefčovič], [S\u030cefc\u030covic\u030c]."},
		{"경제", "\u1100\u1167\u11bc\u110c\u1166는", "[\u1100\u1167\u11bc\u110c\u1166]는"},
		{"fta", "ＦＴＡ는", "[ＦＴＡ]는"},
		{"C++", "C++ and C", "[C]++ and [C]"},
		{"16.7", "$16.7 and 16,7", "$[16.7] and 16,7"},
		{"steel -iron", "steel, iron", "[steel], iron"},
		{"-(steel -iron)", "steel, iron", "steel, [iron]"},
		{"topic:steel lang:en after:2025", "steel en 2025", "steel en 2025"},
	} {
		if got := marked(parse(t, c.filter).Highlight(c.text)); got != c.want {
			t.Errorf("%s in %q: %q, want %q", c.filter, c.text, got, c.want)
		}
	}
}

func TestSnippetShowsMostOfTheWordsAndCutsAtThem(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("lorem ipsum ", 20)
	for _, c := range []struct{ filter, text, want string }{
		{"steel", " steel\n\nexports ", "[steel] exports"},
		{"", filler, "lorem ipsum lorem ipsum lorem ipsum…"},
		{"steel", filler + "steel exports " + filler, "…ipsum [steel] exports lorem ipsum…"},
		{"steel iron", "steel " + filler + "iron and steel", "…lorem ipsum lorem ipsum [iron] and [steel]"},
		{
			"수소", strings.Repeat("가", 50) + "수소" + strings.Repeat("나", 50),
			"…" + strings.Repeat("가", 9) + "[수소]" + strings.Repeat("나", 27) + "…",
		},
	} {
		if got := marked(parse(t, c.filter).Snippet(c.text, 40)); got != c.want {
			t.Errorf("%s in %.20q: %q, want %q", c.filter, c.text, got, c.want)
		}
	}
}

func FuzzHighlight(f *testing.F) {
	for _, text := range []string{
		"Šefčovič said", "수소경제", "S\u030cefc\u030c", "\u1100\u1161\u11a8 각", "a\u00adb 1.\xff2", "か\u3099く", "\u0301a $5",
	} {
		f.Add("수소 OR sefcovic OR \"a b\" -x", text, 30)
		f.Add(text, text+" "+text, 4)
	}
	f.Fuzz(func(t *testing.T, query, text string, most int) {
		filter, err := tidings.ParseFilter(query)
		if err != nil {
			return
		}
		joined, hit := "", false
		for _, part := range filter.Highlight(text) {
			if part.Text == "" {
				t.Fatalf("%q in %q: an empty fragment", query, text)
			}
			joined, hit = joined+part.Text, hit || part.Hit
		}
		if joined != text {
			t.Fatalf("%q in %q gives %q", query, text, joined)
		}
		// Where one word is all that is asked for, a hit is a match and the other way about.
		clause := filter.Spans()[0].Clause
		if clause.Kind == tidings.InSequence && hit != filter.Match(&tidings.Release{Title: text}, time.UTC) {
			t.Fatalf("%q in %q: hit is %v", query, text, hit)
		}
		length := 0
		for _, part := range filter.Snippet(text, most) {
			length += utf8.RuneCountInString(part.Text)
			if !utf8.ValidString(part.Text) || part.Text == "" {
				t.Fatalf("%q in %q gives %q", query, text, part.Text)
			}
		}
		if length > max(3, most) {
			t.Fatalf("%q in %q has %d characters, not %d", query, text, length, most)
		}
	})
}

func TestSpansMeanWhatTheFilterMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		filter string
		want   int // spans
	}{
		{"", 1},
		{"a", 1},
		{"after:2025", 1},
		{"-after:2025 before:2024", 1},
		{"after:2025 before:2024", 0},
		{"after:2024 before:2025 a", 1},
		{"(after:2025 a) OR (before:2024 b)", 2},
		{"(after:2025 OR a) -(before:2024 b)", 3},
	} {
		spans := parse(t, c.filter).Spans()
		if len(spans) != c.want {
			t.Errorf("%s: %+v", c.filter, spans)
		}
		for i, s := range spans {
			if s.Until != 0 && s.From >= s.Until || i > 0 && s.Until > spans[i-1].From {
				t.Errorf("%s: %+v", c.filter, spans)
			}
		}
	}
}
