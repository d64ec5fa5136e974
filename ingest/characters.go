package ingest

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// isNoText: control characters but tab and line end, and the two noncharacters that XML 1.0 §2.2 forbids as well. No
// page, feed or mail may hold them.
func isNoText(r rune) bool {
	return unicode.IsControl(r) && r != '\t' && r != '\n' || r == '\ufffe' || r == '\uffff'
}

// readable drops what is no text from a body. What only Windows, old Macs and printers call white space stays so.
func readable(s string) string {
	if !strings.ContainsFunc(s, isNoText) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case isNoText(r) && unicode.IsSpace(r):
			return ' '
		case isNoText(r):
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// mostMarks is how many marks may stand on one letter. Vietnamese and Thai need two, Hebrew with all its points three.
const mostMarks = 4

// composed is text in NFC with no more marks on a letter than a script needs: floods of them ("Zalgo") paint over the
// lines above and below.
func composed(s string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > mostMarks {
				return -1
			}
		case !unicode.Is(unicode.Cf, r): // what is invisible, such as a joiner, begins no new letter
			marks = 0
		}
		return r
	}, norm.NFC.String(s))
}

// turnsText says whether a character embeds, overrides or isolates a direction (UAX #9 §2): text behind a stray one, in a
// subject or a list, would run backwards. The marks that steer a single word (U+200E, U+200F) may stay.
func turnsText(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func isVisible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }
