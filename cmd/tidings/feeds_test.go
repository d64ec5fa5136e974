package main

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// renderFeeds gives every feed in every format, by "selection format", each from a program started for it.
func renderFeeds(t *testing.T, now func() time.Time, config string) map[string]string {
	t.Helper()
	var lines []feedLine
	if err := json.Unmarshal([]byte(must(t, now, "feed", "list", "--json", "--config", config)), &lines); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, l := range lines {
		for _, f := range tidings.FeedFormats() {
			all[l.Selection+" "+string(f)] = must(t, now, "feed", "show", l.Selection, "--format", string(f), "--config", config)
		}
	}
	return all
}

// same compares two renderings octet by octet.
func same(t *testing.T, one, other map[string]string) {
	t.Helper()
	// Everything, thirteen topics and two languages, three times.
	if len(one) != (1+13+2)*3 {
		t.Errorf("%d feeds", len(one))
	}
	for _, name := range slices.Sorted(maps.Keys(one)) {
		if one[name] != other[name] {
			t.Errorf("%s differs:\n%s\n---\n%s", name, one[name], other[name])
		}
	}
	if len(one) != len(other) {
		t.Errorf("%d feeds, and %d", len(one), len(other))
	}
}

func TestFeedsAreIdenticalAcrossARestartAndClocks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, at(2026), dir)
	config := filepath.Join(dir, "tidings.toml")
	same(t, renderFeeds(t, at(2027), config), renderFeeds(t, at(2041), config))
}

func TestFeedsOfTheSameReleasesAreIdenticalWhereverAndWheneverTheyWereImported(t *testing.T) {
	t.Parallel()
	one, other := t.TempDir(), t.TempDir()
	demoOnce(t, at(2026), one)
	demoOnce(t, at(2039), other)
	same(t, renderFeeds(t, time.Now, filepath.Join(one, "tidings.toml")), renderFeeds(t, time.Now, filepath.Join(other, "tidings.toml")))
}
