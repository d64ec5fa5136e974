package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sampleSize is how much of a table is looked at to tell how it is written, in octets.
const sampleSize = 256 << 10

// separators are what may part cells.
const separators = ",;\t|"

// decoded reads a table as UTF-8, without the mark that says how it is written: spreadsheets write UTF-16 too, with one.
func decoded(r io.Reader, unmarked func(sample []byte) transform.Transformer) io.Reader {
	b := bufio.NewReaderSize(r, sampleSize)
	other := transform.Transformer(transform.Nop)
	sample, _ := b.Peek(sampleSize) // a shorter file is a shorter sample
	if unmarked != nil && !marked(sample) {
		if len(sample) == sampleSize { // the last letter may be cut
			sample = sample[:max(bytes.LastIndexByte(sample, '\n'), 0)]
		}
		other = unmarked(sample)
	}
	return transform.NewReader(b, unicode.BOMOverride(other))
}

func marked(sample []byte) bool {
	for _, mark := range []string{"\ufeff", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(sample, []byte(mark)) {
			return true
		}
	}
	return false
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

// separator is what parts the cells of the heading: what a line for Excel says, else what stands in it most often outside of quotes.
func separator(b *bufio.Reader) rune {
	sample, _ := b.Peek(b.Size()) // likewise
	line, _, _ := bytes.Cut(sample, []byte("\n"))
	if bytes.HasPrefix(line, []byte("sep=")) && len(line) > 4 && strings.IndexByte(separators, line[4]) >= 0 {
		return rune(line[4])
	}
	best, most := ',', 0
	for _, candidate := range separators {
		count, quoted := 0, false
		for _, r := range string(line) {
			switch {
			case r == '"':
				quoted = !quoted
			case r == candidate && !quoted:
				count++
			}
		}
		if count > most {
			best, most = candidate, count
		}
	}
	return best
}

// counter counts the octets of a file that were read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unread says how much of the file was not even read; "": it is not known.
func (c *counter) unread() string {
	file, ok := c.r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return ""
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() < c.n {
		return ""
	}
	return fmt.Sprintf(" (the last %d octets were not read)", info.Size()-c.n)
}

var errLongRow = errors.New("the row does not end")

// rowLimit ends the reading when one row asks for more than it may.
type rowLimit struct {
	r    io.Reader
	most int // octets of a row
	left int
}

// again is for the next row.
func (l *rowLimit) again() { l.left = l.most }

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left < -sampleSize { // the reader behind it reads ahead
		return 0, errLongRow
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}
