package ingest

import (
	"net/url"
	"path"
	"strings"
)

// addressAt is the old path of another page of the folder, "" when nobody can tell, and for a page that is no release.
func (f *folder) addressAt(p string) string {
	if address, known := f.addresses[p]; known {
		return address
	}
	f.addresses[p] = ""
	text, _, err := f.page(p)
	if err != nil {
		return ""
	}
	m, err := splitLoose(text)
	if err != nil {
		return ""
	}
	m.body = ""
	pg := f.newPage(p, m)
	if stem, _, _ := strings.Cut(path.Base(p), "."); stem == "_index" || pg.elsewhere() != "" {
		return ""
	}
	if pg.status(); !pg.dates() {
		return ""
	}
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
