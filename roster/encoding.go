package roster

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// sampleSize is how much of a table is looked at to tell how it is written.
const sampleSize = 64 << 10

// unicodeOf reads a table as UTF-8, without its mark: spreadsheets write UTF-16 too, with one.
func unicodeOf(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, sampleSize)
	head, _ := b.Peek(len(byteOrderMark)) // a shorter file has a shorter head
	switch {
	case string(head) == byteOrderMark:
		_, _ = b.Discard(len(byteOrderMark))
	case len(head) >= 2 && head[0] == 0xff && head[1] == 0xfe:
		return &wide{r: b, low: 0}
	case len(head) >= 2 && head[0] == 0xfe && head[1] == 0xff:
		return &wide{r: b, low: 1}
	}
	return b
}

// ofMac reads a table whose first line ends with CR alone, as some spreadsheets save it, with LF for whatever ends its lines.
func ofMac(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, sampleSize)
	sample, _ := b.Peek(sampleSize) // a shorter file is a shorter sample
	if end := bytes.IndexAny(sample, "\r\n"); end < 0 || sample[end] == '\n' || bytes.HasPrefix(sample[end:], []byte("\r\n")) {
		return b
	}
	return &lineEnds{r: b}
}

// lineEnds makes LF of CR, and of CR LF.
type lineEnds struct {
	r     io.Reader
	after bool // a CR was the last that was read
}

func (l *lineEnds) Read(p []byte) (int, error) {
	for {
		n, err := l.r.Read(p)
		out := p[:0]
		for _, c := range p[:n] {
			switch {
			case c == '\r':
				out = append(out, '\n')
			case c != '\n' || !l.after:
				out = append(out, c)
			}
			l.after = c == '\r'
		}
		if len(out) > 0 || err != nil || len(p) == 0 {
			return len(out), err
		}
	}
}

// wide reads UTF-16 as UTF-8 (RFC 2781). What is none becomes U+FFFD.
type wide struct {
	r       *bufio.Reader
	low     int    // which octet of two is the low one
	left    []byte // decoded, and not read yet
	pending rune   // the first half of a pair; 0: none
	begun   bool
	err     error
}

func (w *wide) Read(p []byte) (int, error) {
	for len(w.left) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		w.fill()
	}
	n := copy(p, w.left)
	w.left = w.left[n:]
	return n, nil
}

// fill decodes some more.
func (w *wide) fill() {
	out := w.left[:0]
	for len(out) < 4096 && w.err == nil {
		var pair [2]byte
		if _, err := io.ReadFull(w.r, pair[:]); err != nil {
			if err == io.ErrUnexpectedEOF { //nolint:errorlint // ReadFull's own: half a character is no fault of the disk
				out, err = utf8.AppendRune(out, utf8.RuneError), io.EOF
			}
			if w.pending != 0 {
				out = utf8.AppendRune(out, utf8.RuneError)
			}
			w.err = err
			break
		}
		out = w.unit(out, rune(pair[w.low])|rune(pair[1-w.low])<<8)
	}
	w.left = out
}

// unit decodes 16 bits.
func (w *wide) unit(out []byte, u rune) []byte {
	first := !w.begun
	w.begun = true
	if w.pending != 0 {
		whole := utf16.DecodeRune(w.pending, u)
		w.pending = 0
		out = utf8.AppendRune(out, whole)
		if whole != utf8.RuneError {
			return out
		}
	}
	switch {
	case first && u == 0xfeff: // the mark
	case u >= 0xd800 && u < 0xdc00:
		w.pending = u
	default:
		out = utf8.AppendRune(out, u) // a second half alone becomes U+FFFD
	}
	return out
}
