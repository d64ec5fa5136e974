package tidings

import (
	"slices"
	"time"
)

// Filter selects releases. The zero value selects all. Filters with the same String are the same filter: compare that,
// never the values.
//
// The language:
//
//	topic:energy  topic:energy,trade     with the topic; with one of the topics
//	lang:ko  lang:en,ko                  in the language (lang:en takes en-GB too); in one of them
//	battery  "supply chain"              with the word; with the words in sequence
//	after:2025-03-01  before:2025-03     of that day, month or year and later; of an earlier one: days of the site's zone
//	-battery  -(a b)                     without
//	a b   a OR b   (a OR b) c            with both; with either; grouped. OR binds weaker than standing side by side
//
// Words are sought in title, summary, text, office and authors, whole, whatever their case and accents; what is written
// in Hangul, Han or Kana also inside a longer run of these.
type Filter struct {
	root *term // nil: selects all; never changed
}

// String is the canonical text: the same for every order, spelling and doubling of the same terms. It is empty for the
// zero Filter, and ParseFilter reads it back as the same filter.
func (f Filter) String() string {
	if f.root == nil {
		return ""
	}
	return f.root.text
}

// IsZero reports whether the filter selects everything.
func (f Filter) IsZero() bool { return f.root == nil }

// Topics are the slugs that the filter asks for, sorted: those under a - are none of them.
func (f Filter) Topics() []string {
	if f.root == nil {
		return nil
	}
	slugs := f.root.topics(nil, true)
	slices.Sort(slugs)
	return slices.Compact(slugs)
}

// NamesTopics reports whether the filter speaks of topics at all, those under a - too.
func (f Filter) NamesTopics() bool { return f.root != nil && f.root.names(topicTerm) }

// Match reports whether the filter selects the release, by the days of the zone. For many filters, or one release after
// another, make a Doc of each once.
func (f Filter) Match(r *Release, zone *time.Location) bool {
	return f.root == nil || f.MatchDoc(NewDoc(r, zone))
}

// MatchDoc reports whether the filter selects the release that the Doc was made of.
func (f Filter) MatchDoc(d *Doc) bool { return f.root == nil || f.root.matches(d) }

// MarshalText gives the canonical text.
func (f Filter) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a filter as ParseFilter does.
func (f *Filter) UnmarshalText(text []byte) error {
	parsed, err := ParseFilter(string(text))
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}
