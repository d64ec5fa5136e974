package ingest

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
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
	d.page.leaveUnsaid("{{ " + short(raw) + " }}")
	return ""
}

func (d *degrader) variable(name string) (text string, known bool) {
	if text, known = d.vars[name]; known {
		return text, true
	}
	if v, ok := d.lookUp(name); ok && v.kind == aScalar {
		return oneLine(v.text), true
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

// leaveUnsaid remembers an expression that is left out.
func (pg *page) leaveUnsaid(expression string) {
	if !slices.Contains(pg.unsaid, expression) && len(pg.unsaid) < mostTold {
		pg.unsaid = append(pg.unsaid, expression)
	}
}

// tellUnsaid makes one note of all expressions that were left out.
func (pg *page) tellUnsaid() {
	const shown = 3
	switch n := len(pg.unsaid); {
	case n == 0:
	case n <= shown:
		pg.note("left out, since only the tool of the site could say what they are: %s", strings.Join(pg.unsaid, ", "))
	default:
		pg.note("left out, since only the tool of the site could say what they are: %s and %d more", strings.Join(pg.unsaid[:shown], ", "), n-shown)
	}
}

// mostIncludes bounds the files that one page may put in, also of those that put in themselves.
const mostIncludes = 50

// include is the text of another file that a tag puts in: Markdown alone, since the rest is layout. "" for what is none.
func (d *degrader) include(name string) string {
	pg := d.page
	if !isPage(name) && !strings.HasSuffix(name, ".njk") && !strings.HasSuffix(name, ".liquid") || pg.includes >= mostIncludes {
		return ""
	}
	stem := strings.TrimSuffix(name, path.Ext(name))
	dir := path.Dir(pg.path)
	places := []string{dir, path.Join(dir, "_includes"), path.Join(dir, "_partials")}
	for above := dir; above != "." && above != "/"; above = path.Dir(above) { // the nearest folder of parts, in the page's language
		places = append(places, path.Join(above, "_includes"), path.Join(above, "_partials"))
	}
	places = append(places, path.Join(pg.folder.tool.root, "_includes"), path.Join(pg.folder.tool.root, "src/_includes"), pg.folder.tool.root)
	for _, place := range places {
		p := path.Join(place, stem+".md")
		if !fs.ValidPath(p) || !pg.folder.exists(p) {
			continue
		}
		pg.includes++
		text, _, err := pg.folder.page(p)
		if err != nil {
			return ""
		}
		if m, err := splitLoose(text); err == nil {
			text = m.body
		}
		return d.run(d.tokens(d.hideCode(readable(text))))
	}
	return ""
}
