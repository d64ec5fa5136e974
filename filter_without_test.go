package tidings_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestATopicIsTakenOutOfAFilter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", "-topic:energy"},
		{"lang:ko", "lang:ko -topic:energy"},
		{"-topic:trade", "-topic:energy -topic:trade"},
		{"-topic:energy,trade", "-topic:energy,trade"},
		{"after:2025 -battery", "after:2025-01-01 -battery -topic:energy"},
		{"topic:energy,trade", "topic:trade"},
		{"topic:energy OR battery", "battery"},
		{"topic:energy battery OR steel", "steel"},
		{"topic:energy lang:ko OR lang:en", "lang:en -topic:energy"},
		{"(topic:energy,trade OR hydrogen) lang:en", "lang:en (topic:trade OR hydrogen)"},
		{"topic:trade", "topic:trade"},
		{"hydrogen", "hydrogen"},
		{"hydrogen -topic:energy", "hydrogen -topic:energy"},
		{"topic:trade -(topic:energy battery)", "topic:trade -(topic:energy battery)"},
		{"steel -(lang:en -topic:energy)", "steel -lang:en"},
		{"-(lang:en -topic:energy)", "-lang:en -topic:energy"},
		{"steel -(-topic:energy -lang:en)", "lang:en steel"},
	} {
		got, left := parse(t, c.in).WithoutTopic("energy")
		if !left || got.String() != c.want {
			t.Errorf("%q became %q, %v; want %q", c.in, got, left, c.want)
		}
	}
	for _, in := range []string{"topic:energy", "topic:energy battery", "topic:energy -battery", "(topic:energy OR topic:energy a) lang:ko"} {
		if got, left := parse(t, in).WithoutTopic("energy"); left || got.String() != "" {
			t.Errorf("%q became %q, %v; want nothing left", in, got, left)
		}
	}
}

func TestAFilterAtItsLimitStaysReadableWithoutATopic(t *testing.T) {
	t.Parallel()
	long := parse(t, "-"+strings.Repeat("a", 1990))
	if got, left := long.WithoutTopic("energy"); !left || got.String() != long.String() {
		t.Errorf("became %d characters, %v", len(got.String()), left)
	}
}

// What is left is a filter as people write it, selects nothing new and nothing by the topic, and is the same when the topic is
// taken out once more.
func TestWithoutATopicNothingNewIsSelected(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 1))
	for range 20_000 {
		f := parse(t, randomExpr(rng, 4).write(rng))
		without, left := f.WithoutTopic("b")
		if !left {
			if !slices.Contains(f.Topics(), "b") || !without.IsZero() {
				t.Fatalf("of %q nothing is left", f)
			}
		} else if again := parse(t, without.String()); again.String() != without.String() || slices.Contains(without.Topics(), "b") {
			t.Fatalf("%q became %q, which is read as %q", f, without, again)
		}
		if twice, still := without.WithoutTopic("b"); left && (!still || twice.String() != without.String()) {
			t.Fatalf("%q became %q, and that %q", f, without, twice)
		}
		r := randomRelease(rng)
		is, was := left && without.Match(r, time.UTC), f.Match(r, time.UTC)
		if is && !was {
			t.Fatalf("%q, without the topic %q, selects %+v", f, without, r)
		}
		if was && !is && !slices.Contains(r.Topics, "b") {
			t.Fatalf("%q, without the topic %q, lacks %+v", f, without, r)
		}
	}
}
