package tidings_test

import (
	"slices"
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
