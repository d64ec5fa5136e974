package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longestSlug is in characters. Nine octets a character in a URL (Hangul, escaped) still make less than 1 KB.
const longestSlug = 80

// Slug names a release's page by its title: lower-case words of letters and digits with hyphens between, at most 80
// characters, cut between words. Every script keeps its letters; Latin ones lose their accents; an apostrophe joins.
// A title without a letter or digit becomes "release".
func Slug(title string) string {
	slug := slugify(title)
	if slug == "" {
		return "release"
	}
	if utf8.RuneCountInString(slug) <= longestSlug {
		return slug
	}
	cut := []rune(slug)[:longestSlug+1] // one more: the cut may fall exactly behind a word
	for i := longestSlug; i > 0; i-- {
		if cut[i] == '-' {
			return string(cut[:i])
		}
	}
	return strings.TrimRightFunc(norm.NFC.String(string(cut[:longestSlug])), unicode.IsMark)
}

// slugify is Slug without its limit and its fallback.
func slugify(title string) string {
	var b strings.Builder
	latin, joined := false, true // joined: a hyphen would follow nothing
	// Decomposed, a Latin letter's accents are marks behind it.
	for _, r := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case strings.ContainsRune("'’‘ʼ＇\u00ad\u200b\u200c\u200d", r):
			// Joins what it stands in; so does a soft hyphen or a joiner, which nobody sees.
		case unicode.IsMark(r):
			if !latin && !joined {
				b.WriteRune(r) // a vowel sign, a voicing mark: part of the letter
			}
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			latin, joined = unicode.Is(unicode.Latin, r), false
			b.WriteString(unaccented(r))
		case !joined:
			b.WriteByte('-')
			latin, joined = false, true
		}
	}
	return strings.TrimSuffix(norm.NFC.String(b.String()), "-")
}

// unaccented is for the Latin letters whose stroke or ligature Unicode does not take apart.
func unaccented(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð':
		return "d"
	case 'ł':
		return "l"
	case 'ı':
		return "i"
	case 'þ':
		return "th"
	case 'ħ':
		return "h"
	case 'ŧ':
		return "t"
	}
	return string(r)
}
