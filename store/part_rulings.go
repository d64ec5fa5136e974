package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// ruling is what was decided for a cohort, whatever the language of its mails.
type ruling struct {
	rulingKey
	next    int64           // the position afterwards
	entries []tidings.Entry // until they are in list
	list    *printedList    // nil: nobody has needed it, or it has no entries
}

// rulingKey is what those share for whom the same is decided.
type rulingKey struct {
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

func (k *kinds) compare(a, b rulingKey) int {
	x, y := &k.all[a.kind], &k.all[b.kind]
	return cmp.Or(cmp.Compare(a.filter, b.filter), cmp.Compare(a.position, b.position),
		strings.Compare(x.language, y.language), strings.Compare(x.facts, y.facts))
}

// keyOf is the cohort of a seat. Where nothing stands in several languages, theirs makes no difference to what they get.
func (p *planning) keyOf(s *seat) rulingKey {
	one := kind{facts: s.facts}
	if p.several {
		one.language = p.languages[s.language]
	}
	return rulingKey{s.filter, s.position, p.kinds.of(one)}
}

// languages are those that a run has met.
type languages []string

// of is the language's place. There are few.
func (l *languages) of(language string) int {
	n := slices.Index(*l, language)
	if n < 0 {
		n = len(*l)
		*l = append(*l, language)
	}
	return n
}
