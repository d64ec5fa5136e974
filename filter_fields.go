package tidings

import (
	"strings"
	"time"
	"unicode"
)

// quotes are what may open and close a phrase: straight, and curly as word processors make them.
const quotes = "\"“”„‟"

// term = phrase | field ":" value | word.
func (p *filterParser) term() (*term, error) {
	if p.terms++; p.terms > maxFilterTerms {
		return nil, p.tooMany(p.at)
	}
	if p.next(quotes) {
		return p.phrase()
	}
	start, word := p.at, p.bare()
	p.at += len([]rune(word))
	if name, value, ok := strings.Cut(word, ":"); ok && isName(name) {
		return p.field(start, strings.ToLower(name), value)
	}
	if word == "AND" || word == "NOT" {
		return nil, p.fail(start, `%s is not needed: terms side by side must all match, and "-" excludes; `+
			`for the word, write %q`, word, strings.ToLower(word))
	}
	return p.words(start, word)
}

// phrase reads what stands between two quotes.
func (p *filterParser) phrase() (*term, error) {
	start := p.at
	for p.at++; !p.next(quotes); p.at++ {
		if p.end() {
			return nil, p.fail(start, `this quote is never closed; write " where the phrase ends`)
		}
	}
	p.at++
	return p.words(start, string(p.text[start:p.at]))
}

func (p *filterParser) words(start int, s string) (*term, error) {
	words := Words(s)
	if len(words) == 0 {
		return nil, p.fail(start, "%s has no letter and no digit; write a word, or leave it out", s)
	}
	return wordsTerm(words), nil
}

// field reads the value of name:value, which starts at an index of text.
func (p *filterParser) field(start int, name, value string) (*term, error) {
	valueAt := p.at - len([]rune(value))
	switch name {
	case "topic":
		return p.list(topicTerm, valueAt, value, isSlug, `a topic's short name, as in topic:energy or topic:energy,trade`)
	case "lang":
		return p.list(langTerm, valueAt, value, isLanguage, `a language's code, as in lang:ko or lang:en,ko`)
	case "after", "before":
		day, ok := parseDay(value)
		if !ok {
			return nil, p.fail(valueAt, "%[1]q is no day; write it as in %[2]s:2025-03-17, %[2]s:2025-03 or %[2]s:2025",
				value, name)
		}
		if name == "after" {
			return dayTerm(afterTerm, day), nil
		}
		return dayTerm(beforeTerm, day), nil
	}
	return nil, p.fail(start, `there is no field %q; write topic:, lang:, after: or before:, or put the words in quotes`,
		name+":")
}

// list reads values separated by commas.
func (p *filterParser) list(kind termKind, at int, value string, valid func(string) bool, want string) (*term, error) {
	var list []string
	for v := range strings.SplitSeq(value, ",") {
		slug := strings.ToLower(v)
		switch {
		case v == "":
			return nil, p.fail(at, "something is missing here; write %s, without blanks", want)
		case !valid(slug):
			return nil, p.fail(at, "%q cannot be; write %s", v, want)
		case p.terms+len(list) > maxFilterTerms:
			return nil, p.tooMany(at)
		}
		list = append(list, slug)
		at += len([]rune(v)) + len(",")
	}
	p.terms += len(list) - 1
	return listTerm(kind, list), nil
}

func (p *filterParser) tooMany(at int) error {
	return p.fail(at, "the filter has more than %d terms; leave some out", maxFilterTerms)
}

// parseDay reads a day, or the first of a month or a year, as 20250317.
func parseDay(s string) (int, bool) {
	for _, layout := range [3]string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			y, m, d := t.Date()
			return y*10000 + int(m)*100 + d, true
		}
	}
	return 0, false
}

func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

// isSlug: a topic's slug is lower-case letters, digits and hyphens.
func isSlug(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '-'
	})
}

// isLanguage: the shape of RFC 5646 §2.1, subtags of one to eight ASCII letters and digits.
func isLanguage(s string) bool {
	for subtag := range strings.SplitSeq(s, "-") {
		if len(subtag) < 1 || len(subtag) > 8 || strings.ContainsFunc(subtag, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}) {
			return false
		}
	}
	return true
}
