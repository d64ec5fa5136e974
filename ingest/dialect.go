package ingest

import (
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// dialect is the tool that a folder was written for.
type dialect string

const (
	plainFolder dialect = "" // nothing tells
	hugo        dialect = "hugo"
	jekyll      dialect = "jekyll"
	zola        dialect = "zola"
	eleventy    dialect = "eleventy"
	next        dialect = "next"
)

// tool is the dialect, and what its configuration says that addresses and languages hang on.
type tool struct {
	dialect
	root       string            // the folder of the site within ours: "" or "apps/site"
	content    []string          // the folders of pages, whose names stand in no address, the longest first
	host       string            // that the site was served at
	prefix     string            // of all its addresses: "/blog"
	permalinks map[string]string // by section; Jekyll's is under ""
	zone       *time.Location    // of Jekyll's addresses
	ugly       bool              // addresses end in .html
	standard   string            // language whose name stands in no address
	variables  map[string]string // what {{ site.title }} says
}

func newTool(root string) tool {
	return tool{root: root, zone: time.UTC, permalinks: map[string]string{}, variables: map[string]string{}}
}

// isMarker: the names of configuration files.
func isMarker(name string) bool {
	switch stem, ext, _ := strings.Cut(name, "."); stem {
	case "hugo", "_config", "zola":
		return slices.Contains([]string{"toml", "yaml", "yml", "json"}, ext)
	case "config":
		return slices.Contains([]string{"toml", "yaml", "yml"}, ext)
	case "eleventy":
		return strings.HasPrefix(ext, "config.")
	case "next":
		return strings.HasPrefix(ext, "config.")
	case "package":
		return ext == "json"
	}
	return strings.HasPrefix(name, ".eleventy.") // hidden, but telling
}

// readTool finds the configuration nearest to the top and reads it.
func (f *folder) readTool() tool {
	for _, p := range f.survey.markers {
		dir, base := path.Dir(p), path.Base(p)
		t := newTool(strings.TrimPrefix(dir, "."))
		if path.Base(dir) == "_default" && path.Base(path.Dir(dir)) == "config" { // Hugo's config/_default
			t.root = strings.TrimPrefix(path.Dir(path.Dir(dir)), ".")
		}
		if stem, _, _ := strings.Cut(base, "."); stem == "eleventy" || stem == "" {
			t.dialect = eleventy
		} else if stem == "next" {
			t.dialect = next
		} else if base == "package.json" {
			t.dialect = f.packaged(p)
		} else {
			t.configured(f.config(p), stem, f.tongues)
		}
		if t.dialect != plainFolder {
			t.folders()
			return t
		}
	}
	t := newTool("")
	for name := range maps.Keys(f.survey.pages) {
		if strings.Contains("/"+f.survey.pages[name][0], "/_posts/") {
			t.dialect = jekyll
		}
	}
	t.folders()
	return t
}

// packaged tells the tool from what a package.json asks for.
func (f *folder) packaged(p string) dialect {
	text := f.text(p)
	switch {
	case strings.Contains(text, `"@11ty/eleventy"`):
		return eleventy
	case strings.Contains(text, `"next":`):
		return next
	}
	return plainFolder
}

// text is a small file of the site, "" when it cannot be read.
func (f *folder) text(p string) string {
	file, err := f.fsys.Open(p)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, 1<<20))
	if err != nil {
		return ""
	}
	return string(raw)
}

// config reads a file of settings; what cannot be read has none.
func (f *folder) config(p string) value {
	text := f.text(p)
	var v value
	var err error
	switch path.Ext(p) {
	case ".toml":
		v, err = readTOML(text, 1)
	case ".json":
		v, _, err = readJSON(text, 1)
	default:
		v, _, err = readLooseYAML(strings.TrimPrefix(text, "---\n"), 1)
	}
	if err != nil {
		return value{}
	}
	return v
}

// configured takes the settings over.
func (t *tool) configured(v value, stem string, tongues *tongues) {
	keys := loweredKeys(v)
	address := keys["baseurl"].text
	switch {
	case stem == "_config":
		t.dialect = jekyll
		t.permalinks[""] = keys["permalink"].text
		t.prefix = address
		if zone, err := time.LoadLocation(keys["timezone"].text); err == nil {
			t.zone = zone
		}
		address = keys["url"].text
	case keys["base_url"].text != "":
		t.dialect, address = zola, keys["base_url"].text
		t.standard = canonicalTag(keys["default_language"].text)
	case stem == "hugo" || address != "" || keys["permalinks"].kind == aTable || keys["contentdir"].text != "":
		t.dialect = hugo
		t.hugo(keys)
	default:
		return
	}
	for name, e := range v.table {
		if e.kind == aScalar {
			t.variables["site."+name] = e.text
		}
	}
	for name, e := range keys["languages"].table {
		tongues.add(name)
		if dir := loweredKeys(e)["contentdir"].text; dir != "" {
			tongues.named(path.Join(t.root, dir), name)
		}
	}
	if u, err := url.Parse(address); err == nil {
		t.host = u.Host
		if t.prefix == "" {
			t.prefix = u.Path
		}
	}
	t.prefix = strings.TrimSuffix(t.prefix, "/")
}

// hugo reads what Hugo alone has.
func (t *tool) hugo(keys map[string]value) {
	t.ugly = keys["uglyurls"].text == "true"
	t.standard = canonicalTag(keys["defaultcontentlanguage"].text)
	if t.standard == "" {
		t.standard = "en"
	}
	if keys["defaultcontentlanguageinsubdir"].text == "true" {
		t.standard = ""
	}
	if dir := keys["contentdir"].text; dir != "" {
		t.content = append(t.content, path.Join(t.root, dir))
	}
	table := keys["permalinks"]
	if page := table.table["page"]; page.kind == aTable {
		table = page
	}
	for section, e := range table.table {
		t.permalinks[section] = e.text
	}
}

// folders are those whose name stands in no address.
func (t *tool) folders() {
	names := []string{"src/content", "src/pages", "app", "content", "pages", "src", "source", "docs-src", "site"}
	if t.dialect == jekyll {
		names = []string{"src", "source"}
	}
	for _, name := range names {
		t.content = append(t.content, path.Join(t.root, name))
	}
}

// loweredKeys are a table's values by their keys in lower case: tools do not tell baseURL from baseurl.
func loweredKeys(v value) map[string]value {
	out := map[string]value{}
	for _, key := range slices.Sorted(maps.Keys(v.table)) {
		out[strings.ToLower(key)] = v.table[key]
	}
	return out
}
