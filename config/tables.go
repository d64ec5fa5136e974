package config

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/tidings/tidings"
)

// readTables takes the tables [[name]] out of the values, or [[section.name]] out of those of a section. begin makes room for one, and
// gives what fills it, by key: the reason why a value cannot be taken is "" where it can.
func (p *problems) readTables(data []byte, values map[string]any, name string, begin func() map[string]func(v any) (reason string)) {
	leaf := name
	if section, inside, ok := strings.Cut(name, "."); ok {
		values, _ = values[section].(map[string]any)
		leaf = inside
	}
	tables, ok := values[leaf].([]any)
	if values[leaf] != nil && !ok {
		p.add(name, "must be tables of their own: begin each with a line [[%s]]", name)
	}
	delete(values, leaf)
	p.findTableLines(data, name)
	for i, table := range tables {
		keys, ok := table.(map[string]any)
		if !ok {
			p.add(name, "must be tables of their own: begin each with a line [[%s]]", name)
			continue
		}
		set := begin()
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			if set[k] == nil {
				p.add(tableKey(name, i, k), "is unknown%s", tidings.DidYouMean(k, slices.Sorted(maps.Keys(set))))
			} else if reason := set[k](keys[k]); reason != "" {
				p.add(tableKey(name, i, k), "%s", reason)
			}
		}
	}
}

// setters are what fills the places of keys, by name.
func setters(keys []key) map[string]func(v any) (reason string) {
	set := make(map[string]func(any) string, len(keys))
	for _, k := range keys {
		set[k.name] = k.set
	}
	return set
}

// tableKeys are the keys of the tables that may hold secrets, and so can come from the environment, by whole names: "relay.1.password".
func tableKeys(c *Config) []key {
	var all []key
	add := func(name string, i int, keys []key) {
		for _, k := range keys {
			k.name = tableKey(name, i, k.name)
			all = append(all, k)
		}
	}
	for i := range c.Relays {
		add(relayTable, i, c.Relays[i].keys())
	}
	for i := range c.Bounce.Webhooks {
		add(webhookTable, i, c.Bounce.Webhooks[i].keys())
	}
	return all
}

// tableKey names a key of the i-th table as people count them: "source.1.url".
func tableKey(name string, i int, k string) string { return name + "." + strconv.Itoa(i+1) + "." + k }

// findTableLines notes where each table of the name and its keys stand, as far as the text can be read.
func (p *problems) findTableLines(data []byte, wanted string) {
	var parser unstable.Parser
	parser.Reset(data)
	count, inside := 0, false
	line := func(it unstable.Iterator) (name string, number int) {
		var names []string
		for it.Next() {
			names = append(names, string(it.Node().Data))
			number = 1 + bytes.Count(data[:it.Node().Raw.Offset], []byte("\n"))
		}
		return strings.Join(names, "."), number
	}
	for parser.NextExpression() {
		switch e := parser.Expression(); e.Kind {
		case unstable.ArrayTable:
			name, number := line(e.Key())
			if inside = name == wanted; inside {
				count++
				p.lines[wanted+"."+strconv.Itoa(count)] = number
			}
		case unstable.Table:
			inside = false
		case unstable.KeyValue:
			if name, number := line(e.Key()); inside {
				p.lines[tableKey(wanted, count-1, name)] = number
			}
		}
	}
}
