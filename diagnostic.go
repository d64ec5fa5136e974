package tidings

import (
	"regexp"
	"strings"
	"unicode"
)

// mailAddresses are addresses, also as RFC 3461 §4 (xtext) and URLs write them.
var mailAddresses = regexp.MustCompile(`[^\s<>"(),;]*(?:@|=40|%40)[^\s<>"(),;]*`)

// WithoutAddresses makes the words of a mail server fit for a log, where nobody's address belongs.
func WithoutAddresses(words string) string {
	if !strings.ContainsAny(words, "@=%") { // nearly always
		return words
	}
	return mailAddresses.ReplaceAllString(words, "(address)")
}

// OneLine is a text without control characters, with one blank for any number of them, cut to so many octets.
func OneLine(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// AfterTheDot stands in what is kept of a delivery that went out whole and had no reply, or an odd one: it may have arrived. The relay's own
// words follow.
const AfterTheDot = " after the dot: "

// MayHaveArrived begins what is kept of such a delivery that came to its end before anybody knew.
const MayHaveArrived = "it may have arrived before "
