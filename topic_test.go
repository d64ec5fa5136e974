package tidings_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestTopicNameFallsBack(t *testing.T) {
	t.Parallel()
	full := map[string]string{"en": "Energy", "ko": "에너지", "pt": "Energia", "pt-BR": "Energia (BR)"}
	for _, c := range []struct {
		names          map[string]string
		language, want string
	}{
		{full, "ko", "에너지"},
		{full, "ko-KR", "에너지"},
		{full, "pt-BR", "Energia (BR)"},
		{full, "pt-PT", "Energia"},
		{full, "de", "Energy"},
		{full, "", "Energy"},
		{map[string]string{"ko": "에너지"}, "de", "energy"},
		{nil, "en", "energy"},
	} {
		topic := tidings.Topic{Slug: "energy", Names: c.names}
		if got := topic.Name(c.language); got != c.want {
			t.Errorf("in %q its name is %q, want %q", c.language, got, c.want)
		}
	}
}

func TestSuggestTopicsFollowsTheRulesOfTopicsInUse(t *testing.T) {
	t.Parallel()
	topics := []tidings.Topic{
		{Slug: "trade", Rule: parse(t, "fta OR trade")},
		{Slug: "eu", Rule: parse(t, "eu OR šefčovič")},
		{Slug: "old", Rule: parse(t, "fta"), Ended: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Slug: "by-hand"}, // without a rule it is never suggested, though the zero Filter matches all
		{Slug: "energy", Rule: parse(t, "energy OR 에너지")},
		{Slug: "2025", Rule: parse(t, "after:2025-03-17")},
	}
	for _, c := range []struct {
		r    *tidings.Release
		want []string
	}{
		{commission(t), []string{"trade", "eu", "2025"}},
		{sameInKorean(t), []string{"trade", "eu"}},
		{&tidings.Release{Title: "Statistics"}, nil},
	} {
		if got := tidings.SuggestTopics(topics, c.r, seoul(t)); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.r.Title, got, c.want)
		}
	}
}

func TestTopicThatCannotBeShownOrNamedIsRefused(t *testing.T) {
	t.Parallel()
	english := func(name string) map[string]string { return map[string]string{"en": name} }
	for _, good := range []tidings.Topic{
		{Slug: "energy", Names: english("Energy")},
		{Slug: "5g-and-6g", Names: map[string]string{"zh-Hant-TW": "能源", "pt-BR": "Energia", "xx": "?"}, Rule: parse(t, "5g -lang:ko")},
		{Slug: strings.Repeat("a", 80), Names: english(strings.Repeat("에", 200))},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%.20s: %v", good.Slug, err)
		}
	}
	slugs := []string{"", "Energy", "energy ", "a--b", "-a", "a-", "a/b", "에너지", "a_b", "a\n", strings.Repeat("a", 81)}
	for _, slug := range slugs {
		wantInvalid(t, tidings.Topic{Slug: slug, Names: english("Energy")}, "no slug")
	}
	for _, name := range []string{"", " ", "a\nb", "a\rb", "a\x00b", "a\x7fb", "a\u0085b", "a\u2028b", "a\u202eb", "a\u200fb", "a\u2066b", "a\xff"} {
		wantInvalid(t, tidings.Topic{Slug: "energy", Names: english(name)}, "the name of energy in en ")
	}
	wantInvalid(t, tidings.Topic{Slug: "energy", Names: english(strings.Repeat("에", 201))}, "is longer than 200 characters")
	wantInvalid(t, tidings.Topic{Slug: "energy"}, "no name")
	for _, language := range []string{"", "e", "english", "en_GB", "en-", "en-toolongsubtag", "1a", "en\n"} {
		wantInvalid(t, tidings.Topic{Slug: "energy", Names: map[string]string{language: "Energy"}}, "no language tag")
	}
	for _, rule := range []string{"topic:trade", "-topic:trade", "oil -(gas topic:trade)", "oil OR topic:trade,energy"} {
		wantInvalid(t, tidings.Topic{Slug: "energy", Names: english("Energy"), Rule: parse(t, rule)}, "the rule of energy")
	}
}

func wantInvalid(t *testing.T, topic tidings.Topic, want string) {
	t.Helper()
	err := topic.Validate()
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("%.20q, %q, rule %q: %v; want an InvalidError with %q", topic.Slug, topic.Names, topic.Rule, err, want)
	}
}
