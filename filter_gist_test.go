package tidings_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

func TestGistOfAFilterHasNoWordOfItsWriters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]tidings.Gist{
		"":                           {},
		"topic:energy,trade":         {Topics: []string{"energy", "trade"}},
		"lang:ko OR lang:en":         {Languages: []string{"en", "ko"}},
		"topic:b lang:en topic:a":    {Topics: []string{"a", "b"}, Languages: []string{"en"}},
		"hydrogen":                   {More: true},
		`(topic:a OR "x y") lang:en`: {Topics: []string{"a"}, Languages: []string{"en"}, More: true},
		"topic:a -topic:b -lang:ko":  {Topics: []string{"a"}, More: true},
		"topic:a after:2025":         {Topics: []string{"a"}, More: true},
		"before:2025 OR lang:en":     {Languages: []string{"en"}, More: true},
	} {
		f, err := tidings.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, f.Gist()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
