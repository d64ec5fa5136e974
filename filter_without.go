package tidings

import "slices"

// WithoutTopic is the filter of who no longer wants a topic, for whatever else they asked. The slug goes from all lists in which
// the filter asks for it, together with what was asked of that topic alone: "topic:energy,trade" becomes "topic:trade", and
// "topic:energy battery OR steel" becomes "steel". Of a filter that asks for neither topics nor words, such as "" or "lang:ko", the
// topic is taken out: "-topic:energy". left is false when nothing but the topic was asked for. A second time changes nothing.
func (f Filter) WithoutTopic(slug string) (without Filter, left bool) {
	root := f.root
	if root != nil && slices.Contains(f.Topics(), slug) {
		root, left = root.without(slug, true)
		if root == nil {
			return Filter{}, left
		}
	}
	if root == nil || root.open(true) && !root.excludes(slug) {
		terms := []*term{not(listTerm(topicTerm, []string{slug}))}
		if root != nil {
			terms = append(terms, root)
		}
		root = all(terms)
	}
	// At the limits of what a filter may be, a term more may not be read again: then the filter stays as it was.
	if _, err := ParseFilter(root.text); err != nil {
		return f, true
	}
	return Filter{root: root}, true
}

// without is the term when no release has the topic, as far as it is asked for; nil when nothing is left but an answer, which is
// the same for every release. wanted says whether the term itself is asked for, or its contrary.
func (t *term) without(slug string, wanted bool) (rest *term, answer bool) {
	switch t.kind {
	case topicTerm:
		if !wanted || !slices.Contains(t.list, slug) {
			return t, false
		}
		list := slices.DeleteFunc(slices.Clone(t.list), func(s string) bool { return s == slug })
		if len(list) == 0 {
			return nil, false
		}
		return listTerm(topicTerm, list), false
	case notTerm:
		kid, answer := t.kids[0].without(slug, !wanted)
		if kid == nil {
			return nil, !answer
		}
		return not(kid), false
	case orTerm:
		return without(t, slug, wanted, true, either)
	case andTerm:
		return without(t, slug, wanted, false, all)
	default:
		return t, false
	}
}

// without does it to a group, which has the answer that settles it as soon as one of its terms has.
func without(group *term, slug string, wanted, settles bool, join func([]*term) *term) (rest *term, answer bool) {
	var kids []*term
	for _, k := range group.kids {
		kid, answer := k.without(slug, wanted)
		switch {
		case kid != nil:
			kids = append(kids, kid)
		case answer == settles:
			return nil, settles
		}
	}
	if len(kids) == 0 {
		return nil, !settles
	}
	return join(kids), false
}

// open reports whether the term asks for no topic and no word, so that releases of any topic may be what is wanted.
func (t *term) open(wanted bool) bool {
	if wanted && (t.kind == topicTerm || t.kind == wordTerm) {
		return false
	}
	return !slices.ContainsFunc(t.kids, func(k *term) bool { return !k.open(wanted != (t.kind == notTerm)) })
}

// excludes reports whether releases with the topic are excluded already, as people write it: -topic:energy.
func (t *term) excludes(slug string) bool {
	switch t.kind {
	case notTerm:
		return t.kids[0].kind == topicTerm && slices.Contains(t.kids[0].list, slug)
	case andTerm:
		return slices.ContainsFunc(t.kids, func(k *term) bool { return k.excludes(slug) })
	default:
		return false
	}
}
