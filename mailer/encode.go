package mailer

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"
)

// The transfer encodings in use (RFC 2045 §6). Never 8bit: relays without 8BITMIME would have to recode.
type encoding string

const (
	base64Encoding  encoding = "base64"
	quotedPrintable encoding = "quoted-printable"
)

// A base64 line of 76 characters carries this many octets (RFC 2045 §6.8).
const base64LineOctets = 57

// fittest is the shorter encoding for the text: a Hangul syllable takes 4 octets in base64 and 9 in quoted-printable.
func fittest(text string) encoding {
	foreign := 0
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			foreign++
		}
	}
	if foreign*6 > len(text) {
		return base64Encoding
	}
	return quotedPrintable
}

// encode gives the text in lines of at most 76 characters. The last line of base64 has no CRLF.
func (e encoding) encode(text string) []byte {
	var out bytes.Buffer
	if e == quotedPrintable {
		w := quotedprintable.NewWriter(&out)
		_, _ = w.Write([]byte(text)) // a bytes.Buffer takes everything
		_ = w.Close()
		return out.Bytes()
	}
	for i := 0; i < len(text); i += base64LineOctets {
		if i > 0 {
			out.WriteString("\r\n")
		}
		line := text[i:min(i+base64LineOctets, len(text))]
		out.WriteString(base64.StdEncoding.EncodeToString([]byte(line)))
	}
	return out.Bytes()
}

// encodedPart is the body of a part: the head, which is the same for all and encoded already, and the tail, which holds
// the blanks and is encoded for each message. The blanks are marks still.
type encodedPart struct {
	encoding encoding
	head     []byte // ends with a line
	tail     string
	full     string // head and tail as text
}

// divide encodes a text up to the last line that no mark touches.
func divide(text string, marks ...string) encodedPart {
	p := encodedPart{encoding: fittest(text), full: text}
	first := len(text)
	for _, m := range marks {
		if i := strings.Index(text, m); i >= 0 {
			first = min(first, i)
		}
	}
	cut := first / base64LineOctets * base64LineOctets
	if p.encoding == quotedPrintable {
		cut = strings.LastIndexByte(text[:first], '\n') + 1 // an encoded line never depends on the one before it
	}
	p.head, p.tail = p.encoding.encode(text[:cut]), text[cut:]
	if p.encoding == base64Encoding && cut > 0 && p.tail != "" {
		p.head = append(p.head, "\r\n"...)
	}
	return p
}

// fill appends the part with its blanks filled.
func (p *encodedPart) fill(out []byte, blanks *strings.Replacer) []byte {
	return append(append(out, p.head...), p.encoding.encode(blanks.Replace(p.tail))...)
}

// canonical gives every line its CRLF (RFC 2046 §4.1.1), and drops what no mail may hold.
func canonical(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(text)
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\n", "\r\n")
}
