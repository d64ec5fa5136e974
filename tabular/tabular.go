package tabular

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/transform"

	"github.com/tidings/tidings"
)

// Table gives the rows of a table, as RFC 4180 has them and as spreadsheets write them: with commas, semicolons, tabs or bars, with a
// line for Excel before the heading, with cells of several lines, with the line ends of Windows and of old Macs.
type Table struct {
	// Header names the columns, without the spaces around them; one that has no name is called "column 3".
	Header []string

	name   string
	raw    *counter
	limit  *rowLimit
	ahead  *bufio.Reader // what rows reads next
	rows   *csv.Reader
	behind int // the line after the row read last
}

// Options are what a table does not say of itself.
type Options struct {
	// LargestRow is how many octets a row may have in UTF-8: what stands in one pair of quotes grows until they end.
	LargestRow int

	// Unmarked says of a table without a byte order mark, by its beginning, how it becomes UTF-8. nil: it is UTF-8.
	Unmarked func(sample []byte) transform.Transformer
}

// ErrTorn is in an error behind which the table cannot be read on.
var ErrTorn = errors.New("the table cannot be read on")

// torn is what it says, and ErrTorn.
type torn struct{ error }

func (t torn) Unwrap() []error { return []error{t.error, ErrTorn} }

// Open reads the heading of a table; its name stands in errors. What is wrong with the table itself is an InvalidError.
func Open(r io.Reader, name string, opts Options) (*Table, error) {
	raw := &counter{r: r}
	limit := &rowLimit{r: ofMac(decoded(raw, opts.Unmarked)), most: opts.LargestRow}
	ahead := bufio.NewReaderSize(limit, sampleSize)
	t := &Table{name: name, raw: raw, limit: limit, ahead: ahead, rows: csv.NewReader(ahead)}
	limit.again()
	t.rows.Comma = separator(ahead)
	t.rows.FieldsPerRecord, t.rows.ReuseRecord = -1, true
	cells, err := t.rows.Read()
	if err == nil && strings.HasPrefix(cells[0], "sep=") {
		limit.again()
		cells, err = t.rows.Read() // a line for Excel alone
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, tidings.Invalidf(name, "is empty")
	case err != nil:
		return nil, t.Fault(1, "this is no table: %v", err)
	}
	for i, h := range cells {
		if h = strings.TrimSpace(h); h == "" {
			h = fmt.Sprintf("column %d", i+1)
		}
		t.Header = append(t.Header, h)
	}
	line, _ := t.rows.FieldPos(len(cells) - 1)
	t.behind = line + 1
	return t, nil
}

// Fault is an InvalidError that names the table and the line.
func (t *Table) Fault(line int, format string, args ...any) error {
	return tidings.Invalidf(fmt.Sprintf("%s:%d", t.name, line), format, args...)
}

// Next gives the cells of the next row that is not empty, until the one after it is asked for: at least as many as Header has. Their
// encoding is not looked at. A row that is no row of this table is an InvalidError, and those behind it still come, unless ErrTorn is in it.
// io.EOF: there is no more. Behind any other error there is none either.
func (t *Table) Next() (cells []string, line int, err error) {
	for {
		t.limit.again()
		cells, err = t.rows.Read()
		if len(cells) > 0 {
			line, _ = t.rows.FieldPos(0)
		}
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil, 0, io.EOF
		case errors.Is(err, errLongRow):
			return nil, t.behind, torn{t.Fault(t.behind,
				"a row is larger than %d MB, and from here to the end nothing was taken%s: is a quote missing that ends a cell?",
				t.limit.most>>20, t.raw.unread())}
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
		// Empty cells too many mean nothing.
		if len(cells) < len(t.Header) || !empty(cells[len(t.Header):]) {
			return nil, line, t.Fault(line, "has %d cells, the heading has %d: is a quote or a separator missing?", len(cells), len(t.Header))
		}
		return cells, line, nil
	}
}

// misquoted says what a quote has done, which may have taken many rows with it.
func (t *Table) misquoted(e *csv.ParseError) error {
	_, err := t.ahead.Peek(1)
	switch {
	case e.Line == e.StartLine:
		return t.Fault(e.StartLine, "column %d: %v", e.Column, e.Err)
	case errors.Is(err, io.EOF):
		return t.Fault(e.StartLine, "from here to the end nothing was taken: the quote that opens here is never closed")
	}
	return t.Fault(e.StartLine, "from here to line %d nothing was taken: the quote that opens here is not closed before line %d, column %d",
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
