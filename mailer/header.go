package mailer

import (
	"encoding/base64"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tidings/tidings"
)

// Lengths of header lines, in characters without CRLF.
const (
	encodedWordMost = 75  // RFC 2047 §2
	headerLineMost  = 76  // of a line that holds an encoded word (RFC 2047 §2); below the 78 of RFC 5322 §2.1.1
	lineHardMost    = 998 // RFC 5322 §2.1.1
)

// refuseControls refuses what would end a header line or start another one.
func refuseControls(field, value string) error {
	for _, r := range value {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return tidings.Invalidf(field, "holds the control character %U", r)
		}
	}
	if !utf8.ValidString(value) {
		return tidings.Invalidf(field, "is not UTF-8")
	}
	return nil
}

// words is an unstructured header's text (RFC 5322 §2.2.1), ready to be folded at its spaces. What is not plain
// ASCII, has a word too long to fold, or looks like an encoded word becomes encoded words (RFC 2047 §4.1). taken is
// how much of the first line is gone already.
func words(text string, taken int) string {
	text = strings.Join(strings.Fields(text), " ")
	plain := !strings.Contains(text, "=?")
	for word := range strings.SplitSeq(text, " ") {
		plain = plain && len(word) < headerLineMost-taken && isASCII(word)
	}
	if plain {
		return text
	}
	const open, shut = "=?utf-8?B?", "?="
	var out strings.Builder
	room := min(encodedWordMost, headerLineMost-taken-4) // less, and go-mail leaves the first line empty
	for len(text) > 0 {
		n := (room - len(open) - len(shut)) / 4 * 3
		if n >= len(text) {
			n = len(text)
		}
		for n < len(text) && !utf8.RuneStart(text[n]) { // never within a character (RFC 2047 §5)
			n--
		}
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(open + base64.StdEncoding.EncodeToString([]byte(text[:n])) + shut)
		text, room = text[n:], encodedWordMost-1
	}
	return out.String()
}

// phrase is a display name (RFC 5322 §3.2.5): a quoted string, or encoded words.
func phrase(name string, taken int) string {
	w := words(name, taken+2)
	if strings.HasPrefix(w, "=?") {
		return w
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// address checks an addr-spec (RFC 5321 §4.1.2), and gives it in angle brackets, as a header and an envelope take it.
func address(field, addr string) (string, error) {
	if err := refuseControls(field, addr); err != nil {
		return "", err
	}
	a, err := mail.ParseAddress("<" + addr + ">")
	if err != nil || a.Name != "" {
		return "", tidings.Invalidf(field, "%q is not an address", addr)
	}
	at := strings.LastIndexByte(a.Address, '@') // there is one, or it had not been parsed
	local, domain := a.Address[:at], a.Address[at+1:]
	if len(local) > 64 || len(domain) > 255 || domain == "" || !isASCII(domain) { // RFC 5321 §4.5.3.1
		return "", tidings.Invalidf(field, "%q is not an address that mail can reach", addr)
	}
	return (&mail.Address{Address: a.Address}).String(), nil
}

// needsUTF8 reports whether only a relay with SMTPUTF8 (RFC 6531) can take the address.
func needsUTF8(addr string) bool { return !isASCII(addr) }
