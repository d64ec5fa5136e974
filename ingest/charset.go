package ingest

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/korean"
	encodingunicode "golang.org/x/text/encoding/unicode"
)

// decode makes UTF-8 of octets, whatever was declared of them: a mark at the beginning and the octets themselves count for
// more than a label. note says what was done where the label was wrong or missing; "" where all was well.
func decode(raw []byte, label string) (text, note string) {
	if e, marked := utf16Mark(raw); marked {
		return decoded(raw, e), ""
	}
	switch {
	case bytes.HasPrefix(raw, []byte(byteOrderMark)):
		return strings.ToValidUTF8(string(raw[len(byteOrderMark):]), "\ufffd"), ""
	case bytes.HasPrefix(raw, []byte{'<', 0}), bytes.HasPrefix(raw, []byte{'{', 0}):
		return decoded(raw, encodingunicode.UTF16(encodingunicode.LittleEndian, encodingunicode.IgnoreBOM)), ""
	case bytes.HasPrefix(raw, []byte{0, '<'}), bytes.HasPrefix(raw, []byte{0, '{'}):
		return decoded(raw, encodingunicode.UTF16(encodingunicode.BigEndian, encodingunicode.IgnoreBOM)), ""
	}
	declared, err := htmlindex.Get(strings.TrimSpace(label))
	wide := bytes.ContainsFunc(raw, func(r rune) bool { return r > unicode.MaxASCII })
	switch {
	case utf8.Valid(raw) && (!wide || err != nil || !sevenBit(declared)):
		if wide && err == nil && !isUTF8(declared) {
			note = "wrong encoding: it says " + label + " and is UTF-8"
		}
		return string(raw), note
	case err == nil && !isUTF8(declared):
		return decoded(raw, declared), ""
	}
	guess, name := guessed(raw)
	return decoded(raw, guess), "wrong encoding: it is not UTF-8 and was read as " + name
}

// oldText reads a file that an older machine wrote, in UTF-16 with its mark, in CP949 or in Windows-1252; note names which. It is
// false for what is none of them: UTF-8 that was damaged must not be taken for another encoding, nor what is no text.
func oldText(raw []byte) (text, note string, ok bool) {
	text, note = decode(raw, "")
	if _, marked := utf16Mark(raw); marked {
		return text, "wrong encoding: it is not UTF-8 and was read as utf-16", !strings.ContainsAny(text, "\x00\ufffd")
	}
	if _, name := guessed(raw); name == "windows-1252" {
		for rest := raw; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			if r != utf8.RuneError && size > 1 {
				return "", "", false
			}
			rest = rest[size:]
		}
	}
	return text, note, !strings.ContainsAny(text, "\x00\ufffd")
}

// utf16Mark tells UTF-16 by its byte order mark.
func utf16Mark(raw []byte) (e encoding.Encoding, marked bool) {
	marked = bytes.HasPrefix(raw, []byte{0xff, 0xfe}) || bytes.HasPrefix(raw, []byte{0xfe, 0xff})
	return encodingunicode.UTF16(encodingunicode.LittleEndian, encodingunicode.UseBOM), marked
}

// sevenBit: text in these is ASCII whose meaning is hidden behind escapes, so that being valid UTF-8 says nothing.
func sevenBit(e encoding.Encoding) bool {
	name, err := htmlindex.Name(e)
	return err == nil && (name == "iso-2022-jp" || strings.HasPrefix(name, "utf-16"))
}

func isUTF8(e encoding.Encoding) bool {
	name, err := htmlindex.Name(e)
	return err == nil && name == "utf-8"
}

// guessed is what text that is not UTF-8 and says nothing of itself most likely is: Korean where all of it can be read so and
// most of what is not ASCII is Hangul, else Western European.
func guessed(raw []byte) (e encoding.Encoding, name string) {
	hangul, other := 0, 0
	for _, r := range decoded(raw, korean.EUCKR) {
		switch {
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case r > unicode.MaxASCII:
			other++
		}
	}
	if hangul > other {
		return korean.EUCKR, "cp949"
	}
	return charmap.Windows1252, "windows-1252"
}

// decoded reads the octets; what cannot be read becomes U+FFFD.
func decoded(raw []byte, e encoding.Encoding) string {
	out, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\ufffd")
	}
	return string(out)
}
