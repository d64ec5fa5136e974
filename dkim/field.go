package dkim

import (
	"bytes"
	"encoding/base64"
)

// field is one of a header, as it stands, without its last CRLF.
type field []byte

// name is what stands before the colon.
func (f field) name() []byte {
	name, _, _ := bytes.Cut(f, []byte(":"))
	return bytes.TrimRight(name, " \t")
}

// fieldsOf cuts a header. A line that begins with white space goes on with the one before.
func fieldsOf(head []byte) (all []field) {
	for start := 0; start < len(head); {
		end := start
		for {
			n := endOfLine(head[end:])
			if n < 0 {
				return append(all, field(head[start:]))
			}
			if end += n; end+2 >= len(head) || (head[end+2] != ' ' && head[end+2] != '\t') {
				break
			}
			end += 2
		}
		all = append(all, field(head[start:end]))
		start = end + 2
	}
	return all
}

// relaxed appends the field in its relaxed form (RFC 6376 §3.4.2), without CRLF.
func (f field) relaxed(out []byte) []byte {
	name, value, _ := bytes.Cut(f, []byte(":"))
	out = append(append(out, bytes.ToLower(bytes.TrimRight(name, " \t"))...), ':')
	value = bytes.ReplaceAll(value, []byte("\r\n"), nil)
	return squeeze(out, bytes.Trim(value, " \t"))
}

// lineMost is how long a line may be, without CRLF (RFC 5322 §2.1.1: 78).
const lineMost = 76

// folder writes a field, and folds it where a line would be too long.
type folder struct {
	out    []byte
	column int
}

// add writes a word with what comes before it on the same line; on the next one that is a space.
func (f *folder) add(before, word string) {
	if f.column > 0 && f.column+len(before)+len(word) > lineMost {
		f.out, f.column, before = append(f.out, "\r\n"...), 0, " "
	}
	f.out = append(append(f.out, before...), word...)
	f.column += len(before) + len(word)
}

// base64 writes octets right behind what stands there, as many as there is room for in each line.
func (f *folder) base64(octets []byte) {
	text := base64.StdEncoding.EncodeToString(octets)
	for len(text) > 0 {
		if f.column >= lineMost {
			f.out, f.column = append(f.out, "\r\n "...), 1
		}
		n := min(lineMost-f.column, len(text))
		f.out = append(f.out, text[:n]...)
		f.column, text = f.column+n, text[n:]
	}
}
