package card

import (
	"strings"
	"unicode"
)

// oneLine makes one line of visible characters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1 // not to be seen: marks of direction, soft hyphens, which of its forms an emoji has
		case r == '∼': // what Korean editors write for a tilde; no font here has it
			return '~'
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// wrap breaks a text between words; a word that does not fit alone is broken where the line ends.
func wrap(text string, fits func(string) bool) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && fits(line+" "+word) {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for line = word; !fits(line); {
			head := longest([]rune(line), fits)
			lines = append(lines, head)
			line = line[len(head):]
		}
	}
	return append(lines, line)
}

// longest is the longest beginning that fits, of one character at least.
func longest(text []rune, fits func(string) bool) string {
	n := 1
	for n < len(text) && fits(string(text[:n+1])) {
		n++
	}
	return string(text[:n])
}

// balance makes the lines about as long as each other, as few as they are.
func balance(lines []string, at func(width int) []string) []string {
	narrow, wide := 0, measure
	for wide-narrow > 8 {
		middle := (narrow + wide) / 2
		if middle > measure/3 && len(at(middle)) <= len(lines) {
			wide = middle
		} else {
			narrow = middle
		}
	}
	return at(wide)
}

// shorten cuts a line that does not fit, with an ellipsis, so that it does.
func shorten(line string, fits func(string) bool) string {
	if fits(line) {
		return line
	}
	text := []rune(line)
	for n := len(text) - 1; n > 0; n-- {
		if cut := strings.TrimRight(string(text[:n]), " ,;:·–—-") + "…"; fits(cut) {
			return cut
		}
	}
	return "…"
}
