package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

// required are the keys that have no default: the example sets them, all others it shows commented out.
func required() []string { return []string{"site.name", "site.base_url", "site.tag", "mail.from"} }

func TestExampleDocumentsEveryKeyWithItsDefault(t *testing.T) {
	t.Parallel()
	example := tidings.ExampleConfig()
	uncommented := regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAllString(example, "$1")
	shown, set := &problems{lines: map[string]int{}}, &problems{lines: map[string]int{}}
	got, want := &Config{cadences: emptied(Default().cadences)}, Default()
	shown.readFile([]byte(uncommented), got)
	set.readFile([]byte(example), Default())
	if len(shown.all) > 0 {
		t.Fatal(shown.all)
	}
	wanted := keys(want)
	lines := strings.Split(example, "\n")
	for i, k := range keys(got) {
		line, there := shown.lines[k.name]
		if !there {
			t.Errorf("%s is not in the example", k.name)
			continue
		}
		if !strings.HasPrefix(lines[line-2], "# ") {
			t.Errorf("%s has no comment above it", k.name)
		}
		_, isSet := set.lines[k.name]
		if must := slices.Contains(required(), k.name); must != isSet {
			t.Errorf("%s: set in the example: %v, want %v", k.name, isSet, must)
		} else if !must && !cmp.Equal(k.value(), wanted[i].value()) {
			t.Errorf("%s: the example says %v, the default is %v", k.name, k.value(), wanted[i].value())
		}
	}
}

func TestExampleKeysStandInTheOrderOfTheTable(t *testing.T) {
	t.Parallel()
	p := &problems{lines: map[string]int{}}
	p.readFile([]byte(regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAllString(tidings.ExampleConfig(), "$1")), Default())
	last := 0
	for _, k := range keys(Default()) {
		if p.lines[k.name] <= last {
			t.Errorf("%s is on line %d, behind line %d", k.name, p.lines[k.name], last)
		}
		last = p.lines[k.name]
	}
}

func TestExamplePassesTheChecks(t *testing.T) {
	t.Parallel()
	if _, err := Parse([]byte(tidings.ExampleConfig()), "config.example.toml", nil); err != nil {
		t.Error(err)
	}
}

func (k key) value() any {
	switch {
	case k.text != nil:
		return *k.text
	case k.number != nil:
		return *k.number
	case k.flag != nil:
		return *k.flag
	case k.list != nil:
		return append([]string{}, *k.list...)
	}
	names := maps.Clone(*k.names)
	maps.DeleteFunc(names, func(_, text string) bool { return text == "" })
	if len(names) == 0 {
		return nil // nothing in no language is nothing
	}
	return names
}

func emptied(cadences []cadence) []cadence {
	out := slices.Clone(cadences)
	for i := range out {
		out[i].spec = ""
	}
	return out
}
