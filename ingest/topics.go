package ingest

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// Topics reads a list of topics in TOML, in the order that readers will see them:
//
//	[[topic]]
//	slug = "energy"
//	name.en = "Energy"
//	name.ko = "에너지"
//	rule = '"energy commission" OR hydrogen'
//
// Every fault of the list is told, in one error that holds them all.
func Topics(r io.Reader, name string) ([]tidings.Topic, error) {
	text, err := readAll(r, name)
	if err != nil {
		return nil, err
	}
	file, err := readTOML(text, 1)
	if err != nil {
		return nil, located(err, name)
	}
	var f fields
	var topics []tidings.Topic
	for _, key := range f.keys(file, "", "topic") {
		if f.is(file.table[key], aList, key) {
			for i, v := range file.table[key].list {
				topics = append(topics, f.topic(v, i, topics))
			}
		}
	}
	if len(topics) == 0 && len(f.troubles) == 0 {
		f.fail(1, "topic", "is missing: begin each topic with a line [[topic]]")
	}
	if len(f.troubles) > 0 {
		return nil, located(f.err(), name)
	}
	return topics, nil
}

// topic reads the i-th topic of a list, behind the others.
func (f *fields) topic(v value, i int, others []tidings.Topic) tidings.Topic {
	t := tidings.Topic{Names: map[string]string{}, Order: i + 1}
	for _, key := range f.keys(v, "topic", "slug", "name", "rule") {
		e := v.table[key]
		switch key {
		case "slug":
			t.Slug = f.line(e, "slug")
			if !IsTopicSlug(t.Slug) {
				f.fail(e.line, "slug", "must be lower-case letters and digits with hyphens between, such as energy or supply-chains")
			}
			if slices.ContainsFunc(others, func(o tidings.Topic) bool { return o.Slug == t.Slug }) {
				f.fail(e.line, "slug", "%s stands above already", t.Slug)
			}
		case "name":
			f.names(&t, e)
		case "rule":
			t.Rule = f.rule(e)
		}
	}
	for _, key := range []string{"slug", "name"} {
		if _, given := v.table[key]; !given && v.kind == aTable {
			f.fail(v.line, key, "is missing from this topic")
		}
	}
	return t
}

// names reads a topic's names: a table by language, or one string, which is English.
func (f *fields) names(t *tidings.Topic, v value) {
	if v.kind == aScalar {
		v = value{line: v.line, kind: aTable, table: map[string]value{"en": v}}
	}
	if !f.is(v, aTable, "name") {
		return
	}
	for _, language := range slices.Sorted(maps.Keys(v.table)) {
		e := v.table[language]
		if !languageTag.MatchString(language) {
			f.fail(e.line, "name", "%s is no language tag: write name.en, name.ko", language)
		}
		if t.Names[language] = f.line(e, "name."+language); t.Names[language] == "" {
			f.fail(e.line, "name."+language, "is empty")
		}
	}
}

func (f *fields) rule(v value) tidings.Filter {
	rule, err := tidings.ParseFilter(strings.TrimSpace(f.line(v, "rule")))
	if err != nil {
		f.fail(v.line, "rule", "%v", err)
		return rule
	}
	if rule.NamesTopics() {
		f.fail(v.line, "rule", "cannot ask for topic:…: rules are what topics are found by")
	}
	return rule
}
