package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// JSONLines reads a text of one JSON object a line. Keys are found as the columns of a table are, those of objects in objects by
// their path ("meta.headline"). A line that is broken comes as an Item with Err, and those behind it still come.
func JSONLines(r io.Reader, name string, opts TableOptions) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		in, t := newLines(r), newSheet(name, opts)
		plans := map[string]plan{}
		for {
			line, problem, err := in.next()
			item := Item{File: name, Line: in.number}
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				item.Err = fmt.Errorf("read %s: %w", name, err)
			case problem != "":
				item.Err = fault(name, in.number, "%s", problem)
			case strings.TrimSpace(line) == "":
				continue
			default:
				item = t.object(line, in.number, plans)
			}
			if !yield(item) || err != nil {
				return
			}
		}
	}
}

// plan is where the keys of a release are in objects that have the same keys.
type plan struct {
	found map[string]string
	left  []string // that no key of a release is in
	err   error
}

// mostPlans bounds what is remembered of objects that are all different.
const mostPlans = 1000

// object makes a release of one line.
func (t *sheet) object(line string, number int, plans map[string]plan) Item {
	item := Item{File: t.name, Line: number}
	values, err := flat(line)
	if err != nil {
		item.Err = fault(t.name, number, "%v", err)
		return item
	}
	have := slices.Sorted(maps.Keys(values))
	keys := strings.Join(have, "\x00")
	p, known := plans[keys]
	if !known {
		p.found, p.left, p.err = t.opts.present(have)
		if len(plans) < mostPlans {
			plans[keys] = p
		}
	}
	if p.err != nil {
		item.Err = fault(t.name, number, "%v", p.err)
		return item
	}
	rec := row{cells: map[string]string{}, lists: map[string][]string{}}
	for key, path := range p.found {
		v := values[path]
		rec.cells[key] = strings.Join(v.words, ", ")
		if v.list {
			rec.lists[key] = v.words
		}
	}
	item = t.item(rec, number)
	for _, key := range p.left {
		if !t.told[key] && len(t.told) < mostTold {
			t.told[key] = true
			item.Notes = append(item.Notes, NotTaken+": "+key)
		}
	}
	return item
}

// present is columns for one object, which may lack what others have: only what every release needs must be there.
func (o TableOptions) present(have []string) (found map[string]string, left []string, err error) {
	wanted := o
	wanted.Columns = map[string]string{}
	for key, path := range o.Columns {
		switch k := columnKey(key); {
		case k == "", k == "title", k == "body", k == "date", slices.Contains(have, path):
			wanted.Columns[key] = path
		}
	}
	return wanted.columns(have)
}

// jsonValue is a value of an object as words: one, or those of a list.
type jsonValue struct {
	words []string
	list  bool
}

// flat reads an object; values in objects go by their path. A list of objects is the list of what they are called by.
func flat(line string) (map[string]jsonValue, error) {
	var object map[string]any
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, jsonTrouble(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("column %d: something stands behind the object: one object a line", d.InputOffset())
	}
	if object == nil {
		return nil, errors.New("null is no object")
	}
	out := map[string]jsonValue{}
	flatten(object, "", out)
	return out, nil
}

func flatten(object map[string]any, prefix string, out map[string]jsonValue) {
	for key, v := range object {
		switch v := v.(type) {
		case map[string]any:
			flatten(v, prefix+key+".", out)
		case []any:
			var words []string
			for _, e := range v {
				if o, isObject := e.(map[string]any); isObject {
					e = called(o)
				}
				if s := scalar(e); s != "" {
					words = append(words, s)
				}
			}
			out[prefix+key] = jsonValue{words: words, list: true}
		case nil:
		default:
			out[prefix+key] = jsonValue{words: []string{scalar(v)}}
		}
	}
}

// called is what an object in a list is known by.
func called(o map[string]any) any {
	for _, key := range []string{"name", "title", "label", "url", "href", "slug", "term", "id"} {
		if v, ok := o[key]; ok && scalar(v) != "" {
			return v
		}
	}
	return nil
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return norm.NFC.String(v)
	case json.Number, bool:
		return fmt.Sprint(v)
	}
	return ""
}

// jsonTrouble says in which column a line stops being JSON.
func jsonTrouble(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("column %d: this is not JSON: %w", syntax.Offset, err)
	case errors.As(err, &kind):
		return fmt.Errorf("column %d: this is %s, and must be an object: {…}", kind.Offset, kind.Value)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the object does not end: one object a line, without line breaks in it")
	}
	return fmt.Errorf("this is not JSON: %w", err)
}

// looksLikeLines says whether a text begins with a line that is a whole JSON object.
func looksLikeLines(head []byte) bool {
	first, _, more := bytes.Cut(bytes.TrimSpace(head), []byte("\n"))
	return more && len(first) > 1 && first[0] == '{' && json.Valid(first)
}
