package store

import (
	"strings"
	"unicode/utf8"

	"github.com/tidings/tidings"
)

// The words of the index. A filter's word is one of them; a run of CJK is as many as it has characters: each with the one after
// it, and the last one alone. So what stands inside a run is a sequence of pairs, and a single character is what one of the
// words begins with. Every release, a topic, a language and the border of a text have words that no text has. The index
// thus finds what Filter.MatchDoc says; a change here, or of how words are folded, needs a migration that fills listing_due.
const (
	everyRelease = "all:"
	topicWord    = "topic:"
	languageWord = "lang:"
	border       = "_" // between texts, so that no phrase goes across
)

// wordsOf are the words by which the index finds a release, with blanks between.
func wordsOf(r *tidings.Release) string {
	words := []byte(everyRelease)
	for _, slug := range r.Topics {
		words = append(words, " "+topicWord+slug...)
	}
	for tag := strings.ToLower(r.Language); tag != ""; {
		words = append(words, " "+languageWord+tag...)
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	for _, text := range r.Sought() {
		words = append(words, " "+border...)
		for _, word := range tidings.Words(text) {
			words = appendWord(words, word, true)
		}
	}
	return string(words)
}

// appendWord appends a folded word as the index has it, a blank before each of its parts; whole: where it ends, a run of CJK
// ends too.
func appendWord(words []byte, word string, whole bool) []byte {
	if !tidings.IsRun(word) {
		return append(append(words, ' '), word...)
	}
	var before rune
	for i, r := range word {
		if i > 0 {
			words = utf8.AppendRune(utf8.AppendRune(append(words, ' '), before), r)
		}
		before = r
	}
	if whole || isSingle(word) {
		words = utf8.AppendRune(append(words, ' '), before)
	}
	return words
}

// isSingle reports whether a word is one character.
func isSingle(word string) bool { return utf8.RuneCountInString(word) == 1 }

// expression is what the clause asks for, in the language of FTS5.
func expression(c tidings.Clause) string {
	switch c.Kind {
	case tidings.OneTopic:
		return oneOf(topicWord, c.List)
	case tidings.OneLanguage:
		return oneOf(languageWord, c.List)
	case tidings.InSequence:
		return phrase(c.List)
	case tidings.Either:
		return group(c.Kids, " OR ")
	case tidings.All:
		return every(c.Kids)
	case tidings.Without:
		return every([]tidings.Clause{c})
	case tidings.Anything:
	}
	return quoted(everyRelease)
}

// every is what each of the clauses asks for. NOT of FTS5 stands between what is wanted and what is not.
func every(clauses []tidings.Clause) string {
	var wanted, unwanted []tidings.Clause
	for _, c := range clauses {
		if c.Kind == tidings.Without {
			unwanted = append(unwanted, c.Kids[0])
		} else {
			wanted = append(wanted, c)
		}
	}
	expr := quoted(everyRelease)
	if len(wanted) > 0 {
		expr = group(wanted, " AND ")
	}
	if len(unwanted) > 0 {
		expr = "(" + expr + " NOT " + group(unwanted, " OR ") + ")"
	}
	return expr
}

func group(clauses []tidings.Clause, operator string) string {
	parts := make([]string, len(clauses))
	for i, c := range clauses {
		parts[i] = expression(c)
	}
	return "(" + strings.Join(parts, operator) + ")"
}

func oneOf(prefix string, list []string) string {
	parts := make([]string, len(list))
	for i, value := range list {
		parts[i] = quoted(prefix + value)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// phrase is words in sequence. Where the last one is a run it may go on in the text, so that a single character is how a word
// of the index begins.
func phrase(list []string) string {
	var words []byte
	last := len(list) - 1
	for i, word := range list {
		words = appendWord(words, word, i < last)
	}
	expr := quoted(string(words))
	if tidings.IsRun(list[last]) && isSingle(list[last]) {
		expr += " *"
	}
	return expr
}

func quoted(words string) string { return `"` + strings.ReplaceAll(words, `"`, `""`) + `"` }
