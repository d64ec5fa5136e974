package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestWordsThatWentAndCameAreMarked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, want string }{
		{"The first train leaves today.", "The first train leaves tomorrow.", "The first train leaves [-today-]{+tomorrow+}."},
		{"one two three", "one three", "one [-two -]three"},
		{"", "new", "{+new+}"},
		{"old words", "", "[-old words-]"},
		{"The sum was 2.1 trillion, 1,000 times.", "The sum was 1.2 trillion, 1,001 times.", "The sum was [-2.1-]{+1.2+} trillion, [-1,000-]{+1,001+} times."},
		{"same", "same", "same"},
		{"산업부는 3월 17일 회의를 열었다.", "산업부는 3월 18일 회의를 열었다.", "산업부는 3월 [-17일-]{+18일+} 회의를 열었다."},
		{"제31차 에너지위원회를 개최", "제31차 전력위원회를 개최", "제31차 [-에너지위원회를-]{+전력위원회를+} 개최"},
		{"经济部长", "经济次长", "经济[-部-]{+次+}长"},
		{"a quick brown fox", "a slow red fox", "a [-quick brown-]{+slow red+} fox"},
	} {
		if got := compareWords(c.from, c.to); got != c.want {
			t.Errorf("%q to %q: got %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func TestOnlyParagraphsThatDifferAreShown(t *testing.T) {
	t.Parallel()
	from := "First.\n\nSecond one.\n\nThird.\n\nLast."
	to := "First.\n\nSecond two.\n\nThird.\n\nAdded.\n\nLast."
	if got, want := compareTexts(from, to), []string{"Second [-one-]{+two+}.", "{+Added.+}"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTheMarksLeadFromOneTextToTheOther: without what came it is the one, without what went it is the other.
func TestTheMarksLeadFromOneTextToTheOther(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	text := func(n int) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = string(rune('a' + random.IntN(4)))
		}
		return all
	}
	for range 2000 {
		from, to := text(random.IntN(12)), text(random.IntN(12))
		var a, b []string
		for _, s := range align(from, to) {
			a = append(append(a, s.same...), s.gone...)
			b = append(append(b, s.same...), s.came...)
		}
		if !slices.Equal(a, from) || !slices.Equal(b, to) {
			t.Fatalf("%v to %v: %v", from, to, align(from, to))
		}
	}
	long := strings.Fields(strings.Repeat("x y z ", 4000))
	if got := align(long, slices.Concat([]string{"first"}, long, []string{"last"})); len(got) != 1 || len(got[0].came) != len(long)+2 {
		t.Errorf("a text beyond measure is not replaced as a whole: %d stretches", len(got))
	}
}
