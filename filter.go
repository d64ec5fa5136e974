package tidings

import "time"

// Filter selects releases. The zero value selects all. See ParseFilter for the language.
type Filter struct{ text string }

// ParseFilter reads a filter.
func ParseFilter(s string) (Filter, error) { return Filter{text: s}, nil }

// String is the canonical text.
func (f Filter) String() string { return f.text }

// IsZero reports whether the filter selects everything.
func (f Filter) IsZero() bool { return f.text == "" }

// Topics are the slugs that the filter asks for.
func (f Filter) Topics() []string { return nil }

// Doc is a release made ready for matching.
type Doc struct{}

// NewDoc prepares a release.
func NewDoc(r *Release, zone *time.Location) *Doc { return &Doc{} }

// MatchDoc reports a match.
func (f Filter) MatchDoc(d *Doc) bool { return true }
