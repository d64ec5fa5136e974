package tidings_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestASetSelectsWhatItsReleasesMatch(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2026, 13))
	var docs []*tidings.Doc
	for range 70 {
		pick := func(of ...string) string { return of[rng.IntN(len(of))] }
		r := tidings.Release{
			Title: pick("red", "green blue", "청색", "red green") + " " + pick("red", "blue", "청색 red"), Language: pick("en", "en-GB", "ko", "fr"),
			Topics: [][]string{nil, {"a"}, {"b", "a"}, {"c"}}[rng.IntN(4)], Published: time.Date(2024+rng.IntN(3), 3, 2, 0, 0, 0, 0, time.UTC),
		}
		docs = append(docs, tidings.NewDoc(&r, time.UTC))
	}
	set := tidings.NewDocSet(docs)
	for range 2000 {
		f, err := tidings.ParseFilter(randomExpr(rng, 3).write(rng))
		if err != nil {
			t.Fatal(err)
		}
		want := []int{}
		for i, d := range docs {
			if f.MatchDoc(d) {
				want = append(want, i)
			}
		}
		if got := set.Select(f); !slices.Equal(got, want) {
			t.Fatalf("%s: %v, want %v", f, got, want)
		}
	}
	if got := set.Select(tidings.Filter{}); len(got) != len(docs) {
		t.Errorf("the filter of everything: %v", got)
	}
}
