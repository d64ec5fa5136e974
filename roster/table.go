package roster

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tidings/tidings/tabular"
)

// Limits of a table.
const (
	largestRow  = 1 << 20 // octets
	mostColumns = 1000
)

// list is a table in UTF-8 or UTF-16: names and addresses are not guessed.
type list struct{ *tabular.Table }

// openList reads the heading. A fault of the file is an InvalidError.
func openList(r io.Reader, name string) (list, error) {
	t, err := tabular.Open(r, name, tabular.Options{LargestRow: largestRow})
	if err != nil {
		return list{}, err
	}
	if len(t.Header) > mostColumns {
		return list{}, t.Fault(1, "there are %d columns, %d are the limit", len(t.Header), mostColumns)
	}
	for _, h := range t.Header {
		if !isText(h) {
			return list{}, t.Fault(1, "this is neither UTF-8 nor UTF-16: save it as \"CSV UTF-8\"")
		}
	}
	return list{t}, nil
}

// next is the table's, of cells that can be read.
func (l list) next() (cells []string, line int, err error) {
	cells, line, err = l.Next()
	for i, cell := range cells {
		if !isText(cell) {
			return nil, line, l.Fault(line, "column %d is not UTF-8: save the table as \"CSV UTF-8\"", i+1)
		}
	}
	return cells, line, err
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
