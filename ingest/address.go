package ingest

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// addressOf is the path, decoded, that the tool gave the page on the old site.
func (f *folder) addressOf(pg *page) string {
	t := &f.tool
	for _, key := range []string{"permalink", "url", "path"} {
		if key == "path" && t.dialect != zola || key == "url" && t.dialect != hugo && t.dialect != plainFolder {
			continue
		}
		if own := localPath(pg.word(key), t.host); own != "" && !strings.ContainsAny(own, "{}") {
			if strings.Contains(own, ":") {
				own = pg.filled(own)
			}
			return t.prefix + path.Join("/", own) + slashOf(own)
		}
	}
	section, name := f.place(pg)
	if pg.fields.release.Published.IsZero() {
		return "" // a draft never had one
	}
	switch t.dialect {
	case hugo:
		return f.hugoAddress(pg, section, name)
	case jekyll:
		return f.jekyllAddress(pg, section, name)
	case next:
		return t.prefix + path.Join("/", section, name)
	case zola, eleventy, plainFolder:
	}
	if pattern := f.opts.Permalink; pattern != "" {
		return t.prefix + pg.filled(pattern)
	}
	return t.prefix + directory(path.Join("/", f.prefixOf(pg), section, name))
}

// place is the page's section, the folders that stand in its address, and its last word there.
func (f *folder) place(pg *page) (section, name string) {
	neutral := pg.neutral
	if f.tool.dialect != hugo && f.tool.dialect != zola {
		neutral = strings.TrimSuffix(pg.path, path.Ext(pg.path)) // a folder of a language is like any other
	}
	section = path.Dir(neutral)
	if pg.bundle {
		section = path.Dir(section)
	}
	longest := ""
	for _, c := range f.tool.content {
		if (section == c || strings.HasPrefix(section, c+"/")) && len(c) > len(longest) {
			longest = c
		}
	}
	if longest == "" {
		longest = f.tool.root
	}
	section = strings.Trim(strings.TrimPrefix(section, longest), "./")
	name = pg.name
	if slug := pg.word("slug"); slug != "" {
		name = strings.Trim(slug, "/")
	}
	return section, name
}

// prefixOf is the language in the addresses of Zola's pages that are not in its own.
func (f *folder) prefixOf(pg *page) string {
	said, _ := f.tongues.of(pg.path)
	if f.tool.dialect != hugo && f.tool.dialect != zola || said == "" || said == f.tool.standard {
		return ""
	}
	return strings.ToLower(said)
}

func (f *folder) hugoAddress(pg *page, section, name string) string {
	if said := pg.word("slug"); said == "" && pg.ownDate != "" && !pg.bundle {
		name = strings.TrimSuffix(path.Base(pg.neutral), path.Ext(pg.path)) // Hugo leaves the date in the name
	}
	top, _, _ := strings.Cut(section, "/")
	address := path.Join("/", section, name) + "/"
	if pattern := f.tool.permalinks[top]; pattern != "" {
		address = pg.filled(pattern)
	} else if f.opts.Permalink != "" {
		address = pg.filled(f.opts.Permalink)
	}
	if f.tool.ugly {
		address = strings.TrimSuffix(address, "/") + ".html"
	}
	address = strings.ReplaceAll(strings.ToLower(address), " ", "-")
	return f.tool.prefix + path.Join("/", f.prefixOf(pg), address) + slashOf(address)
}

func (f *folder) jekyllAddress(pg *page, section, name string) string {
	style := f.tool.permalinks[""]
	if !strings.Contains("/"+pg.path, "/_posts/") && !strings.Contains("/"+pg.path, "/_drafts/") {
		section = strings.ReplaceAll("/"+section, "/_", "/") // a collection
		if strings.HasSuffix(jekyllStyle(style), "/") {
			return f.tool.prefix + directory(path.Join("/", section, name))
		}
		return f.tool.prefix + path.Join("/", section, name+".html")
	}
	if f.opts.Permalink != "" {
		style = f.opts.Permalink
	}
	return f.tool.prefix + pg.filled(jekyllStyle(style))
}

func directory(p string) string {
	if p == "/" {
		return p
	}
	return p + "/"
}

func slashOf(p string) string {
	if strings.HasSuffix(p, "/") && p != "/" {
		return "/"
	}
	return ""
}

// localPath is the decoded path of an address on the old site; "" for one elsewhere, and for what is none.
func localPath(address, host string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host != "" && u.Host != host || u.Scheme != "" && u.Host == "" || u.Path == "" {
		return ""
	}
	return u.Path
}

// oldPaths are all that led to the page: the aliases that it names, and the address that the tool gave it. They are
// escaped, as paths in a URL are.
func (pg *page) oldPaths() []string {
	var out []string
	add := func(p string) {
		if p = path.Clean("/" + p); p == "/" || strings.ContainsAny(p, "{}\x00\n") || len(out) >= mostAliases {
			return
		}
		if escaped := (&url.URL{Path: p}).EscapedPath(); !slices.Contains(out, escaped) {
			out = append(out, escaped)
		}
	}
	t := &pg.folder.tool
	if pg.address != "" {
		add(pg.address)
	}
	for _, p := range pg.otherPaths() {
		add(p)
	}
	for _, key := range []string{"aliases", "alias", "redirectfrom", "redirects", "oldurl", "oldurls", "formerurl"} {
		v, found := pg.first(key)
		if !found {
			continue
		}
		for _, one := range texts(v) {
			p := localPath(one, t.host)
			if p == "" {
				pg.note("an old address is of another site and was left out: %s", short(one))
				continue
			}
			if !strings.HasPrefix(p, "/") && t.dialect == hugo {
				p = path.Join(path.Dir(strings.TrimSuffix(pg.address, "/")), p) // relative to its section
			}
			if t.prefix != "" && !strings.HasPrefix(p, t.prefix+"/") {
				p = t.prefix + path.Join("/", p)
			}
			add(p)
		}
	}
	return out
}

// otherPaths are those that nothing names and that are common all the same. One that never was leads nobody astray.
func (pg *page) otherPaths() (out []string) {
	f := pg.folder
	t := &f.tool
	if t.dialect == hugo || t.dialect == zola || t.dialect == jekyll || pg.address == "" {
		return nil
	}
	if t.dialect == eleventy && pg.ownDate != "" && pg.word("permalink") == "" {
		out = append(out, // the date of the name stays in the name, or becomes folders
			t.prefix+"/"+path.Join(path.Dir(strings.TrimPrefix(pg.address, t.prefix)), path.Base(pg.neutral)),
			t.prefix+pg.filled("/:year/:month/:day/:slug/"))
	}
	said, _ := f.tongues.of(pg.path) // the site's own language is often left out
	if first, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(pg.address, t.prefix), "/"), "/"); ok &&
		said == f.tongues.standard && canonicalTag(first) == said {
		out = append(out, t.prefix+"/"+rest)
	}
	return out
}

// mostAliases is far more than any page has had addresses.
const mostAliases = 50
