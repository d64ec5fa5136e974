package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// value is what a key of a YAML or TOML file holds, with its line. Exactly one of list and table is set for those; a
// scalar is its text.
type value struct {
	line  int
	text  string
	list  []value
	table map[string]value
	kind  valueKind
}

type valueKind string

const (
	aScalar valueKind = "a single value"
	aList   valueKind = "a list"
	aTable  valueKind = "a table"
)

// trouble is what is wrong at a line of a file.
type trouble struct {
	line   int
	reason string
}

func (t *trouble) Error() string { return t.reason }

// readTOML reads a whole TOML text. The first line of the text is line first of the file.
func readTOML(text string, first int) (value, error) {
	var values map[string]any
	if err := toml.Unmarshal([]byte(text), &values); err != nil {
		line, reason := 1, err.Error()
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, _ = at.Position()
		}
		return value{}, &trouble{line: first + line - 1, reason: "this is not TOML: " + strings.TrimPrefix(reason, "toml: ")}
	}
	return fromTOML(values, "", first, tomlLines([]byte(text), first)), nil
}

func fromTOML(v any, path string, line int, lines map[string]int) value {
	if l, ok := lines[path]; ok {
		line = l
	}
	switch v := v.(type) {
	case map[string]any:
		out := value{line: line, kind: aTable, table: map[string]value{}}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out.table[key] = fromTOML(v[key], path+"."+key, line, lines)
		}
		return out
	case []any:
		out := value{line: line, kind: aList}
		for i, e := range v {
			out.list = append(out.list, fromTOML(e, path+"."+strconv.Itoa(i), line, lines))
		}
		return out
	case time.Time:
		return value{line: line, kind: aScalar, text: v.Format(time.RFC3339)}
	}
	return value{line: line, kind: aScalar, text: fmt.Sprint(v)} // local dates and times write themselves as TOML does
}

// tomlLines is the line of each key and each table of the text, by its path (".topic.0.name.en"). The text has been
// read without error before.
func tomlLines(text []byte, first int) map[string]int {
	lines := map[string]int{}
	count := map[string]int{}
	prefix := ""
	var p unstable.Parser
	p.Reset(text)
	note := func(prefix string, key unstable.Iterator) string {
		path := prefix
		for key.Next() {
			path += "." + string(key.Node().Data)
			if n := count[path]; n > 0 && prefix == "" {
				path += "." + strconv.Itoa(n-1) // below the newest of an array of tables
			}
			line := first + bytes.Count(text[:key.Node().Raw.Offset], []byte("\n"))
			if _, seen := lines[path]; !seen {
				lines[path] = line
			}
		}
		return path
	}
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table:
			prefix = note("", e.Key())
		case unstable.ArrayTable:
			prefix = nextTable(e, count)
			note("", e.Key())
		case unstable.KeyValue:
			path := note(prefix, e.Key())
			noteInline(e.Value(), path, note)
		}
	}
	return lines
}

// nextTable counts one more table of an array and gives its path.
func nextTable(e *unstable.Node, count map[string]int) string {
	path := ""
	for key := e.Key(); key.Next(); {
		path += "." + string(key.Node().Data)
		if key.IsLast() {
			break
		}
		if n := count[path]; n > 0 {
			path += "." + strconv.Itoa(n-1)
		}
	}
	count[path]++
	return path + "." + strconv.Itoa(count[path]-1)
}

// noteInline notes the keys of inline tables, also of those in an array.
func noteInline(v *unstable.Node, path string, note func(string, unstable.Iterator) string) {
	switch v.Kind {
	case unstable.InlineTable:
		for kv := v.Children(); kv.Next(); {
			noteInline(kv.Node().Value(), note(path, kv.Node().Key()), note)
		}
	case unstable.Array:
		i := 0
		for e := v.Children(); e.Next(); i++ {
			noteInline(e.Node(), path+"."+strconv.Itoa(i), note)
		}
	}
}
