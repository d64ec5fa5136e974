package ingest

import (
	"regexp"
	"strings"
)

var (
	quotedValue = regexp.MustCompile(`^(?:"([^"]*)"|'([^']*)')\s*(?:\||$)`)
	variable    = regexp.MustCompile(`^([A-Za-z_][\w.-]*)\s*(?:\||$)`)
	function    = regexp.MustCompile(`^[A-Za-z_][\w:.-]*\s*\(`)
)

// value is what {{ … }} says, as far as the page or the site's configuration tells. What only the tool could compute is
// left out, with a note.
func (d *degrader) value(raw string) string {
	if m := quotedValue.FindStringSubmatch(raw); m != nil {
		return m[1] + m[2] // filters such as relative_url and url leave it what it is here
	}
	if function.MatchString(raw) {
		c := newCall(expression, raw)
		c.style = angle
		if i := strings.LastIndex(c.name, "::"); i >= 0 {
			c.name = c.name[i+2:] // macros of Tera
		}
		return d.single(c)
	}
	if m := variable.FindStringSubmatch(raw); m != nil {
		if text, known := d.variable(m[1]); known {
			return text
		}
	}
	d.page.note("{{ %s }} was left out: only the tool of the site could say what it is", short(raw))
	return ""
}

func (d *degrader) variable(name string) (text string, known bool) {
	if text, known = d.vars[name]; known {
		return text, true
	}
	pg := d.page
	switch name {
	case "site.baseurl", "site.url", "site.base_url", "baseurl":
		return "", true // addresses without a host lead to this site
	case "page.url", "page.permalink":
		return destination(pg.address), pg.address != ""
	case "page.title", "title":
		return pg.fields.release.Title, true
	}
	if text, known = pg.folder.tool.variables[name]; known {
		return oneLine(text), true
	}
	key := strings.TrimPrefix(name, "page.")
	if v, ok := pg.tables[0][strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(key))]; ok && v.kind == aScalar {
		return oneLine(v.text), true
	}
	return "", false
}
