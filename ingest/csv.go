package ingest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// largestRow is in octets: what stands in one pair of quotes grows until they end.
const largestRow = 4 << 20

// CSV reads a table with a heading, as RFC 4180 has it and as spreadsheets write it: with commas, semicolons or tabs, with a byte
// order mark, with cells of several lines, in UTF-8 or in what Korean and Western European machines wrote before. A row that is
// broken comes as an Item with Err, and those behind it still come.
func CSV(r io.Reader, name string, opts TableOptions) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		in, note := unicodeOf(r)
		limit := &rowLimit{r: in}
		buffered := bufio.NewReaderSize(limit, sampleSize)
		c := csvReader{sheet: newSheet(name, opts), limit: limit, ahead: buffered, rows: csv.NewReader(buffered)}
		c.rows.Comma = separator(buffered)
		c.rows.FieldsPerRecord, c.rows.ReuseRecord = -1, true
		if err := c.heading(); err != nil {
			yield(Item{File: name, Line: 1, Err: err})
			return
		}
		if said, notes := c.unused(note); said != "" && !yield(Item{File: name, Line: 1, Skipped: said, Notes: notes}) {
			return
		}
		for {
			item, more := c.next()
			if !more || !yield(item) {
				return
			}
			if item.Err != nil && c.torn {
				return
			}
		}
	}
}

type csvReader struct {
	*sheet
	limit   *rowLimit
	ahead   *bufio.Reader // what rows reads next
	rows    *csv.Reader
	header  []string
	columns map[string]int // by key of a release
	left    []string       // the columns that no key is in
	behind  int            // the line after the row read last
	torn    bool           // the file cannot be read on
}

// heading reads the first row, which names the columns.
func (c *csvReader) heading() error {
	cells, err := c.rows.Read()
	if err == nil && len(cells) > 0 && strings.HasPrefix(cells[0], "sep=") {
		cells, err = c.rows.Read() // a line for Excel alone
	}
	switch {
	case errors.Is(err, io.EOF):
		return tidings.Invalidf(c.name, "is empty")
	case err != nil:
		return fault(c.name, 1, "this is no table: %v", err)
	}
	c.behind = 2
	for i, h := range cells {
		h = norm.NFC.String(strings.TrimSpace(h))
		if h == "" {
			h = fmt.Sprintf("column %d", i+1)
		}
		c.header = append(c.header, h)
	}
	found, left, err := c.opts.columns(c.header)
	if err != nil {
		return fault(c.name, 1, "%v", err)
	}
	for _, key := range []string{"title", "body", "date"} {
		if found[key] == "" {
			return fault(c.name, 1, "no column is the release's %s: name it with --map %s=…; there are %s", key, key, strings.Join(c.header, ", "))
		}
	}
	c.left, c.columns = left, map[string]int{}
	for i, h := range c.header {
		for key, column := range found {
			if _, have := c.columns[key]; column == h && !have {
				c.columns[key] = i
			}
		}
	}
	return nil
}

// unused says what of the table was left out as a whole.
func (c *csvReader) unused(note string) (said string, notes []string) {
	if len(c.left) > 0 {
		said, notes = "; "+NotTaken+": "+strings.Join(c.left, ", "), []string{NotTaken + ": " + strings.Join(c.left, ", ")}
	}
	if note != "" {
		said += "; " + note
	}
	if said == "" {
		return "", nil
	}
	return "the heading" + said, notes
}

// next reads a row; false behind the last.
func (c *csvReader) next() (Item, bool) {
	for {
		c.limit.left = largestRow
		cells, err := c.rows.Read()
		line := 0
		if len(cells) > 0 {
			line, _ = c.rows.FieldPos(0)
		}
		item := Item{File: c.name, Line: line}
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return item, false
		case errors.Is(err, errLongRow):
			c.torn = true
			item.Line = c.behind
			item.Err = fault(c.name, c.behind, "a row is larger than %d MB, and from here to the end nothing was taken: is a quote missing that ends a cell?", largestRow>>20)
			return item, true
		case errors.As(err, &parse):
			c.behind = parse.Line + 1
			item.Line = parse.StartLine
			item.Err = fault(c.name, parse.StartLine, "%s", c.misquoted(parse))
			return item, true
		case err != nil:
			return Item{File: c.name, Err: fmt.Errorf("read %s: %w", c.name, err)}, true
		}
		last, _ := c.rows.FieldPos(len(cells) - 1)
		if c.behind = last + strings.Count(cells[len(cells)-1], "\n") + 1; empty(cells) {
			continue
		}
		if item.Err = c.ragged(cells, line); item.Err != nil {
			return item, true
		}
		rec := row{cells: map[string]string{}}
		for key, i := range c.columns {
			if !utf8.ValidString(cells[i]) {
				item.Err = fault(c.name, line, "%s", notUTF8)
				return item, true
			}
			rec.cells[key] = norm.NFC.String(cells[i])
		}
		return c.item(rec, line), true
	}
}

// misquoted says what a quote has done, which may have taken many rows with it.
func (c *csvReader) misquoted(e *csv.ParseError) string {
	_, err := c.ahead.Peek(1)
	switch {
	case e.Line == e.StartLine:
		return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err)
	case errors.Is(err, io.EOF):
		return fmt.Sprintf("from line %d to the end nothing was taken: the quote that opens there is never closed", e.StartLine)
	}
	return fmt.Sprintf("from line %d to line %d nothing was taken: the quote that opens there is not closed before line %d, column %d",
		e.StartLine, e.Line, e.Line, e.Column)
}

// ragged says why a row's cells cannot be told to their columns. Empty cells too many mean nothing.
func (c *csvReader) ragged(cells []string, line int) error {
	if len(cells) < len(c.header) || !empty(cells[len(c.header):]) {
		return fault(c.name, line, "has %d cells, the heading has %d: is a quote or a separator missing?", len(cells), len(c.header))
	}
	return nil
}

func empty(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// sampleSize is how much of a table is looked at to tell how it is written.
const sampleSize = 256 << 10

// unicodeOf reads a table in the encoding that its beginning shows.
func unicodeOf(r io.Reader) (_ io.Reader, note string) {
	b := bufio.NewReaderSize(r, sampleSize)
	sample, _ := b.Peek(sampleSize) // a shorter file is a shorter sample
	if bytes.HasPrefix(sample, []byte(byteOrderMark)) {
		_, _ = b.Discard(len(byteOrderMark))
		return b, ""
	}
	if e, marked := utf16Mark(sample); marked {
		return e.NewDecoder().Reader(b), ""
	}
	whole := sample
	if len(sample) == sampleSize { // the last letter may be cut
		whole = sample[:max(bytes.LastIndexByte(sample, '\n'), 0)]
	}
	if utf8.Valid(whole) {
		return b, ""
	}
	e, name := guessed(whole)
	return e.NewDecoder().Reader(b), "it is not UTF-8 and was read as " + name
}

// separator is what parts the cells of the heading: what stands in it most often outside of quotes.
func separator(b *bufio.Reader) rune {
	sample, _ := b.Peek(b.Size()) // likewise
	line, _, _ := bytes.Cut(sample, []byte("\n"))
	if bytes.HasPrefix(line, []byte("sep=")) && len(line) > 4 {
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
