package tidings

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Topic is a subject that readers may choose.
type Topic struct {
	ID    int64
	Slug  string            // names it in URLs and filters: lower-case letters, digits and hyphens
	Names map[string]string // by BCP 47 language: {"en": "Energy", "ko": "에너지"}
	Rule  Filter            // suggests the topic at ingest; the zero Filter suggests nothing
	Order int               // its place in lists and digests, ascending
	Ended time.Time         // when it was closed; zero: in use. Its pages and feeds answer 410.
}

// Name is the topic's name in the language, else in the base language ("pt" for "pt-BR"), else in English, else its slug.
func (t *Topic) Name(language string) string {
	base, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, base, "en"} {
		if n := t.Names[l]; n != "" {
			return n
		}
	}
	return t.Slug
}

// Limits of a topic, in characters.
const (
	maxTopicSlug = 80
	maxTopicName = 200
)

var (
	topicSlug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// The form of a BCP 47 tag (RFC 5646 §2.1) that begins with a language; whether it is registered is not asked.
	languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)
)

// Validate is an InvalidError when the topic cannot be shown, named in a URL, or suggested.
func (t *Topic) Validate() error {
	if len(t.Slug) > maxTopicSlug || !topicSlug.MatchString(t.Slug) {
		return Invalidf("topic", "%.100q is no slug: lower-case letters and digits with hyphens between, at most %d of them",
			t.Slug, maxTopicSlug)
	}
	if len(t.Names) == 0 {
		return Invalidf("topic", "%s has no name", t.Slug)
	}
	for _, language := range slices.Sorted(maps.Keys(t.Names)) {
		if !languageTag.MatchString(language) {
			return Invalidf("topic", "%s has a name in %.40q, which is no language tag: en, ko, pt-BR", t.Slug, language)
		}
		if fault := faultOfName(t.Names[language]); fault != "" {
			return Invalidf("topic", "the name of %s in %s %s", t.Slug, language, fault)
		}
	}
	if t.Rule.NamesTopics() {
		return Invalidf("topic", "the rule of %s asks for topic:…, and rules are what topics are found by", t.Slug)
	}
	return nil
}

// faultOfName says what keeps a name from being a line of text; "": nothing.
func faultOfName(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "is empty"
	case !utf8.ValidString(name):
		return "is not UTF-8"
	case utf8.RuneCountInString(name) > maxTopicName:
		return "is longer than " + strconv.Itoa(maxTopicName) + " characters"
	case strings.ContainsFunc(name, breaksLine):
		return "must be one line, without control characters"
	}
	return ""
}

// breaksLine: what ends a line, steers a terminal, or turns the direction of what stands around it (UAX #9 §2.1, §2.4).
func breaksLine(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// SuggestTopics gives the slugs of the topics in use whose rule matches the release, in the topics' order.
func SuggestTopics(topics []Topic, r *Release, zone *time.Location) []string {
	doc := NewDoc(r, zone)
	var slugs []string
	for i := range topics {
		t := &topics[i]
		if t.Ended.IsZero() && !t.Rule.IsZero() && t.Rule.MatchDoc(doc) {
			slugs = append(slugs, t.Slug)
		}
	}
	return slugs
}
