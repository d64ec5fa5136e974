package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// textWidth is how many columns a line of a text part has: RFC 5322 §2.1.1 asks for at most 78 characters.
const textWidth = 78

// runeColumns is how many columns of a terminal a character takes: 2 for the wide ones of East Asia (UAX #11), else 1.
// Combining marks count 1 too, so that no line is ever wider than it was reckoned.
func runeColumns(r rune) int {
	if r < '\u1100' { // nothing before Hangul is wide
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// line makes one line of what may hold anything: runs of white space become one space; control characters, and those
// that turn the direction of all the text behind them (UAX #9: embeddings, overrides, isolates), go.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), r == '\ufeff', r == '\ufffe', r == '\uffff',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(s), " ")
}

// cut makes one line of at most most columns, ending at a word and with an ellipsis where something was cut off. A URL
// that does not fit goes whole: half of one leads nowhere.
func cut(s string, most int) string {
	s = line(s)
	if columns(s) <= most {
		return s
	}
	head, _ := split(s, most-1)
	if i := strings.LastIndexByte(head, ' '); i > len(head)/2 || i > 0 && isURL(head[i+1:]) {
		head = head[:i]
	}
	head = strings.TrimRight(head, " ,;:·–—-")
	if endsSentence(head) {
		return head
	}
	return head + "…"
}

// endsSentence: an ellipsis behind such an end would read as a misprint.
func endsSentence(s string) bool {
	end, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, "\"'”’»)」』"))
	return strings.ContainsRune(".!?…。！？", end)
}

// cutCharacters is cut by characters, for a limit that counts them.
func cutCharacters(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// split gives the longest head of s that fits into the columns, and the rest; the head has at least one character.
func split(s string, most int) (head, rest string) {
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n > most && i > 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// wrap breaks text into lines at spaces. A word wider than a line is broken where the line ends, but not a URL: that
// stands alone on a line as long as it is.
func wrap(s string, most int) string {
	return lay(s, most, func(word string) (head, rest string) {
		if isURL(word) {
			return word, ""
		}
		return split(word, most)
	})
}

func isURL(word string) bool {
	return strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://")
}

// fold breaks text for HTML source, where a new line reads as a space: so at spaces alone, however long a word is. The
// transfer encoding of a mail keeps its lines within the 998 octets of RFC 5321 §4.5.3.1.6.
func fold(s string) string {
	return lay(s, textWidth, func(word string) (head, rest string) { return word, "" })
}

// lay sets words in lines of at most most columns. What take leaves of a word comes on the next line.
func lay(s string, most int, take func(word string) (head, rest string)) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(line(s)) {
		for word != "" {
			head, rest := take(word)
			n := columns(head)
			switch {
			case used == 0:
			case used+1+n <= most:
				b.WriteByte(' ')
				used++
			default:
				b.WriteByte('\n')
				used = 0
			}
			b.WriteString(head)
			used += n
			word = rest
		}
	}
	return b.String()
}

// indent wraps text and starts every line with the prefix.
func indent(prefix, s string) string {
	lines := wrap(s, textWidth-columns(prefix))
	if lines == "" {
		return ""
	}
	return prefix + strings.ReplaceAll(lines, "\n", "\n"+prefix)
}

// underline is a text's lines with a rule of the same width below, as far as a line goes.
func underline(mark, s string) string {
	lines := wrap(s, textWidth)
	widest := 0
	for l := range strings.SplitSeq(lines, "\n") {
		widest = max(widest, columns(l))
	}
	return lines + "\n" + strings.Repeat(mark, min(widest, textWidth))
}
