package store_test

import (
	"errors"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

func TestConfigurationIsInForceSinceItWasFirstSeen(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for _, step := range []struct {
		hash      string
		now, want int
	}{
		{"a", 5, 5},
		{"a", 6, 5},
		{"b", 7, 7},
		{"a", 8, 8},
		{"c", 3, 8}, // the clock went backwards, the instant does not
	} {
		if since, err := db.NoteConfiguration(t.Context(), step.hash, at(step.now)); err != nil || !since.Equal(at(step.want)) {
			t.Errorf("%s at %v: since %v, %v; want %v", step.hash, at(step.now), since, err, at(step.want))
		}
	}
}

func TestTopicsComeInTheirOrder(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	rule := storetest.To(t, tidings.Daily, "oil OR gas").Filter
	for _, topic := range []tidings.Topic{
		{Slug: "trade", Order: 2, Names: map[string]string{"en": "Trade"}},
		{Slug: "energy", Order: 1, Rule: rule, Names: map[string]string{"en": "Energy", "ko": "에너지"}},
		{Slug: "aviation", Order: 2, Names: map[string]string{"en": "Flight"}},
	} {
		for _, want := range []tidings.Change{tidings.Created, tidings.Same} {
			if change, err := db.SaveTopic(t.Context(), &topic, at(1), "test"); err != nil || change != want || topic.ID == 0 {
				t.Errorf("%s: %s, %v; want %s", topic.Slug, change, err, want)
			}
		}
	}
	if err := db.EndTopic(t.Context(), "aviation", at(2), "test"); err != nil {
		t.Fatal(err)
	}
	topics, err := db.Topics(t.Context())
	if err != nil || len(topics) != 3 {
		t.Fatalf("%v, %v", topics, err)
	}
	for i, slug := range []string{"energy", "aviation", "trade"} {
		if topics[i].Slug != slug || topics[i].Ended.IsZero() != (slug != "aviation") {
			t.Errorf("%d: %+v", i, topics[i])
		}
	}
	if got := topics[0]; got.Rule.String() != rule.String() || got.Name("ko") != "에너지" {
		t.Errorf("%+v", got)
	}
	ended := topics[1]
	ended.Names = map[string]string{"en": "Aviation"}
	if change, err := db.SaveTopic(t.Context(), &ended, at(3), "test"); err != nil || change != tidings.Changed || ended.Ended.IsZero() {
		t.Errorf("an ended topic that is renamed: %s, %v, ended %v", change, err, ended.Ended)
	}
}

func TestTopicThatIsInvalidIsNotStored(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	topic := tidings.Topic{Slug: "energy", Names: map[string]string{"en": "Energy"}, Rule: storetest.To(t, "daily", "-topic:oil").Filter}
	change, err := db.SaveTopic(t.Context(), &topic, at(1), "test")
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || change != tidings.Broken {
		t.Errorf("%s, %v", change, err)
	}
	if topics, err := db.Topics(t.Context()); err != nil || len(topics) != 0 {
		t.Errorf("%v, %v", topics, err)
	}
}
