package ingest

import (
	"errors"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/tabular"
)

// largestRow is in octets.
const largestRow = 4 << 20

// CSV reads a table with a heading, as RFC 4180 has it and as spreadsheets write it: with commas, semicolons or tabs, with a byte
// order mark, with cells of several lines, in UTF-8 or in what Korean and Western European machines wrote before. A row that is
// broken comes as an Item with Err, and those behind it still come.
func CSV(r io.Reader, name string, opts TableOptions) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		note := ""
		rows, err := tabular.Open(r, name, tabular.Options{LargestRow: largestRow, Unmarked: func(sample []byte) transform.Transformer {
			if utf8.Valid(sample) {
				return transform.Nop
			}
			e, called := guessed(sample)
			note = "it is not UTF-8 and was read as " + called
			return e.NewDecoder()
		}})
		c := csvReader{sheet: newSheet(name, opts), rows: rows}
		if err == nil {
			err = c.heading()
		}
		if err != nil {
			yield(Item{File: name, Line: 1, Err: err})
			return
		}
		if said, notes := c.unused(note); said != "" && !yield(Item{File: name, Line: 1, Skipped: said, Notes: notes}) {
			return
		}
		for {
			cells, line, err := rows.Next()
			if errors.Is(err, io.EOF) || !yield(c.take(cells, line, err)) || errors.Is(err, tabular.ErrTorn) {
				return
			}
			if invalid := new(tidings.InvalidError); err != nil && !errors.As(err, &invalid) {
				return
			}
		}
	}
}

type csvReader struct {
	*sheet
	rows    *tabular.Table
	columns map[string]int // by key of a release
	left    []string       // the columns that no key is in
}

// heading finds what the columns are.
func (c *csvReader) heading() error {
	header := make([]string, len(c.rows.Header))
	for i, h := range c.rows.Header {
		header[i] = norm.NFC.String(h)
	}
	found, left, err := c.opts.columns(header)
	if err != nil {
		return c.rows.Fault(1, "%v", err)
	}
	for _, key := range []string{"title", "body", "date"} {
		if found[key] == "" {
			return c.rows.Fault(1, "no column is the release's %s: name it with --map %s=…; there are %s", key, key, strings.Join(header, ", "))
		}
	}
	c.left, c.columns = left, map[string]int{}
	for i, h := range header {
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

// take makes a release of a row's cells, or an Item of what is wrong with it.
func (c *csvReader) take(cells []string, line int, err error) Item {
	if err != nil {
		return Item{File: c.name, Line: line, Err: err}
	}
	rec := row{cells: map[string]string{}}
	for key, i := range c.columns {
		if !utf8.ValidString(cells[i]) {
			return Item{File: c.name, Line: line, Err: c.rows.Fault(line, "%s", notUTF8)}
		}
		rec.cells[key] = norm.NFC.String(cells[i])
	}
	return c.item(rec, line)
}
