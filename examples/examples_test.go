package examples_test

import (
	"io/fs"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/examples"
	"github.com/tidings/tidings/ingest"
)

func read(t *testing.T, name string) string {
	t.Helper()
	ministry, err := examples.Ministry()
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(ministry, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func topics(t *testing.T) []tidings.Topic {
	t.Helper()
	all, err := ingest.Topics(strings.NewReader(read(t, "topics.toml")), "topics.toml")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Looked at by hand: each release has the topics that a person would file it under, and no other.
func TestRulesGiveEachReleaseTheTopicsThatAPersonWould(t *testing.T) {
	t.Parallel()
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Korea’s ICT exports rebound in February":                                                                                       "semiconductors-ict exports",
		"Korean government holds 35th Energy Commission meeting":                                                                        "energy safety",
		"Korea and Mongolia bolster full life cycle cooperation for rare metals":                                                        "minerals supply-chains",
		"Korea and Australia discuss trade cooperation":                                                                                 "minerals trade supply-chains",
		"Korea’s Ambassador for International Investment Cooperation to carry out various outreach with major U.S. think tanks":         "investment united-states",
		"Korea and EU launch 12th FTA Trade Committee meeting":                                                                          "fta trade supply-chains europe",
		"ASEAN-ROK Think Tank Dialogue (AKTD) officially launched as platform to strengthen Korea-ASEAN economic and trade cooperation": "trade supply-chains asean",
		"Foreign-invested companies to gain greater R&D support":                                                                        "industry-rd investment",
	}
	n := 0
	for item := range ingest.Archive(strings.NewReader(read(t, "releases.txt")), "releases.txt", ingest.Options{Zone: seoul, Language: "en"}) {
		n++
		got := strings.Join(tidings.SuggestTopics(topics(t), &item.Release, seoul), " ")
		if item.Err != nil || got != want[item.Release.Title] {
			t.Errorf("%s\n got %s\nwant %s (%v)", item.Release.Title, got, want[item.Release.Title], item.Err)
		}
	}
	if n != len(want) {
		t.Errorf("%d releases, want %d", n, len(want))
	}
}

func TestRulesFindKoreanReleasesToo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"산업통상자원부는 제35차 에너지위원회를 개최하였다.":      "energy",
		"산업통상자원부, 2월 정보통신산업(ICT) 수출입 동향 발표": "semiconductors-ict exports",
		"산업통상자원부 장관은 한-EU 자유무역협정을 논의하였다.":   "fta europe",
		"산업통상자원부 인사 발령":                     "",
	} {
		r := tidings.Release{Title: text, Language: "ko"}
		if got := strings.Join(tidings.SuggestTopics(topics(t), &r, time.UTC), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestTopicsAreNamedInEnglishAndKorean(t *testing.T) {
	t.Parallel()
	for _, topic := range topics(t) {
		if topic.Names["en"] == "" || topic.Names["ko"] == "" || topic.Rule.IsZero() {
			t.Errorf("%s: %+v", topic.Slug, topic)
		}
	}
}

func TestSampleReleaseIsReadWithoutAFault(t *testing.T) {
	t.Parallel()
	item := ingest.Document(strings.NewReader(read(t, "release.md")), "release.md", nil, ingest.Options{Language: "en"})
	if item.Err != nil || !strings.Contains(item.Release.Body.HTML, "<strong>&#34;좋습니다.&#34;</strong>라고") {
		t.Errorf("%+v, %v", item.Release.Body, item.Err)
	}
	for _, slug := range item.Release.Topics {
		if !slices.ContainsFunc(topics(t), func(o tidings.Topic) bool { return o.Slug == slug }) {
			t.Errorf("there is no topic %s", slug)
		}
	}
}

func TestSubscribersAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	var file struct {
		Subscriber []struct {
			Address, Language, Zone, Consent string
			Subscription                     []struct {
				Cadence, Filter string
				Hour            *int
			}
		}
	}
	if err := toml.NewDecoder(strings.NewReader(read(t, "subscribers.toml"))).DisallowUnknownFields().Decode(&file); err != nil {
		t.Fatal(err)
	}
	cadences := map[string]bool{tidings.Immediate: true, tidings.Daily: true, tidings.Weekly: true, tidings.Monthly: true}
	used := map[string]bool{}
	for _, s := range file.Subscriber {
		if _, err := mail.ParseAddress(s.Address); err != nil || s.Consent == "" || s.Language != "en" && s.Language != "ko" {
			t.Errorf("%+v: %v", s, err)
		}
		if _, err := time.LoadLocation(s.Zone); err != nil {
			t.Error(err)
		}
		for _, sub := range s.Subscription {
			used[sub.Cadence] = true
			f, err := tidings.ParseFilter(sub.Filter)
			if err != nil || !cadences[sub.Cadence] {
				t.Errorf("%s: %+v: %v", s.Address, sub, err)
			}
			for _, slug := range f.Topics() {
				if !slices.ContainsFunc(topics(t), func(o tidings.Topic) bool { return o.Slug == slug }) {
					t.Errorf("%s: there is no topic %s", s.Address, slug)
				}
			}
		}
	}
	if len(used) != len(cadences) {
		t.Errorf("the readers use %v: every cadence should be seen", used)
	}
}

func TestDefaultsOfTheConfigurationLetTheDemonstrationStart(t *testing.T) {
	t.Parallel()
	text, err := config.Template(map[string]any{
		"site.name":      map[string]string{"en": "Ministry of Trade, Industry and Energy", "ko": "산업통상자원부"},
		"site.base_url":  "http://127.0.0.1:8080",
		"site.languages": []string{"en", "ko"}, "site.time_zone": "Asia/Seoul", "site.tag": "news.example.org,2026",
		"smtp.port": 2525, "smtp.security": "none", "mail.domain": "news.example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.Parse([]byte(text), "tidings.toml", nil); err != nil {
		t.Error(err)
	}
}
