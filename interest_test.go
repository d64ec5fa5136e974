package tidings_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestInterestIsAFilterInItsCanonicalText(t *testing.T) {
	t.Parallel()
	for want, i := range map[string]tidings.Interest{
		"":                                     {},
		"topic:energy":                         {Topics: []string{"energy"}},
		"lang:en,ko":                           {Languages: []string{"ko", "EN", "ko"}},
		`"supply chain"`:                       {Words: []string{" Supply  Chain "}},
		"sefcovic OR 수소":                       {Words: []string{"수소", "Šefčovič", "sefcovic"}},
		"topic:a,b OR \"two words\" OR two":    {Topics: []string{"b", "a"}, Words: []string{"two words", "two"}},
		"lang:en (topic:a OR hydrogen OR oil)": {Topics: []string{"a"}, Words: []string{"oil", "hydrogen"}, Languages: []string{"en"}},
		"topic:a lang:pt-br":                   {Topics: []string{"A"}, Languages: []string{"pt-BR"}},
		`lang:en "korea eu"`:                   {Words: []string{"Korea-EU"}, Languages: []string{"en"}},
		`lang:en ("a or b" OR "topic energy" OR "without it")`: {
			Words: []string{"(a OR b)", "topic:energy", "-without it"}, Languages: []string{"en"},
		},
	} {
		f, err := i.Filter()
		if err != nil || f.String() != want {
			t.Errorf("%q is %q, %v; want %q", i, f, err, want)
		}
	}
}

func TestInterestSaysWhatCannotBe(t *testing.T) {
	t.Parallel()
	for field, i := range map[string]tidings.Interest{
		"topics":    {Topics: []string{"energy", ""}},
		"languages": {Languages: []string{"한국어"}},
		"words":     {Words: []string{"oil", " - "}},
		"filter":    {Words: []string{strings.Repeat("a.", 1000)}},
	} {
		_, err := i.Filter()
		if wrong, ok := errors.AsType[*tidings.InvalidError](err); !ok || wrong.Field != field {
			t.Errorf("%.40q: %v, want a fault of the %s", i, err, field)
		}
	}
	for _, i := range []tidings.Interest{
		{Topics: []string{"a,b"}},
		{Topics: []string{"a b"}},
		{Languages: []string{""}},
		{Words: []string{""}},
		{Topics: slices.Repeat([]string{"a"}, 201)},
		{Topics: slices.Repeat([]string{"a"}, 100), Words: slices.Repeat([]string{"a"}, 101)},
	} {
		if f, err := i.Filter(); err == nil {
			t.Errorf("%.40q is %q, want an error", i, f)
		}
	}
}

func TestFilterThatAFormCannotShowIsNoInterest(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"oil gas", "-oil", "topic:a topic:b", "topic:a oil", "after:2025", "lang:en lang:ko", "topic:a OR lang:en", "oil OR lang:en",
		"lang:en oil gas", "lang:en -oil", "lang:en (oil OR -gas)", "lang:en (oil OR gas) before:2025", "oil OR a b",
		"lang:en (oil OR lang:ko)", "lang:en (topic:a OR after:2025)",
	} {
		if i, ok := parse(t, s).Interest(); ok {
			t.Errorf("%q is %q", s, i)
		}
	}
}

func TestInterestMeansWhatItSaysAndComesBackFromItsFilter(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	some := func(values ...string) (chosen []string) {
		for _, v := range values {
			if rng.IntN(3) == 0 {
				chosen = append(chosen, v)
			}
		}
		return chosen
	}
	var releases []*tidings.Release
	for range 40 {
		releases = append(releases, randomRelease(rng))
	}
	for range 1000 {
		i := tidings.Interest{
			Topics: some("a", "b", "c"), Words: some("blue", "green", "red", "red green", "청", "청색 red"), Languages: some("de", "en", "ko"),
		}
		f, err := i.Filter()
		if err != nil {
			t.Fatalf("%q: %v", i, err)
		}
		if back, ok := f.Interest(); !ok || !sameInterest(back, i) {
			t.Fatalf("%q is %q, and that is %q, %v", i, f, back, ok)
		}
		if again := parse(t, f.String()); again.String() != f.String() {
			t.Fatalf("%q is %q, read again %q", i, f, again)
		}
		for _, r := range releases {
			if got, want := f.Match(r, time.UTC), interested(i, r); got != want {
				t.Fatalf("%q (%q) matches %q %q %q: %v, want %v", i, f, r.Title, r.Topics, r.Language, got, want)
			}
		}
	}
}

// interested is what an interest means, by the plainest evaluation that there is.
func interested(i tidings.Interest, r *tidings.Release) bool {
	if len(i.Languages) > 0 && !slices.Contains(i.Languages, r.Language) {
		return false
	}
	return len(i.Topics)+len(i.Words) == 0 || slices.ContainsFunc(i.Topics, r.HasTopic) ||
		slices.ContainsFunc(i.Words, func(w string) bool { return (&expr{op: "phrase", value: w}).matches(r) })
}

func sameInterest(a, b tidings.Interest) bool {
	return reflect.DeepEqual(sorted(a), sorted(b))
}

func sorted(i tidings.Interest) [3][]string {
	lists := [3][]string{slices.Clone(i.Topics), slices.Clone(i.Words), slices.Clone(i.Languages)}
	for n := range lists {
		slices.Sort(lists[n])
		lists[n] = slices.Concat([]string{}, lists[n])
	}
	return lists
}

func TestFilterOrSelectsWhatEitherDoes(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	var releases []*tidings.Release
	for range 30 {
		releases = append(releases, randomRelease(rng))
	}
	for range 500 {
		f, g := parse(t, randomExpr(rng, 2).write(rng)), parse(t, randomExpr(rng, 2).write(rng))
		or, err := f.Or(g)
		if err != nil {
			t.Fatal(err)
		}
		turned, err := g.Or(f)
		if err != nil || or.String() != turned.String() || parse(t, or.String()).String() != or.String() {
			t.Fatalf("%q or %q is %q, turned round %q: %v", f, g, or, turned, err)
		}
		union, some := tidings.PersonalFeed{Filters: []tidings.Filter{f, g}}.Selects()
		if !some || union.String() != or.String() {
			t.Fatalf("%q and %q make a feed of %q, not of %q", f, g, union, or)
		}
		for _, r := range releases {
			if or.Match(r, time.UTC) != (f.Match(r, time.UTC) || g.Match(r, time.UTC)) {
				t.Fatalf("%q or %q is %q, and that matches %q otherwise", f, g, or, r.Title)
			}
		}
	}
}

func TestFilterOrStaysReadable(t *testing.T) {
	t.Parallel()
	many := func(first, n int) tidings.Filter {
		var i tidings.Interest
		for k := range n {
			i.Words = append(i.Words, "w"+strings.Repeat("x", first+k))
		}
		f, err := i.Filter()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	long, other := many(0, 50), many(50, 20) // each has less than 2000 characters, together they have more
	if f, err := long.Or(other); err == nil {
		t.Errorf("a filter of %d characters", len(f.String()))
	}
	var topics, others tidings.Interest
	for k := range 150 {
		topics.Topics = append(topics.Topics, strings.Repeat("a", k%3+1)+string(rune('a'+k%26))+string(rune('a'+k/26)))
	}
	others.Topics = append(slices.Clone(topics.Topics[:10]), slices.Clone(topics.Topics[10:60])...)
	for k := range 50 {
		others.Topics[k+10] += "z"
	}
	a, err := topics.Filter()
	if err != nil {
		t.Fatal(err)
	}
	b, err := others.Filter()
	if err != nil {
		t.Fatal(err)
	}
	if f, err := a.Or(b); err != nil {
		t.Errorf("200 topics: %v", err)
	} else if f, err = f.Or(parse(t, "topic:one-more")); err == nil {
		t.Errorf("201 topics: %d", len(f.Topics()))
	}
	if f, err := a.Or(tidings.Filter{}); err != nil || !f.IsZero() {
		t.Errorf("topics or everything: %q, %v", f, err)
	}
}

func TestPersonalFeedOfNoFilterSelectsNothing(t *testing.T) {
	t.Parallel()
	if f, some := (tidings.PersonalFeed{}).Selects(); some {
		t.Errorf("%q", f)
	}
	all := tidings.PersonalFeed{Filters: []tidings.Filter{parse(t, "oil"), {}}}
	if f, some := all.Selects(); !some || !f.IsZero() {
		t.Errorf("oil, and everything: %q, %v", f, some)
	}
}

func FuzzInterest(f *testing.F) {
	f.Add("energy,trade", "hydrogen\nsupply chain\nŠefčovič", "en,ko")
	f.Add("", "수소\n(a OR b)\n-c\ntopic:x", "")
	f.Add("A", "\"\n“\n$16.7", "pt-BR")
	f.Add("\u0130", "\u1100-\u1161\n1.\xff2", "EN-x-\xff")
	doc := tidings.NewDoc(sameInKorean(f), time.UTC)
	f.Fuzz(func(t *testing.T, topics, words, languages string) {
		list := func(s, sep string) []string {
			if s == "" {
				return nil
			}
			return strings.Split(s, sep)
		}
		i := tidings.Interest{Topics: list(topics, ","), Words: list(words, "\n"), Languages: list(languages, ",")}
		filter, err := i.Filter()
		if err != nil {
			if _, ok := errors.AsType[*tidings.InvalidError](err); !ok {
				t.Fatalf("%q: %v", i, err)
			}
			return
		}
		again, err := tidings.ParseFilter(filter.String())
		if err != nil || again.String() != filter.String() {
			t.Fatalf("%q is %q, and that is %q: %v", i, filter, again, err)
		}
		back, ok := again.Interest()
		if !ok {
			t.Fatalf("%q is %q, and that is no interest", i, filter)
		}
		same, err := back.Filter()
		if err != nil || same.String() != filter.String() || same.MatchDoc(doc) != filter.MatchDoc(doc) {
			t.Fatalf("%q is %q, then %q, then %q: %v", i, filter, back, same, err)
		}
	})
}
