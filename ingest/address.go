package ingest

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
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

// The styles of Jekyll's permalinks that have names.
func jekyllStyle(style string) string {
	switch style {
	case "", "date":
		return "/:categories/:year/:month/:day/:title.html"
	case "pretty":
		return "/:categories/:year/:month/:day/:title/"
	case "ordinal":
		return "/:categories/:year/:y_day/:title.html"
	case "none":
		return "/:categories/:title.html"
	}
	return style
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

// categories are those of Jekyll: the folders above _posts, then those of the front matter.
func (pg *page) categories() []string {
	above, _, _ := strings.Cut("/"+pg.path, "/_posts/")
	above = strings.Trim(strings.TrimPrefix(strings.TrimPrefix(above, "/"), pg.folder.tool.root), "/")
	var out []string
	for _, one := range strings.Split(above, "/") {
		if one != "" && strings.Contains(pg.path, "_posts/") {
			out = append(out, one)
		}
	}
	v, found := pg.first("categories", "category")
	words := texts(v)
	if found && v.kind == aScalar && !strings.Contains(v.text, ",") {
		words = strings.Fields(v.text)
	}
	for _, w := range words {
		if w = slugify(w); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// filled puts what the page is into the words of a pattern: ":year/:month/:title/".
func (pg *page) filled(pattern string) string {
	day := pg.localDay()
	if said, err := readDate(pg.ownDate, time.UTC); err == nil && pg.word("date") == "" {
		day = said
	}
	section, name := pg.folder.place(pg)
	top, _, _ := strings.Cut(section, "/")
	title := name
	if pg.folder.tool.dialect == hugo {
		title = slugify(pg.fields.release.Title)
	}
	number := func(format string, n int) string { return fmt.Sprintf(format, n) }
	// Longer words go before those that begin like them.
	address := strings.NewReplacer(
		":categories", strings.Join(pg.categories(), "/"), ":output_ext", ".html", ":path", path.Join(section, name),
		":year", number("%04d", day.Year()), ":short_year", number("%02d", day.Year()%100), ":i_month", number("%d", int(day.Month())),
		":monthname", strings.ToLower(day.Month().String()), ":month", number("%02d", int(day.Month())),
		":i_day", number("%d", day.Day()), ":yearday", number("%d", day.YearDay()), ":y_day", number("%03d", day.YearDay()),
		":day", number("%02d", day.Day()), ":hour", number("%02d", day.Hour()), ":minute", number("%02d", day.Minute()), ":second", number("%02d", day.Second()),
		":sections[1:]", strings.TrimPrefix(strings.TrimPrefix(section, top), "/"),
		":sections", section, ":section", top, ":slugorfilename", name, ":slugorcontentbasename", name,
		":slug", name, ":title", title, ":filename", name, ":contentbasename", name, ":name", name, ":collection", strings.TrimPrefix(top, "_"),
	).Replace(pattern)
	return path.Join("/", address) + slashOf(pattern)
}

// localDay is the release's date as the tool reads it: in the zone that the date names, of Jekyll in that of its site.
func (pg *page) localDay() time.Time {
	day := pg.fields.release.Published
	if t := &pg.folder.tool; t.dialect == jekyll && day.Location() != pg.opts.zone() {
		return day.In(t.zone)
	}
	return day
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
	if t.dialect == eleventy && pg.ownDate != "" && pg.word("permalink") == "" { // whose own addresses keep the date of the name
		add(t.prefix + "/" + path.Join(path.Dir(strings.TrimPrefix(pg.address, t.prefix)), path.Base(pg.neutral)))
	}
	for _, key := range []string{"aliases", "alias", "redirectfrom", "redirects", "oldurl", "oldurls", "formerurl"} {
		v, found := pg.first(key)
		if !found {
			continue
		}
		for _, one := range texts(v) {
			p := localPath(one, t.host)
			if p == "" {
				pg.note("the old address %s is of another site: left out", one)
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

// mostAliases is far more than any page has had addresses.
const mostAliases = 50

// addressAt is the old path of another page of the folder, "" when nobody can tell.
func (f *folder) addressAt(p string) string {
	if address, known := f.addresses[p]; known {
		return address
	}
	f.addresses[p] = ""
	text, err := f.page(p)
	if err != nil {
		return ""
	}
	m, err := splitLoose(text)
	if err != nil {
		return ""
	}
	m.body = ""
	pg := f.newPage(p, m)
	if stem, _, _ := strings.Cut(path.Base(p), "."); stem == "_index" {
		section, _ := f.place(pg)
		f.addresses[p] = f.tool.prefix + directory(path.Join("/", f.prefixOf(pg), section))
		return f.addresses[p]
	}
	pg.dates()
	pg.title()
	f.addresses[p] = f.addressOf(pg)
	return f.addresses[p]
}

// linked finds the page that a link names: a path from this page's folder, from the top or from a folder of content, or
// a name alone.
func (f *folder) linked(from, ref string) string {
	ref = strings.TrimSpace(ref)
	ref, _, _ = strings.Cut(ref, "#")
	ref, _, _ = strings.Cut(ref, "?")
	ref = strings.TrimPrefix(ref, "@")
	if decoded, err := url.PathUnescape(ref); err == nil {
		ref = decoded
	}
	if strings.Trim(ref, "/") == "" {
		return ""
	}
	places := []string{path.Join(path.Dir(from), ref), path.Join(f.tool.root, ref)}
	for _, c := range f.tool.content {
		places = append(places, path.Join(c, ref))
	}
	places = append(places, path.Join(f.tool.root, "_posts", ref))
	for _, place := range places {
		place = strings.Trim(path.Clean(place), "/")
		for _, end := range []string{"", ".md", "/index.md", "/_index.md", ".mdx", ".markdown"} {
			if isPage(place+end) && f.exists(place+end) {
				return place + end
			}
		}
	}
	name := strings.TrimSuffix(path.Base(ref), path.Ext(ref))
	if name == "index" || !isPage(ref) && strings.Contains(path.Base(ref), ".") && path.Ext(ref) != "" {
		name = path.Base(ref)
	}
	if _, rest := nameDate(name); rest != "" {
		name = rest
	}
	for _, p := range f.survey.pages[strings.ToLower(name)] {
		_, stem := f.tongues.of(p)
		stem = strings.TrimSuffix(stem, "/index")
		if dir := strings.Trim(path.Dir(ref), "./"); strings.HasSuffix(stem, path.Base(strings.TrimSuffix(ref, path.Ext(ref)))) &&
			(dir == "" || strings.Contains(p, dir)) {
			return p
		}
	}
	return ""
}

// linkTo is the old address of the page that a link names, with the link's own fragment; "" when there is no such page.
func (f *folder) linkTo(from, ref string) string {
	p := f.linked(from, ref)
	if p == "" {
		return ""
	}
	address := f.addressAt(p)
	if address == "" {
		return ""
	}
	u := url.URL{Path: address}
	if _, fragment, ok := strings.Cut(ref, "#"); ok {
		u.Fragment = fragment
	}
	return u.String()
}
