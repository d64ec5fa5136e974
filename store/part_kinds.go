package store

import (
	"cmp"
	"strings"
)

// cohortKey is what those share who must get the same.
type cohortKey struct {
	filter, position int64
	kind             int // of these there are few: see kinds
}

// kind is what else members of a cohort have in common.
type kind struct{ language, facts string }

// kinds numbers the kinds that a run has met.
type kinds struct {
	known map[kind]int
	all   []kind
}

func (k *kinds) of(one kind) int {
	n, known := k.known[one]
	if !known {
		if k.known == nil {
			k.known = map[kind]int{}
		}
		n = len(k.all)
		k.known[one], k.all = n, append(k.all, one)
	}
	return n
}

func (k *kinds) compare(a, b cohortKey) int {
	x, y := &k.all[a.kind], &k.all[b.kind]
	return cmp.Or(cmp.Compare(a.filter, b.filter), cmp.Compare(a.position, b.position),
		strings.Compare(x.language, y.language), strings.Compare(x.facts, y.facts))
}
