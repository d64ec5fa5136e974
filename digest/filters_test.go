package digest_test

import (
	"slices"
	"strings"
)

// The oracle's filters: one of a list of alternatives, each of which says plainly what a release must have.

type oFilter []oAlternative // none: nothing is selected

type oAlternative struct {
	topics   []string // one of them, sorted; none: whatever topic
	word     string   // in its words
	language string   // it begins so
	notWord  string
	notTopic []string // without any of them, sorted
}

func filters() []oFilter {
	return []oFilter{
		{{}},
		{{topics: []string{"energy"}}},
		{{topics: []string{"energy", "trade"}}},
		{{topics: []string{"safety"}, notWord: "steel"}},
		{{word: "steel"}},
		{{language: "ko"}},
		{{language: "en", notWord: "steel"}},
		{{topics: []string{"trade"}}, {word: "hydrogen"}},
	}
}

// text is the filter in the filter language.
func (f oFilter) text() string {
	var all []string
	for _, a := range f {
		all = append(all, a.text())
	}
	return strings.Join(all, " OR ")
}

func (a *oAlternative) text() string {
	var terms []string
	add := func(before, value string) {
		if value != "" {
			terms = append(terms, before+value)
		}
	}
	add("topic:", strings.Join(a.topics, ","))
	add("", a.word)
	add("lang:", a.language)
	add("-", a.notWord)
	for _, t := range a.notTopic {
		add("-topic:", t)
	}
	return strings.Join(terms, " ")
}

func (f oFilter) match(r *oRelease) bool {
	has := func(topic string) bool { return slices.Contains(r.topics, topic) }
	return slices.ContainsFunc(f, func(a oAlternative) bool {
		return (a.topics == nil || slices.ContainsFunc(a.topics, has)) && strings.Contains(r.words, a.word) &&
			strings.HasPrefix(r.language, a.language) && (a.notWord == "" || !strings.Contains(r.words, a.notWord)) &&
			!slices.ContainsFunc(a.notTopic, has)
	})
}

// or is what selects what either does. Alternatives that ask for topics alone are one that asks for any of these; each other one
// is there once.
func (f oFilter) or(g oFilter) oFilter {
	var topics []string
	var all oFilter
	for _, a := range slices.Concat(f, g) {
		switch text := a.text(); {
		case text == "":
			return oFilter{{}}
		case text == "topic:"+strings.Join(a.topics, ","):
			topics = append(topics, a.topics...)
		case !slices.ContainsFunc(all, func(b oAlternative) bool { return b.text() == text }):
			all = append(all, a)
		}
	}
	if topics != nil {
		slices.Sort(topics)
		all = append(all, oAlternative{topics: slices.Compact(topics)})
	}
	slices.SortFunc(all, func(a, b oAlternative) int { return strings.Compare(a.text(), b.text()) })
	return all
}

// without is what is left of a filter for who leaves a topic: alternatives that asked for it no longer do, and are gone when they
// asked for no other. When nobody asked for topics or words in the first place, releases with the topic are not wanted.
func (f oFilter) without(topic string) oFilter {
	var left oFilter
	wants := false
	for _, a := range f {
		if a.topics != nil {
			a.topics = slices.DeleteFunc(slices.Clone(a.topics), func(t string) bool { return t == topic })
			if len(a.topics) == 0 {
				continue
			}
		}
		wants = wants || a.topics != nil || a.word != ""
		left = append(left, a)
	}
	if wants {
		return left
	}
	for i, a := range left {
		if !slices.Contains(a.notTopic, topic) {
			left[i].notTopic = append(slices.Clone(a.notTopic), topic)
			slices.Sort(left[i].notTopic)
		}
	}
	return left
}
