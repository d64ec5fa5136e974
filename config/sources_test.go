package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings/config"
)

func TestSourcesAreReadWithTheirDefaults(t *testing.T) {
	t.Parallel()
	c := parse(t, least+`
[[source]]
url = "https://www.example.org/feed.xml"

[[source]]
url = "http://intranet:8080/rss"
topics = ["energy", "supply-chains"]
every = "6h"
language = "ko"
office = "Energy Bureau"
mail_first = true
private = true
`)
	want := []config.Source{
		{URL: "https://www.example.org/feed.xml", Every: 30 * time.Minute},
		{
			URL: "http://intranet:8080/rss", Topics: []string{"energy", "supply-chains"}, Every: 6 * time.Hour, Language: "ko", Office: "Energy Bureau",
			MailFirst: true, Private: true,
		},
	}
	if diff := cmp.Diff(want, c.Sources); diff != "" {
		t.Error(diff)
	}
}

func TestSourcesTellOfEveryProblemWithItsLine(t *testing.T) {
	t.Parallel()
	_, err := config.Parse([]byte(least+`[[source]]
topic = ["energy"]
[[source]]
url = "https://user:secret@www.example.org/feed.xml"
every = "10s"
topics = ["No Slug"]
private = "yes"
language = "kr-KRR"
[[source]]
url = "https://news.example.org/feeds/all.rss"
[[source]]
url = "ftp://www.example.org/"
[[source]]
url = "https://a.example/"
[[source]]
url = "https://a.example/"
`), "tidings.toml", nil)
	if err == nil {
		t.Fatal("no problem")
	}
	got := strings.Split(err.Error(), "\n")
	for i, want := range []string{
		"tidings.toml:7: source.1.url: is missing", "tidings.toml:8: source.1.topic: is unknown: did you mean topics?",
		"tidings.toml:10: source.2.url: must not hold a user or a password", "tidings.toml:11: source.2.every: must be a time between", `tidings.toml:12: source.2.topics: "No Slug"`,
		"tidings.toml:13: source.2.private: must be true or false", "tidings.toml:14: source.2.language: ", "tidings.toml:16: source.3.url: is of this site itself",
		"tidings.toml:18: source.4.url: must be a whole address", "tidings.toml:22: source.6.url: stands here a second time",
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("%d: want %s in\n%s", i, want, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Error("a password is shown")
	}
}
