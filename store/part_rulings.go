package store

import (
	"cmp"
	"slices"
	"strings"
)

// ruling is what was decided for a cohort, whatever the language of its mails.
type ruling struct {
	rulingKey
	next int64        // the position afterwards
	list *printedList // nil: no entries
}

// rulingKey is what those share for whom the same is decided.
type rulingKey struct {
	filter, position int64
	kind             int // of these there are few: see kinds
}

// rulings are those of a run, by cohort. Nearly all subscriptions stand at one position and are of one kind: what was decided for these is
// found by the number of their filter.
type rulings struct {
	position int64
	kind     int
	usual    []*ruling
	others   map[rulingKey]*ruling
}

// maxUsual bounds the list: numbers of filters are never given twice, and may be far apart.
const maxUsual = 1 << 20

func (r *rulings) isUsual(key rulingKey) bool {
	return key.position == r.position && key.kind == r.kind && key.filter < maxUsual
}

// of gives the cohort's; nil: there is none yet.
func (r *rulings) of(key rulingKey) *ruling {
	switch {
	case !r.isUsual(key):
		return r.others[key]
	case key.filter < int64(len(r.usual)):
		return r.usual[key.filter]
	}
	return nil
}

// add notes one. The first says what is usual.
func (r *rulings) add(one *ruling) {
	if r.others == nil {
		r.others, r.position, r.kind = map[rulingKey]*ruling{}, one.position, one.kind
	}
	if !r.isUsual(one.rulingKey) {
		r.others[one.rulingKey] = one
		return
	}
	if missing := int(one.filter) + 1 - len(r.usual); missing > 0 {
		r.usual = append(r.usual, make([]*ruling, missing)...)
	}
	r.usual[one.filter] = one
}

// kind is what else members of a cohort have in common.
type kind struct{ language, facts string }

// kinds numbers the kinds that a run has met.
type kinds struct {
	known map[kind]int
	all   []kind
}

func (k *kinds) of(one kind) int {
	if len(k.all) > 0 && k.all[0] == one {
		return 0 // nearly always
	}
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
