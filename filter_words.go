package tidings

import (
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

// appendWords appends the words of s, folded, each with a blank before it. What it has made it leaves alone: folding it
// again gives the same.
func appendWords(dst []byte, s string) []byte {
	in, last := gap, rune(0) // the class of the word we are in, and its last rune
	for i, raw := range s {
		r := fold(raw)
		class := classOf(r)
		switch {
		case class == unseen:
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
		if syllable, ok := compose(last, r); ok && in == cjk {
			dst, r = dst[:len(dst)-utf8.RuneLen(last)], syllable
		} else if class != in || class == signage {
			dst = append(dst, ' ')
		}
		dst = utf8.AppendRune(dst, r)
		in, last = class, r
	}
	return dst
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

// startsCJK reports whether a folded word is a run of CJK.
func startsCJK(word string) bool {
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

// unaccented is the letter without its accents, in lower case: of those letters whose canonical decomposition is one
// letter and accents, and of the struck-through ones that readers type without. The tables of Unicode are not in the
// standard library.
func unaccented(r rune) rune {
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å', 'ā', 'ă', 'ą', 'ǎ', 'ǟ', 'ǡ', 'ǻ', 'ȁ', 'ȃ', 'ȧ', 'ḁ', 'ạ', 'ả',
		'ấ', 'ầ', 'ẩ', 'ẫ', 'ậ', 'ắ', 'ằ', 'ẳ', 'ẵ', 'ặ':
		return 'a'
	case 'ḃ', 'ḅ', 'ḇ':
		return 'b'
	case 'ç', 'ć', 'ĉ', 'ċ', 'č', 'ḉ':
		return 'c'
	case 'ď', 'đ', 'ḋ', 'ḍ', 'ḏ', 'ḑ', 'ḓ':
		return 'd'
	case 'è', 'é', 'ê', 'ë', 'ē', 'ĕ', 'ė', 'ę', 'ě', 'ȅ', 'ȇ', 'ȩ', 'ḕ', 'ḗ', 'ḙ', 'ḛ', 'ḝ', 'ẹ', 'ẻ',
		'ẽ', 'ế', 'ề', 'ể', 'ễ', 'ệ':
		return 'e'
	case 'ḟ':
		return 'f'
	case 'ĝ', 'ğ', 'ġ', 'ģ', 'ǧ', 'ǵ', 'ḡ':
		return 'g'
	case 'ĥ', 'ħ', 'ȟ', 'ḣ', 'ḥ', 'ḧ', 'ḩ', 'ḫ', 'ẖ':
		return 'h'
	case 'ì', 'í', 'î', 'ï', 'ĩ', 'ī', 'ĭ', 'į', 'ǐ', 'ȉ', 'ȋ', 'ḭ', 'ḯ', 'ỉ', 'ị':
		return 'i'
	case 'ĵ', 'ǰ':
		return 'j'
	case 'ķ', 'ǩ', 'ḱ', 'ḳ', 'ḵ':
		return 'k'
	case 'ĺ', 'ļ', 'ľ', 'ł', 'ḷ', 'ḹ', 'ḻ', 'ḽ':
		return 'l'
	case 'ḿ', 'ṁ', 'ṃ':
		return 'm'
	case 'ñ', 'ń', 'ņ', 'ň', 'ǹ', 'ṅ', 'ṇ', 'ṉ', 'ṋ':
		return 'n'
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ō', 'ŏ', 'ő', 'ơ', 'ǒ', 'ǫ', 'ǭ', 'ǿ', 'ȍ', 'ȏ', 'ȫ', 'ȭ', 'ȯ',
		'ȱ', 'ṍ', 'ṏ', 'ṑ', 'ṓ', 'ọ', 'ỏ', 'ố', 'ồ', 'ổ', 'ỗ', 'ộ', 'ớ', 'ờ', 'ở', 'ỡ', 'ợ':
		return 'o'
	case 'ṕ', 'ṗ':
		return 'p'
	case 'ŕ', 'ŗ', 'ř', 'ȑ', 'ȓ', 'ṙ', 'ṛ', 'ṝ', 'ṟ':
		return 'r'
	case 'ś', 'ŝ', 'ş', 'š', 'ș', 'ṡ', 'ṣ', 'ṥ', 'ṧ', 'ṩ':
		return 's'
	case 'ţ', 'ť', 'ŧ', 'ț', 'ṫ', 'ṭ', 'ṯ', 'ṱ', 'ẗ':
		return 't'
	case 'ù', 'ú', 'û', 'ü', 'ũ', 'ū', 'ŭ', 'ů', 'ű', 'ų', 'ư', 'ǔ', 'ǖ', 'ǘ', 'ǚ', 'ǜ', 'ȕ', 'ȗ', 'ṳ',
		'ṵ', 'ṷ', 'ṹ', 'ṻ', 'ụ', 'ủ', 'ứ', 'ừ', 'ử', 'ữ', 'ự':
		return 'u'
	case 'ṽ', 'ṿ':
		return 'v'
	case 'ŵ', 'ẁ', 'ẃ', 'ẅ', 'ẇ', 'ẉ', 'ẘ':
		return 'w'
	case 'ẋ', 'ẍ':
		return 'x'
	case 'ý', 'ÿ', 'ŷ', 'ȳ', 'ẏ', 'ẙ', 'ỳ', 'ỵ', 'ỷ', 'ỹ':
		return 'y'
	case 'ź', 'ż', 'ž', 'ẑ', 'ẓ', 'ẕ':
		return 'z'
	case 'ǣ', 'ǽ':
		return 'æ'
	case 'ǯ':
		return 'ʒ'
	case 'ά':
		return 'α'
	case 'έ':
		return 'ε'
	case 'ή':
		return 'η'
	case 'ΐ', 'ί', 'ϊ':
		return 'ι'
	case 'ό':
		return 'ο'
	case 'ΰ', 'ϋ', 'ύ':
		return 'υ'
	case 'ώ':
		return 'ω'
	case 'ӑ', 'ӓ':
		return 'а'
	case 'ѓ':
		return 'г'
	case 'ѐ', 'ё', 'ӗ':
		return 'е'
	case 'ӂ', 'ӝ':
		return 'ж'
	case 'ӟ':
		return 'з'
	case 'й', 'ѝ', 'ӣ', 'ӥ':
		return 'и'
	case 'ќ':
		return 'к'
	case 'ӧ':
		return 'о'
	case 'ў', 'ӯ', 'ӱ', 'ӳ':
		return 'у'
	case 'ӵ':
		return 'ч'
	case 'ӹ':
		return 'ы'
	case 'ӭ':
		return 'э'
	case 'ї':
		return 'і'
	case 'ѷ':
		return 'ѵ'
	case 'ӛ':
		return 'ә'
	case 'ӫ':
		return 'ө'
	}
	return r
}
