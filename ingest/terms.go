package ingest

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// mostNewTopics is how many topics an import may make: readers choose from a list, and tags by the thousand are none.
const mostNewTopics = 200

// longestTopicSlug is in characters.
const longestTopicSlug = 60

// termBook finds the topics that other systems' terms (tags, categories) name.
type termBook struct {
	all    []tidings.Topic
	bySlug map[string]string // a topic's slug without its plural → its slug
	byName map[string]string // a name of a topic, folded → its slug
}

func newTermBook(topics []tidings.Topic) *termBook {
	b := &termBook{bySlug: map[string]string{}, byName: map[string]string{}}
	for _, t := range topics {
		b.add(t)
	}
	return b
}

// add puts a topic in. One that has ended is known, so that none is made in its place, but nothing is given to it.
func (b *termBook) add(t tidings.Topic) {
	b.all = append(b.all, t)
	slug := t.Slug
	if !t.Ended.IsZero() {
		slug = ""
	}
	for _, language := range slices.Sorted(maps.Keys(t.Names)) {
		b.byName[foldTerm(t.Names[language])] = slug
	}
	b.bySlug[singular(t.Slug)] = slug
}

// find gives the topics that the terms name, and the terms that name none.
func (b *termBook) find(terms []string) (slugs, unknown []string) {
	for _, term := range terms {
		slug, known := b.lookup(term)
		switch {
		case known && slug != "" && !slices.Contains(slugs, slug):
			slugs = append(slugs, slug)
		case !known && foldTerm(term) != "" && !slices.Contains(unknown, term):
			unknown = append(unknown, term)
		}
	}
	return slugs, unknown
}

// lookup is the topic that a term names: by its name, else by its slug, be it in the singular or the plural.
func (b *termBook) lookup(term string) (slug string, known bool) {
	if slug, known = b.byName[foldTerm(term)]; known {
		return slug, true
	}
	slug, known = b.bySlug[singular(topicSlugOf(term))]
	return slug, known
}

// invent is a topic for a term that names none yet.
func (b *termBook) invent(term, language string) (tidings.Topic, bool) {
	if _, known := b.lookup(term); known {
		return tidings.Topic{}, false
	}
	name := strings.Join(strings.Fields(composed(term)), " ")
	t := tidings.Topic{Slug: topicSlugOf(term), Names: map[string]string{language: name}, Order: len(b.all) + 1}
	return t, t.Validate() == nil
}

// foldTerm is a name as it is compared: composed, in lower case, with single blanks.
func foldTerm(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFC.String(s))), " ")
}

// topicSlugOf names a topic in URLs by a term: Latin letters and digits, Hangul as it is read. A term in another script has
// no such name and gets a number made of it.
func topicSlugOf(term string) string {
	var b strings.Builder
	for _, r := range slugify(romanized(term)) {
		if r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			h := fnv.New32a()
			_, _ = h.Write([]byte(foldTerm(term))) // a hash cannot fail
			return fmt.Sprintf("topic-%08x", h.Sum32())
		}
	}
	slug := b.String()
	if len(slug) > longestTopicSlug {
		slug = strings.Trim(slug[:longestTopicSlug], "-")
	}
	return slug
}

// singular is a slug without the ending of English plurals; it is compared, never shown.
func singular(slug string) string {
	switch {
	case strings.HasSuffix(slug, "ies") && len(slug) > 4:
		return slug[:len(slug)-3] + "y"
	case strings.HasSuffix(slug, "ss"), strings.HasSuffix(slug, "us"), strings.HasSuffix(slug, "is"), slug == "news":
		return slug
	}
	return strings.TrimSuffix(slug, "s")
}

// romanized writes each syllable of Hangul in Latin letters, by the tables of the Revised Romanization (2000). How syllables
// sound together is left aside: the result is a name, and what matters is that it is the same each time.
func romanized(s string) string {
	const first, last = '가', '힣'
	initials := [...]string{"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"}
	vowels := [...]string{
		"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i",
	}
	finals := [...]string{
		"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t",
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if r < first || r > last {
			b.WriteRune(r)
			continue
		}
		n := int(r - first)
		b.WriteString(initials[n/(len(vowels)*len(finals))] + vowels[n/len(finals)%len(vowels)] + finals[n%len(finals)])
	}
	return b.String()
}
