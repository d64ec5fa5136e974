package feed

import (
	"encoding/xml"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// clean leaves the characters that every XML 1.0 parser takes (§2.2) and drops the rest, with bytes that are not UTF-8
// and those that feed validators call bad: C1 controls and U+FFFD, the trace of an earlier mistake. Line ends become \n,
// which is what an XML parser makes of them anyway (§2.11).
func clean(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return r
		case r == '\r':
			return '\n'
		case r < ' ' || 0x7F <= r && r <= 0x9F || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

// oneLine is clean text on one line, for titles, names and labels. A no-break space stays one.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(clean(s), func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n'
	}), " ")
}

// asciiURL percent-escapes what may not stand in a URI (RFC 3986 §2) and leaves the rest, also escapes, as it is.
func asciiURL(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7F || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// plainText is plain text where RSS does not say whether it is text or HTML: a title, a name. Most readers get `&` and `<`
// right when they come as hexadecimal references; escaped twice, half of them would show the escapes.
type plainText string

// MarshalXML writes the text with references of our choice; encoding/xml would write &lt; and &amp;.
func (t plainText) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement(struct {
		Escaped string `xml:",innerxml"`
	}{strings.NewReplacer("&", "&#x26;", "<", "&#x3C;", ">", "&#x3E;").Replace(string(t))}, start)
}

// asHTML is plain text where RSS wants HTML: a description.
func asHTML(text string) string { return html.EscapeString(text) }

// languageName is what speakers of a language call it, as a reader would look for it in a list; the tag for one that is
// not known here. What follows the language in its tag is kept, so that two tags never share a name: "Português (BR)".
func languageName(tag string) string {
	base, rest, _ := strings.Cut(oneLine(tag), "-")
	name := endonym(strings.ToLower(base))
	switch {
	case name == "":
		return oneLine(tag)
	case rest != "":
		return name + " (" + rest + ")"
	}
	return name
}

// endonym covers the official languages of the United Nations and those with the most speakers or newsrooms beside them.
func endonym(base string) string {
	switch base {
	case "ar":
		return "العربية"
	case "de":
		return "Deutsch"
	case "en":
		return "English"
	case "es":
		return "Español"
	case "fr":
		return "Français"
	case "hi":
		return "हिन्दी"
	case "id":
		return "Bahasa Indonesia"
	case "it":
		return "Italiano"
	case "ja":
		return "日本語"
	case "ko":
		return "한국어"
	case "nl":
		return "Nederlands"
	case "pl":
		return "Polski"
	case "pt":
		return "Português"
	case "ru":
		return "Русский"
	case "tr":
		return "Türkçe"
	case "uk":
		return "Українська"
	case "vi":
		return "Tiếng Việt"
	case "zh":
		return "中文"
	}
	return ""
}
