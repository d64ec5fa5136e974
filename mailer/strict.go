package mailer

import (
	"bufio"
	"errors"
	"io"
)

// wholeLines passes lines that have their end. Go's textproto takes what comes before the end of a connection for a line: then
// half a reply would be one, and a mail of unknown fate sent, or refused.
type wholeLines struct {
	from *bufio.Reader
	rest []byte // of the last line; it stands in the buffer of from
}

// Read gives the next octets; a connection that ends within a line gives none of that line.
func (l *wholeLines) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		line, err := l.from.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0:
			return 0, io.ErrUnexpectedEOF
		case err != nil && !errors.Is(err, bufio.ErrBufferFull): // a line longer than that is no reply
			return 0, err
		}
		l.rest = line
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
