package tidings

// PersonalFeed is what the feed of one subscriber shows: whatever one of their filters selects, in one feed. It names nobody.
type PersonalFeed struct {
	Filters  []Filter // of all their subscriptions, in any order; none: the feed is empty
	Language string   // of the feed's own words: the subscriber's; empty: the site's
}

// Selects is the one filter that selects what any of the filters does; false: there is none, and nothing is selected. It may be
// longer than ParseFilter takes.
func (p PersonalFeed) Selects() (Filter, bool) {
	terms := make([]*term, len(p.Filters))
	for i, f := range p.Filters {
		if f.root == nil {
			return Filter{}, true
		}
		terms[i] = f.root
	}
	if len(terms) == 0 {
		return Filter{}, false
	}
	return Filter{root: either(terms)}, true
}
