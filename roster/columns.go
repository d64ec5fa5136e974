package roster

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// plan says which columns of a table hold what.
type plan struct {
	format string
	places map[string][]int // by key; the first column that has something in a row counts
}

// CheckColumns says which of the keys that columns are named for are none; nil: all are.
func CheckColumns(columns map[string]string) error {
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(columns)) {
		if !slices.Contains(mappable(), key) {
			faults = append(faults, tidings.Invalidf("--map", "%s is no key of a subscriber; there are %s", key, strings.Join(mappable(), ", ")))
		}
	}
	return errors.Join(faults...)
}

// planOf finds out what a heading means. named is a format's name, or "" to be told by the heading; columns are by key those that
// whoever brings the table has named.
func planOf(header []string, named string, columns map[string]string) (*plan, error) {
	folded := make([]string, len(header))
	for i, h := range header {
		folded[i] = fold(h)
	}
	f, err := formatOf(folded, named)
	if err != nil {
		return nil, err
	}
	p := &plan{format: f.name, places: map[string][]int{}}
	for key, names := range f.columns {
		for _, name := range names {
			if at := slices.Index(folded, name); at >= 0 {
				p.places[key] = append(p.places[key], at)
			}
		}
	}
	if f.name == Plain {
		p.oneEach()
	}
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(columns)) {
		at := slices.Index(header, columns[key])
		if at < 0 {
			at = slices.Index(folded, fold(columns[key]))
		}
		if at < 0 {
			faults = append(faults, tidings.Invalidf("--map", "there is no column %q; there are %s", columns[key], strings.Join(header, ", ")))
		}
		p.places[key] = []int{at}
	}
	if len(faults) == 0 && p.places[keyAddress] == nil {
		faults = append(faults, tidings.Invalidf("--map", "no column is the address: name it with --map address=…; there are %s", strings.Join(header, ", ")))
	}
	return p, errors.Join(faults...)
}

// notTaken are the columns that mean nothing here.
func (p *plan) notTaken(header []string) []string {
	var names []string
	for i, h := range header {
		taken := false
		for _, at := range p.places {
			taken = taken || slices.Contains(at, i)
		}
		if !taken {
			names = append(names, h)
		}
	}
	return names
}

// oneEach: of a table of no known kind, the surest column of each key counts and no other.
func (p *plan) oneEach() {
	for key, at := range p.places {
		p.places[key] = at[:1]
	}
}

func formatOf(folded []string, named string) (format, error) {
	for _, f := range formats() {
		switch {
		case named == f.name && f.marks != nil && !f.is(folded):
			return f, tidings.Invalidf("--format", "this is no export of %s: it has no column %s", f.name, f.missing(folded, f.marks[0]))
		case named == f.name, named == "" && (f.marks == nil || f.is(folded)):
			return f, nil
		}
	}
	return format{}, tidings.Invalidf("--format", "%q is none: there are %s", named, strings.Join(Formats(), ", "))
}

// cell is what a row has for a key, without blanks around it.
func (p *plan) cell(cells []string, key string) string {
	for _, at := range p.places[key] {
		text := strings.TrimSpace(cells[at])
		if p.format == Own {
			text = unguarded(text)
		}
		if text != "" {
			return text
		}
	}
	return ""
}
