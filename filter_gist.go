package tidings

import "slices"

// Gist is a filter as far as it can be told without a word of whoever wrote it.
type Gist struct {
	Topics    []string // the slugs that it asks for, sorted
	Languages []string // the codes that it asks for, sorted
	More      bool     // it says more than these: words, days, or what it does without
}

// Gist tells what a filter asks for. That of the zero Filter is zero.
func (f Filter) Gist() Gist {
	if f.root == nil {
		return Gist{}
	}
	codes := f.root.languages(nil, true)
	slices.Sort(codes)
	return Gist{
		Topics: f.Topics(), Languages: slices.Compact(codes),
		More: f.root.names(wordTerm) || f.root.names(afterTerm) || f.root.names(beforeTerm) || f.root.names(notTerm),
	}
}

// languages appends the codes asked for, as topics does slugs.
func (t *term) languages(codes []string, wanted bool) []string {
	if t.kind == langTerm && wanted {
		return append(codes, t.list...)
	}
	for _, k := range t.kids {
		codes = k.languages(codes, wanted != (t.kind == notTerm))
	}
	return codes
}
