package dkim

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
)

// body hashes a body in its relaxed form (RFC 6376 §3.4.4), piece by piece.
type body struct {
	sum  hash.Hash
	ends int    // ends of lines that count only when another line comes
	text bool   // a line that is not empty came
	rest []byte // the beginning of a line whose end has not come
}

func newBody() *body { return &body{sum: sha256.New()} }

// clone is a body that goes on from here by itself.
func (b *body) clone() (*body, error) {
	from, ok := b.sum.(hash.Cloner)
	if !ok {
		return nil, errors.New("dkim: SHA-256 without a way to copy its state")
	}
	to, err := from.Clone()
	if err != nil {
		return nil, err
	}
	return &body{sum: to, ends: b.ends, text: b.text, rest: bytes.Clone(b.rest)}, nil
}

func (b *body) write(p []byte) {
	if len(b.rest) > 0 {
		p = append(b.rest, p...)
	}
	out := make([]byte, 0, len(p)+2*b.ends+2)
	for {
		end := endOfLine(p)
		if end < 0 {
			break
		}
		out = b.line(out, p[:end])
		b.ends++
		p = p[end+2:]
	}
	b.rest = bytes.Clone(p)
	b.sum.Write(out)
}

// endOfLine is where the first CRLF stands; -1: nowhere. A CR or LF alone ends no line.
func endOfLine(p []byte) int {
	for from := 0; ; {
		lf := bytes.IndexByte(p[from:], '\n')
		if lf < 0 {
			return -1
		}
		if lf += from; lf > 0 && p[lf-1] == '\r' {
			return lf - 1
		}
		from = lf + 1
	}
}

// line appends what is to be hashed of a line, with the ends of the lines before it.
func (b *body) line(out, line []byte) []byte {
	if line = bytes.TrimRight(line, " \t"); len(line) == 0 {
		return out
	}
	for ; b.ends > 0; b.ends-- {
		out = append(out, "\r\n"...)
	}
	b.text = true
	return squeeze(out, line)
}

// hash ends the body.
func (b *body) hash() []byte {
	out := b.line(nil, b.rest)
	if b.text {
		out = append(out, "\r\n"...)
	}
	b.sum.Write(out)
	return b.sum.Sum(nil)
}

// squeeze appends the text with one space for each run of spaces and tabs.
func squeeze(out, text []byte) []byte {
	if bytes.IndexByte(text, '\t') < 0 && !bytes.Contains(text, []byte("  ")) {
		return append(out, text...) // most are so
	}
	gap := false
	for _, c := range text {
		if c == ' ' || c == '\t' {
			gap = true
			continue
		}
		if gap {
			out, gap = append(out, ' '), false
		}
		out = append(out, c)
	}
	if gap {
		out = append(out, ' ')
	}
	return out
}
