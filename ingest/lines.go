package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// longestLine is in octets. A release in one line takes some 5 KB; a line this long is no text.
const longestLine = 1 << 20

// lines reads a text line by line, without their ends and the blanks before these. What is wrong with a line is told
// and the next one read.
type lines struct {
	r      *bufio.Reader
	number int // of the line read last, from 1
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

// next gives a line, or what is wrong with it; io.EOF behind the last.
func (l *lines) next() (line, problem string, err error) {
	var text []byte
	tooLong := false
	for {
		part, err := l.r.ReadSlice('\n')
		if len(text)+len(part) > longestLine {
			tooLong = true
		} else {
			text = append(text, part...)
		}
		if err == nil {
			break
		}
		if errors.Is(err, io.EOF) && (len(text) > 0 || tooLong) {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", "", err
		}
	}
	l.number++
	if l.number == 1 {
		text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	}
	switch {
	case tooLong:
		return "", fmt.Sprintf("the line is longer than %d MB: this is no text of a release", longestLine>>20), nil
	case !utf8.Valid(text):
		return "", notUTF8, nil
	}
	return strings.TrimRight(string(text), " \t\r\n"), "", nil
}
