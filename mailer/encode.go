package mailer

import (
	"encoding/base64"
	"slices"
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
func (e encoding) encode(text string) []byte { return e.append(nil, []byte(text)) }

func (e encoding) append(out, text []byte) []byte {
	if e == quotedPrintable {
		return appendQuotedPrintable(out, text)
	}
	for i := 0; i < len(text); i += base64LineOctets {
		if i > 0 {
			out = append(out, "\r\n"...)
		}
		out = base64.StdEncoding.AppendEncode(out, text[i:min(i+base64LineOctets, len(text))])
	}
	return out
}

// appendQuotedPrintable encodes as mime/quotedprintable does (RFC 2045 §6.7), which takes ten times as long: every message passes here.
// Lines of the text end with CRLF.
func appendQuotedPrintable[T string | []byte](out []byte, text T) []byte {
	column := 0
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '\r' || c == '\n':
			out, column = append(out, c), 0
			continue
		case c == ' ' || c == '\t': // encoded at the end of a line, where programs on the way would drop it
			if i+1 == len(text) || text[i+1] == '\r' || text[i+1] == '\n' {
				out, column = appendEscaped(out, column, c)
				continue
			}
		case c < '!' || c > '~' || c == '=':
			out, column = appendEscaped(out, column, c)
			continue
		}
		if column == lineMost-1 {
			out, column = append(out, "=\r\n"...), 0
		}
		out, column = append(out, c), column+1
	}
	return out
}

// lineMost is how long an encoded line may be (RFC 2045 §6.7 rule 5), its soft break included.
const lineMost = 76

func appendEscaped(out []byte, column int, c byte) ([]byte, int) {
	const hex = "0123456789ABCDEF"
	if column > lineMost-4 {
		out, column = append(out, "=\r\n"...), 0
	}
	return append(out, '=', hex[c>>4], hex[c&15]), column + 3
}

// stencil is a text cut at its marks: each piece but the last is followed by a blank.
type stencil struct {
	pieces []string
	blanks []blank
}

// blank is what a mark stands for.
type blank int

const (
	blankLeave blank = iota
	blankManage
	blankAddress
	blankTo
	blankMessageID
	blankDate
	blankUnsubscribe
	blanksAll
)

// blanks are what comes into the blanks of a message.
type blanks [blanksAll]string

// cutAtMarks finds every mark in the text.
func cutAtMarks(text string, marks *blanks) (s stencil) {
	for from := 0; ; {
		i := strings.Index(text[from:], marks[0][:markSecret])
		if i < 0 {
			s.pieces = append(s.pieces, text)
			return s
		}
		from += i
		which := slices.IndexFunc(marks[:], func(mark string) bool { return strings.HasPrefix(text[from:], mark) })
		if which < 0 { // a mark that was broken
			from += markSecret
			continue
		}
		s.pieces, s.blanks = append(s.pieces, text[:from]), append(s.blanks, blank(which))
		text, from = text[from+len(marks[which]):], 0
	}
}

// append adds the text with its blanks filled.
func (s *stencil) append(out []byte, with *blanks) []byte {
	for i, b := range s.blanks {
		out = append(append(out, s.pieces[i]...), with[b]...)
	}
	return append(out, s.pieces[len(s.pieces)-1]...)
}

// encodedPart is the body of a part: the head, which is the same for all and encoded already, and the tail, which holds
// the blanks and is encoded for each message.
type encodedPart struct {
	encoding encoding
	head     []byte // ends with a line
	tail     stencil
	full     stencil // head and tail as text
}

// divide encodes a body up to the last line that no mark touches.
func divide(b body, marks *blanks) encodedPart {
	p := encodedPart{encoding: fittest(b.text), full: cutAtMarks(b.text, marks)}
	first := len(p.full.pieces[0])
	cut := first / base64LineOctets * base64LineOctets
	if p.encoding == quotedPrintable {
		cut = strings.LastIndexByte(b.text[:first], '\n') + 1 // an encoded line never depends on the one before it
		p.head = b.quoted(cut)
	} else if p.head = p.encoding.encode(b.text[:cut]); cut > 0 && cut < len(b.text) {
		p.head = append(p.head, "\r\n"...)
	}
	p.tail = cutAtMarks(b.text[cut:], marks)
	return p
}

// fill appends the part with its blanks filled.
func (p *encodedPart) fill(out []byte, with *blanks) []byte {
	var room [4 << 10]byte
	return p.encoding.append(append(out, p.head...), p.tail.append(room[:0], with))
}

// length is that of the part as encoded, with its blanks filled.
func (p *encodedPart) length(with *blanks) int {
	return len(p.head) + len(p.encoding.append(nil, p.tail.append(nil, with)))
}

// canonical gives every line its CRLF (RFC 2046 §4.1.1), and drops what no mail may hold.
func canonical(text string) string {
	if strings.IndexByte(text, '\r') >= 0 || strings.IndexByte(text, 0) >= 0 {
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(text)
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return strings.ReplaceAll(text, "\n", "\r\n")
}
