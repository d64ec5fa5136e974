package tidings

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// runeClass says what a rune is to a word.
type runeClass int

const (
	gap     runeClass = iota // between words
	unseen                   // as if it were not there: accents that stand alone, soft hyphens, joiners
	mark                     // belongs to the word before it
	letter                   // of a word that counts whole
	cjk                      // of a run in which words stand side by side without a gap
	signage                  // a currency sign: a word by itself
)

// Words are the words of a text as filters see them: folded, in sequence. What is written in Hangul, Han or Kana without a
// gap is one word: see IsRun.
func Words(text string) []string { return strings.Fields(string(appendWords(nil, text, nil))) }

// place is where in a text an octet of its folded words comes from.
type place struct{ from, to int }

// appendWords appends the words of s, folded, each with a blank before it. What it has made it leaves alone: folding it
// again gives the same. Where places is not nil, it gets the place of each octet of dst.
func appendWords(dst []byte, s string, places *[]place) []byte {
	in, last := gap, rune(0) // the class of the word we are in, and its last rune
	for i, raw := range s {
		r := fold(raw)
		class := classOf(r)
		switch {
		case class == unseen:
			if places != nil && in != gap {
				widen(*places, last, s, i)
			}
			continue
		case class == gap:
			if in != letter || !pointInNumber(last, r, s[i:]) {
				in = gap
				continue
			}
			class = letter
		case class == mark:
			class = max(in, letter)
		}
		from := i
		if syllable, ok := compose(last, r); ok && in == cjk {
			dst, r = dst[:len(dst)-utf8.RuneLen(last)], syllable
			if places != nil {
				from = (*places)[len(dst)].from
				*places = (*places)[:len(dst)]
			}
		} else if class != in || class == signage {
			dst = append(dst, ' ')
		}
		dst = utf8.AppendRune(dst, r)
		for places != nil && len(*places) < len(dst) {
			*places = append(*places, place{from, endOfRune(s, i)})
		}
		in, last = class, r
	}
	return dst
}

// widen lets the last rune of the words reach to the end of the one at i, which is none of its own: an accent.
func widen(places []place, last rune, s string, i int) {
	for n := len(places) - utf8.RuneLen(last); n < len(places); n++ {
		places[n].to = endOfRune(s, i)
	}
}

func endOfRune(s string, i int) int {
	_, size := utf8.DecodeRuneInString(s[i:])
	return i + size
}

// pointInNumber reports whether r, which rest begins with, is the point or comma of 16.7 or 1,000.
func pointInNumber(before, r rune, rest string) bool {
	if r != '.' && r != ',' || !unicode.IsDigit(before) {
		return false
	}
	_, size := utf8.DecodeRuneInString(rest)
	after, _ := utf8.DecodeRuneInString(rest[size:])
	return unicode.IsDigit(fold(after))
}

// IsRun reports whether a folded word is a run of Hangul, Han or Kana: a filter's word may stand anywhere inside.
func IsRun(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return classOf(r) == cjk
}

func classOf(r rune) runeClass {
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return letter
		}
		if r == '$' {
			return signage
		}
		return gap
	case hangulFirst <= r && r <= hangulLast:
		return cjk
	case 0x300 <= r && r <= 0x36F, r != '\u200B' && unicode.Is(unicode.Cf, r):
		return unseen
	case unicode.IsMark(r):
		return mark
	case unicode.In(r, unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana), r == 'ー':
		return cjk
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return letter
	case unicode.Is(unicode.Sc, r):
		return signage
	}
	return gap
}

// The blocks of Hangul: Unicode §3.12.
const (
	hangulFirst, hangulLast = '가', '힣'
	leads, vowels, trails   = 19, 21, 28 // trails counts the syllable without one
	leadFirst, vowelFirst   = '\u1100', '\u1161'
	trailNone               = '\u11A7'
)

// compose joins a lead and a vowel, or a syllable that has no trail yet and a trail, so that decomposed Hangul (NFD, as
// some file systems write it) reads as composed.
func compose(a, b rune) (rune, bool) {
	lead, vowel, trail := a-leadFirst, b-vowelFirst, b-trailNone
	switch {
	case 0 <= lead && lead < leads && 0 <= vowel && vowel < vowels:
		return hangulFirst + (lead*vowels+vowel)*trails, true
	case hangulFirst <= a && a <= hangulLast && (a-hangulFirst)%trails == 0 && 0 < trail && trail < trails:
		return a + trail, true
	}
	return 0, false
}

// fold takes case, accents and full width off a rune.
func fold(r rune) rune {
	switch {
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf, hangulFirst <= r && r <= hangulLast:
		return r
	case 0xFF01 <= r && r <= 0xFF5E: // full width, as in ＦＴＡ
		return fold(r - 0xFF01 + '!')
	case r == '￦':
		return '₩'
	}
	// By way of upper case, since ſ and s, or ς and σ, have it in common.
	return unaccented(unicode.ToLower(unicode.ToUpper(r)))
}

// accented lists letters behind the one that they are without their accents: all of the Latin, Greek and Cyrillic blocks
// that are not upper case and whose canonical decomposition is a letter and accents, and those with a stroke, which
// readers type without. (The tables of Unicode are not in the standard library.)
const accented = "aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ bḃḅḇ cçćĉċčḉ dďđḋḍḏḑḓ eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ fḟ " +
	"gĝğġģǧǵḡ hĥħȟḣḥḧḩḫẖ iìíîïĩīĭįǐȉȋḭḯỉị jĵǰ kķǩḱḳḵ lĺļľłḷḹḻḽ mḿṁṃ nñńņňǹṅṇṉṋ " +
	"oòóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ pṕṗ rŕŗřȑȓṙṛṝṟ sśŝşšșṡṣṥṧṩ tţťŧțṫṭṯṱẗ " +
	"uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự vṽṿ wŵẁẃẅẇẉẘ xẋẍ yýÿŷȳẏẙỳỵỷỹ " +
	"zźżžẑẓẕ æǣǽ ʒǯ αά εέ ηή ιΐίϊ οό υΰϋύ ωώ ϒϓϔ " +
	"аӑӓ гѓ еѐёӗ жӂӝ зӟ ийѝӣӥ кќ оӧ уўӯӱӳ чӵ ыӹ эӭ ії ѵѷ әӛ өӫ"

// unaccented is a lower-case letter without its accents.
func unaccented(r rune) rune {
	if r > 'ỹ' { // the last of them: spares the search for quotes, dashes and all of CJK
		return r
	}
	i := strings.IndexRune(accented, r)
	if i < 0 {
		return r
	}
	plain, _ := utf8.DecodeRuneInString(accented[strings.LastIndexByte(accented[:i], ' ')+1:])
	return plain
}
