package ingest

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML reads a mapping. The first line of the text is line first of the file.
func readYAML(text string, first int) (value, error) {
	y := yamlReader{offset: first - 1, left: mostNodes}
	return y.read(text)
}

// readLooseYAML is readYAML for what other tools have taken: of a key that stands twice the last one counts, and a tab is
// as good as two blanks. The notes say so.
func readLooseYAML(text string, first int) (v value, notes []string, err error) {
	y := yamlReader{offset: first - 1, left: mostNodes, loose: true}
	v, err = y.read(text)
	if err != nil && strings.Contains(text, "\t") {
		again := yamlReader{offset: first - 1, left: mostNodes, loose: true}
		if v, retried := again.read(strings.ReplaceAll(text, "\t", "  ")); retried == nil {
			return v, append(again.notes, "a tab in the front matter was read as two blanks"), nil
		}
	}
	return v, y.notes, err
}

// mostNodes bounds what aliases blow up: ten lines of YAML can stand for a billion values.
const mostNodes = 20_000

type yamlReader struct {
	offset int // from a line of the text to one of the file
	left   int // nodes that may still be read
	loose  bool
	any    bool // the text may be a list too
	notes  []string
}

func (y *yamlReader) read(text string) (value, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return value{}, yamlTrouble(err, y.offset+1)
	}
	if len(doc.Content) == 0 {
		return value{line: y.offset + 1, kind: aTable}, nil
	}
	v, err := y.node(doc.Content[0])
	if err == nil && v.kind == aScalar && v.text == "" {
		return value{line: v.line, kind: aTable}, nil // comments alone
	}
	if err == nil && v.kind != aTable && !y.any {
		err = &trouble{line: v.line, reason: "the front matter must be lines of key: value"}
	}
	return v, err
}

// yamlTrouble takes the line out of the reader's words, the one place that has it: "yaml: line 2: did not find …".
func yamlTrouble(err error, first int) error {
	reason := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if at, rest, ok := strings.Cut(strings.TrimPrefix(reason, "line "), ": "); ok {
		if n, err := strconv.Atoi(at); err == nil {
			line, reason = n, rest
		}
	}
	if strings.Contains(reason, "Unicode character escape") { // JSON's halves of a character above U+FFFF: "\ud83d\ude80"
		reason += ": write the character itself"
	}
	return &trouble{line: first + line - 1, reason: "the front matter is not YAML: " + reason}
}

func (y *yamlReader) node(n *yaml.Node) (value, error) {
	v := value{line: n.Line + y.offset}
	if y.left--; y.left < 0 {
		return v, &trouble{line: v.line, reason: fmt.Sprintf("the front matter holds more than %d values once its aliases are followed", mostNodes)}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		v.kind, v.text = aScalar, n.Value
		if n.Tag == "!!null" {
			v.text = ""
		}
	case yaml.SequenceNode:
		v.kind = aList
		for _, c := range n.Content {
			e, err := y.node(c)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, e)
		}
	case yaml.MappingNode:
		return y.mapping(n, v)
	case yaml.AliasNode:
		return y.node(n.Alias)
	default:
		return v, &trouble{line: v.line, reason: "the front matter must be lines of key: value"}
	}
	return v, nil
}

// mapping reads a table. What "<<" merges in (YAML 1.1, still in use) gives way to the table's own keys.
func (y *yamlReader) mapping(n *yaml.Node, v value) (value, error) {
	v.kind, v.table = aTable, map[string]value{}
	var merged []value
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		e, err := y.node(n.Content[i+1])
		if err != nil {
			return v, err
		}
		if key.Tag == "!!merge" {
			merged = append(merged, e)
			merged = append(merged, e.list...)
			continue
		}
		if _, twice := v.table[key.Value]; twice {
			if !y.loose {
				return v, &trouble{line: key.Line + y.offset, reason: key.Value + " stands here a second time"}
			}
			y.notes = append(y.notes, "a key stands twice in the front matter, and the last one was taken: "+key.Value)
		}
		e.line = key.Line + y.offset
		v.table[key.Value] = e
	}
	for _, m := range merged {
		for key, e := range m.table {
			if _, own := v.table[key]; !own {
				v.table[key] = e
			}
		}
	}
	return v, nil
}
