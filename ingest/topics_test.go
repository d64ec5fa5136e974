package ingest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func TestTopicsAreReadInTheirOrder(t *testing.T) {
	t.Parallel()
	topics, err := ingest.Topics(strings.NewReader("[[topic]]\nslug = 'b-2'\nname = 'B'\n\n[[topic]]\nslug = 'a'\n[topic.name]\nen = 'A'\npt-BR = 'Á'\n[[topic]]\nslug='c'\nname.en='C'\nrule = '''\nx OR\n\"y z\"\n'''\n"), "t.toml")
	if err != nil || len(topics) != 3 {
		t.Fatalf("%+v, %v", topics, err)
	}
	b, a, c := topics[0], topics[1], topics[2]
	if b.Slug != "b-2" || b.Order != 1 || b.Name("en") != "B" || !b.Rule.IsZero() || a.Order != 2 || a.Name("pt-BR") != "Á" || c.Rule.IsZero() {
		t.Errorf("got %+v", topics)
	}
}

func TestTopicErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	const good = "[[topic]]\nslug = 'a'\nname.en = 'A'\n"
	for _, tc := range []struct{ text, want string }{
		{"", "t.toml:1: topic: is missing"},
		{"[[topc]]\nslug='x'\n", "t.toml:1: topc: is no key of this file: did you mean topic?"},
		{"[topic]\nslug='x'\n", "t.toml:1: topic: must be a list, not a table"},
		{good + "\n[[topic]]\nslug = 'a'\nname.en = 'A'\n", "t.toml:6: slug: a stands above already"},
		{good + "\n[[topic]]\nname.en = 'A'\n", "t.toml:5: slug: is missing from this topic"},
		{good + "\n[[topic]]\nslug = 'b'\n", "t.toml:5: name: is missing from this topic"},
		{good + "[[topic]]\nslug = 'B c'\nname.en = 'B'\n", "t.toml:5: slug: must be lower-case letters"},
		{good + "[[topic]]\nslug = 'b'\nname.english = 'B'\n", "t.toml:6: name: english is no language tag"},
		{good + "[[topic]]\nslug = 'b'\nname.en = ' '\n", "t.toml:6: name.en: is empty"},
		{good + "[[topic]]\nslug = 'b'\nname.en = 'B'\nruel = 'x'\n", "t.toml:7: topic.ruel: is no key of topic: did you mean rule?"},
		{good + "[[topic]]\nslug = 'b'\nname.en = 'B'\nrule = '(x'\n", "t.toml:7: rule: "},
		{good + "[[topic]]\nslug = 'b'\nname.en = 'B'\nrule = 'topic:a'\n", "t.toml:7: rule: cannot ask for topic:"},
		{good + "slug = 'b'\n", "t.toml:4: this is not TOML"},
		{"topic = [{slug = 'a', name = 'A'}, {slug = 'A!', name = 'B'}]\n", "t.toml:1: slug: must be"},
	} {
		_, err := ingest.Topics(strings.NewReader(tc.text), "t.toml")
		var invalid *tidings.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q\n got %v\nwant %s", tc.text, err, tc.want)
		}
	}
}

func FuzzTopics(f *testing.F) {
	f.Add("[[topic]]\nslug = 'a'\nname.en = 'A'\nrule = 'x'\n[[topic.x.y]]\n[topic.x.z]\na.b={c=[{d=1}]}")
	f.Fuzz(func(t *testing.T, text string) {
		topics, err := ingest.Topics(strings.NewReader(text), "t.toml")
		var invalid *tidings.InvalidError
		if err != nil && !errors.As(err, &invalid) || err == nil && len(topics) == 0 {
			t.Fatalf("%v, %v", topics, err)
		}
	})
}
