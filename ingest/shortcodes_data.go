package ingest

import (
	"path"
	"regexp"
	"strings"
)

// assignment is {% assign release = site.data.releases | where: "version", "3.3.0" | first %}, of Nunjucks set.
var assignment = regexp.MustCompile(`^(?:assign|set)\s+([A-Za-z_]\w*)\s*=\s*(\S.*)$`)

// assign remembers what a page calls a value: words, or a part of the site's data.
func (d *degrader) assign(raw string) {
	m := assignment.FindStringSubmatch(strings.Join(strings.Fields(raw), " "))
	if m == nil {
		return
	}
	steps := strings.Split(m[2], "|")
	v, known := d.lookUp(strings.TrimSpace(steps[0]))
	for _, step := range steps[1:] {
		if known {
			v, known = filtered(v, newCall(tag, strings.TrimSpace(step)))
		}
	}
	if known {
		d.values[m[1]] = v
	}
}

// lookUp is the value of an expression without filters: words in quotes, or keys with dots between.
func (d *degrader) lookUp(expression string) (v value, known bool) {
	if m := quotedValue.FindStringSubmatch(expression); m != nil {
		return value{kind: aScalar, text: m[1] + m[2]}, true
	}
	keys := strings.Split(expression, ".")
	if v, known = d.values[keys[0]]; known {
		keys = keys[1:]
	} else if len(keys) > 2 && keys[0] == "site" && keys[1] == "data" {
		v, keys = d.page.folder.data(keys[2]), keys[3:]
	} else {
		return v, false
	}
	for _, key := range keys {
		v = v.table[key]
	}
	return v, v.kind != ""
}

// filtered is a value after a filter of Liquid, of those that pick from a list.
func filtered(v value, filter *call) (value, bool) {
	args := filter.args
	switch strings.TrimSuffix(filter.name, ":") {
	case "where":
		if len(args) != 2 {
			return v, false
		}
		out := value{kind: aList}
		for _, e := range v.list {
			if e.table[args[0]].text == args[1] {
				out.list = append(out.list, e)
			}
		}
		return out, true
	case "first":
		if len(v.list) > 0 {
			return v.list[0], true
		}
	case "last":
		if len(v.list) > 0 {
			return v.list[len(v.list)-1], true
		}
	}
	return v, false
}

// data is a file of the site's data, as Jekyll and Eleventy keep it; without a kind when there is none.
func (f *folder) data(name string) value {
	if v, read := f.facts[name]; read {
		return v
	}
	f.facts[name] = value{}
	if !isWord(name) {
		return value{}
	}
	for _, dir := range []string{"_data", "src/_data"} {
		for _, ext := range []string{".yml", ".yaml", ".json"} {
			p := path.Join(f.tool.root, dir, name+ext)
			if !f.exists(p) {
				continue
			}
			y := yamlReader{left: mostFacts, loose: true, any: true} // JSON is YAML too
			if v, err := y.read(f.text(p)); err == nil {
				f.facts[name] = v
			}
		}
	}
	return f.facts[name]
}

// mostFacts bounds the values of one file of data.
const mostFacts = 200_000
