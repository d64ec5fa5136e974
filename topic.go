package tidings

import (
	"strings"
	"time"
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
