package roster

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/tidings/tidings"
)

// Limits of a table.
const (
	largestRow  = 1 << 20 // octets: what stands in one pair of quotes grows until they end
	mostColumns = 1000
)

// table reads rows as RFC 4180 has them and as spreadsheets write them: with commas, semicolons or tabs, with cells of several
// lines, in UTF-8 or UTF-16.
type table struct {
	name   string
	raw    *counter
	limit  *rowLimit
	ahead  *bufio.Reader // what rows reads next
	rows   *csv.Reader
	header []string
	behind int // the line after the row read last
}

// openTable reads the heading. A fault of the file is an InvalidError.
func openTable(r io.Reader, name string) (*table, error) {
	raw := &counter{r: r}
	limit := &rowLimit{r: ofMac(unicodeOf(raw)), left: largestRow}
	ahead := bufio.NewReaderSize(limit, sampleSize)
	t := &table{name: name, raw: raw, limit: limit, ahead: ahead, rows: csv.NewReader(ahead)}
	t.rows.Comma = separator(ahead)
	t.rows.FieldsPerRecord, t.rows.ReuseRecord = -1, true
	cells, err := t.rows.Read()
	if err == nil && strings.HasPrefix(cells[0], "sep=") {
		t.limit.left = largestRow
		cells, err = t.rows.Read() // a line for Excel alone
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, tidings.Invalidf(name, "is empty")
	case err != nil:
		return nil, t.fault(1, "this is no table: %v", err)
	case len(cells) > mostColumns:
		return nil, t.fault(1, "there are %d columns, %d are the limit", len(cells), mostColumns)
	}
	for i, h := range cells {
		if h = strings.TrimSpace(h); h == "" {
			h = fmt.Sprintf("column %d", i+1)
		}
		if !utf8.ValidString(h) || strings.ContainsRune(h, 0) {
			return nil, t.fault(1, "this is neither UTF-8 nor UTF-16: save it as \"CSV UTF-8\"")
		}
		t.header = append(t.header, h)
	}
	line, _ := t.rows.FieldPos(len(cells) - 1)
	t.behind = line + 1
	return t, nil
}

func (t *table) fault(line int, format string, args ...any) error {
	return tidings.Invalidf(fmt.Sprintf("%s:%d", t.name, line), format, args...)
}

// errTorn is in an error behind which the file cannot be read on.
var errTorn = errors.New("the rest of the file")

// next gives the cells of the next row that is not empty, until the one after it is asked for. A row that is no row of this table
// is an InvalidError, and those behind it still come, unless errTorn is in it. io.EOF: there is no more.
func (t *table) next() (cells []string, line int, err error) {
	for {
		t.limit.left = largestRow
		cells, err = t.rows.Read()
		if len(cells) > 0 {
			line, _ = t.rows.FieldPos(0)
		}
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil, 0, io.EOF
		case errors.Is(err, errLongRow):
			return nil, t.behind, fmt.Errorf("%w%w", t.fault(t.behind,
				"a row is larger than %d MB, and from here to the end nothing was taken%s: is a quote missing that ends a cell? ",
				largestRow>>20, t.raw.unread()), errTorn)
		case errors.As(err, &parse):
			t.behind = parse.Line + 1
			return nil, parse.StartLine, t.misquoted(parse)
		case err != nil:
			return nil, 0, fmt.Errorf("read %s: %w", t.name, err)
		}
		last, _ := t.rows.FieldPos(len(cells) - 1)
		if t.behind = last + strings.Count(cells[len(cells)-1], "\n") + 1; empty(cells) {
			continue
		}
		return cells, line, t.check(cells, line)
	}
}

// check says why a row's cells cannot be told to their columns, or not be read. Empty cells too many mean nothing.
func (t *table) check(cells []string, line int) error {
	if len(cells) < len(t.header) || !empty(cells[len(t.header):]) {
		return t.fault(line, "has %d cells, the heading has %d: is a quote or a separator missing?", len(cells), len(t.header))
	}
	for i, cell := range cells {
		if !utf8.ValidString(cell) || strings.ContainsRune(cell, 0) {
			return t.fault(line, "column %d is not UTF-8: save the table as \"CSV UTF-8\"", i+1)
		}
	}
	return nil
}

// misquoted says what a quote has done, which may have taken many rows with it.
func (t *table) misquoted(e *csv.ParseError) error {
	_, err := t.ahead.Peek(1)
	switch {
	case e.Line == e.StartLine:
		return t.fault(e.StartLine, "column %d: %v", e.Column, e.Err)
	case errors.Is(err, io.EOF):
		return t.fault(e.StartLine, "from here to the end nothing was taken: the quote that opens here is never closed")
	}
	return t.fault(e.StartLine, "from here to line %d nothing was taken: the quote that opens here is not closed before line %d, column %d",
		e.Line, e.Line, e.Column)
}

func empty(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// separator is what parts the cells of the heading: what stands in it most often outside of quotes.
func separator(b *bufio.Reader) rune {
	sample, _ := b.Peek(b.Size()) // a shorter file is a shorter sample
	line, _, _ := bytes.Cut(sample, []byte("\n"))
	if bytes.HasPrefix(line, []byte("sep=")) && len(line) > 4 && strings.IndexByte(",;\t|", line[4]) >= 0 {
		return rune(line[4])
	}
	best, most := ',', 0
	for _, candidate := range ",;\t|" {
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
	left int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left < -sampleSize { // the reader behind it reads ahead
		return 0, errLongRow
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}
