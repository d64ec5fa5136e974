package web

import (
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// topicOf gives the selection that a topic's slug names, whatever its letters' case: not found, or gone when it has ended.
func topicOf(slug string, topics []tidings.Topic) (tidings.Selection, error) {
	i := slices.IndexFunc(topics, func(t tidings.Topic) bool { return strings.EqualFold(t.Slug, slug) })
	switch {
	case i < 0:
		return tidings.Selection{}, tidings.ErrNotFound
	case !topics[i].Ended.IsZero():
		return tidings.Selection{}, &goneError{topic: &topics[i]}
	}
	return tidings.Selection{Topic: topics[i].Slug}, nil
}

// languageOf gives the selection that a language's tag names; case does not count in tags (RFC 5646 §2.1.1).
func (s *site) languageOf(tag string) (tidings.Selection, error) {
	i := slices.IndexFunc(s.Site.Languages, func(l string) bool { return strings.EqualFold(l, tag) })
	if i < 0 {
		return tidings.Selection{}, tidings.ErrNotFound
	}
	return tidings.Selection{Language: s.Site.Languages[i]}, nil
}

func inUse(topics []tidings.Topic) []tidings.Topic {
	return slices.DeleteFunc(slices.Clone(topics), func(t tidings.Topic) bool { return !t.Ended.IsZero() })
}

// withoutEnded takes ended topics off a release: their pages are gone, so no page links to them.
func withoutEnded(r *tidings.Release, used []tidings.Topic) {
	r.Topics = slices.DeleteFunc(slices.Clone(r.Topics), func(slug string) bool {
		return !slices.ContainsFunc(used, func(t tidings.Topic) bool { return t.Slug == slug })
	})
}
