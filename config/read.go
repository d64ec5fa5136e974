package config

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// readFile fills the configuration from TOML. A value that it cannot take keeps its default, so that the rest is checked too; of a file
// that is no TOML there is nothing to check: false.
func (p *problems) readFile(data []byte, c *Config) bool {
	p.findLines(data)
	var values map[string]any
	if err := toml.Unmarshal(data, &values); err != nil {
		p.syntax(err)
		return false
	}
	p.readSources(data, values, c)
	p.readDKIM(data, values, c)
	p.readRelays(data, values, c)
	p.readWebhooks(data, values, c)
	known := map[string]key{}
	for _, k := range keys(c) {
		known[k.name] = k
	}
	p.fill(values, "", known)
	return true
}

// fill takes the values below the prefix.
func (p *problems) fill(values map[string]any, prefix string, known map[string]key) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		path := prefix + name
		if k, ok := known[path]; ok {
			if reason := k.set(values[name]); reason != "" {
				p.add(path, "%s", reason)
			}
			continue
		}
		table, isTable := values[name].(map[string]any)
		if isTable && section(path, known) {
			p.fill(table, path+".", known)
			continue
		}
		p.add(path, "is unknown%s", suggestion(path, known))
	}
}

// section reports whether any key is in the table of that name.
func section(name string, known map[string]key) bool {
	for k := range known {
		if strings.HasPrefix(k, name+".") {
			return true
		}
	}
	return false
}

// syntax reports what is no TOML. Only the place: the reader's own words may quote what stands there, a secret perhaps.
func (p *problems) syntax(err error) {
	problem := Problem{File: p.file, Reason: "is not TOML"}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, column := at.Position()
		problem.Line = line
		problem.Reason = "is not TOML from column " + strconv.Itoa(column) +
			" on: look for a missing quote, bracket or equals sign, or a key that stands twice"
	}
	p.all = append(p.all, problem)
}

// findLines notes where each key and section stands, as far as the text can be read.
func (p *problems) findLines(data []byte) {
	var parser unstable.Parser
	parser.Reset(data)
	prefix := ""
	for parser.NextExpression() {
		switch e := parser.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			prefix = p.note(data, "", e.Key()) + "."
		case unstable.KeyValue:
			p.noteKey(data, prefix, e)
		}
	}
}

func (p *problems) noteKey(data []byte, prefix string, kv *unstable.Node) {
	path := p.note(data, prefix, kv.Key())
	if kv.Value().Kind == unstable.InlineTable {
		for inner := kv.Value().Children(); inner.Next(); {
			p.noteKey(data, path+".", inner.Node())
		}
	}
}

// note keeps the first line of each part of a dotted key, and gives the whole path.
func (p *problems) note(data []byte, prefix string, key unstable.Iterator) string {
	path := strings.TrimSuffix(prefix, ".")
	for key.Next() {
		if path != "" {
			path += "."
		}
		path += string(key.Node().Data)
		if _, seen := p.lines[path]; !seen {
			p.lines[path] = 1 + bytes.Count(data[:key.Node().Raw.Offset], []byte("\n"))
		}
	}
	return path
}

// readEnvironment lays the TIDINGS_ variables over the configuration. An empty one counts. Others are not ours, unless they look like
// what was meant for us.
func (p *problems) readEnvironment(variables []string, c *Config) {
	set := map[string]string{}
	for _, v := range variables {
		if name, value, ok := strings.Cut(v, "="); ok {
			set[name] = value
		}
	}
	p.strayVariables(set, c)
	p.misspeltVariables(set, c)
	for _, k := range append(keys(c), tableKeys(c)...) {
		value, ok := set[k.variable()]
		if !ok || ofKubernetes(set, k.variable()) {
			continue
		}
		p.env[k.name] = k.variable()
		if reason := k.set(k.fromText(value)); reason != "" {
			p.add(k.name, "%s", reason)
		}
	}
}

// fromText is a variable's text as TOML's reader would give it: numbers in digits, true or false, lists with commas.
func (k key) fromText(s string) any {
	switch {
	case k.number != nil:
		if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
			return n
		}
	case k.flag != nil:
		switch strings.TrimSpace(s) {
		case "true":
			return true
		case "false":
			return false
		}
	case k.list != nil:
		list := []any{}
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return list
	}
	return s
}
