package export

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// group is files that are alike: with the same ending, in the same folder of the site's own, or anywhere.
type group struct {
	folder, ending string
	anywhere       bool
}

// rule says what applies to the files of a group, or to one file.
type rule struct {
	group group
	file  string // empty: all of the group
	value string
}

// setting is a value that each file has: the usual one, and rules for those that have another. A later rule counts before an
// earlier one: those for an ending come first, then those for a folder, then those for one file.
type setting struct {
	usual string
	rules []rule
}

// settle finds a short way to say which file has which value. What is usual is so of pages, since hosts that know no endings
// see none on them.
func settle(files map[string]string, groupOf func(string) group) setting {
	byEnding, byGroup := map[group]map[string]int{}, map[group]map[string]int{}
	count := func(in map[group]map[string]int, g group, value string) {
		if in[g] == nil {
			in[g] = map[string]int{}
		}
		in[g][value]++
	}
	for file, value := range files {
		g := groupOf(file)
		count(byGroup, g, value)
		count(byEnding, group{ending: g.ending, anywhere: true}, value)
	}
	s := setting{usual: mostly(byEnding[group{ending: ".html", anywhere: true}])}
	usual := map[group]string{}
	for _, g := range slices.SortedFunc(maps.Keys(byEnding), compareGroups) {
		if usual[g] = mostly(byEnding[g]); usual[g] != s.usual {
			s.rules = append(s.rules, rule{group: g, value: usual[g]})
		}
	}
	for _, g := range slices.SortedFunc(maps.Keys(byGroup), compareGroups) {
		if usual[g] = mostly(byGroup[g]); usual[g] != usual[group{ending: g.ending, anywhere: true}] {
			s.rules = append(s.rules, rule{group: g, value: usual[g]})
		}
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if g := groupOf(file); files[file] != usual[g] {
			s.rules = append(s.rules, rule{group: g, file: file, value: files[file]})
		}
	}
	return s
}

func compareGroups(a, b group) int {
	return cmp.Or(strings.Compare(a.folder, b.folder), strings.Compare(a.ending, b.ending))
}

// mostly is the value that is there most often; of equals, the first by its letters.
func mostly(count map[string]int) string {
	best := ""
	for i, value := range slices.Sorted(maps.Keys(count)) {
		if i == 0 || count[value] > count[best] {
			best = value
		}
	}
	return best
}

// groupOf: files of the site's root by themselves are a group too, with the folder "".
func (p *Plan) groupOf(file string) group {
	folder, _, deeper := strings.Cut(strings.TrimPrefix("/"+file, p.base()), "/")
	if !deeper {
		folder = ""
	}
	return group{folder: folder, ending: path.Ext(file)}
}

// gather gives what each file has.
func (r *run) gather(value func(*entry) string) setting {
	all := map[string]string{}
	for _, e := range r.next.Entries {
		if e.File != "" {
			all[e.File] = value(e)
		}
	}
	return settle(all, r.plan.groupOf)
}

// types are the media types.
func (r *run) types() setting { return r.gather(func(e *entry) string { return e.Type }) }

// header is one header of the answers; an empty value means that it is not sent.
type header struct {
	name string
	setting
}

func (r *run) headers() []header {
	names := map[string]bool{}
	for _, h := range r.next.Headers {
		for name := range h {
			names[name] = true
		}
	}
	var all []header
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, header{name, r.gather(func(e *entry) string { return r.next.Headers[e.Headers][name] })})
	}
	return all
}

// pair is a path and where it leads.
type pair struct{ path, to string }

// moved are the redirects, gone the pages of what is gone; by path. An old address may be written with a slash at its end.
func (r *run) moved() (all []pair) {
	for _, path := range slices.Sorted(maps.Keys(r.next.Entries)) {
		if e := r.next.Entries[path]; e.To != "" {
			all = append(all, pair{path, e.To})
			if !strings.HasSuffix(path, "/") {
				all = append(all, pair{path + "/", e.To})
			}
		}
	}
	return all
}

func (r *run) gone() (all []pair) {
	for _, path := range slices.Sorted(maps.Keys(r.next.Entries)) {
		if e := r.next.Entries[path]; e.Status == 410 {
			all = append(all, pair{path, "/" + e.File})
		}
	}
	return all
}

// literally is a pattern that a text fits alone: for nginx, Apache and Caddy alike, between quotes or not. What means something
// to any of them, or to their configuration's grammar, stands there by its number.
func literally(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '.':
			b.WriteString(`\.`)
		case c >= utf8.RuneSelf, c == '/', c == '-', c == '_', '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// serverFiles writes what web servers read.
func (r *run) serverFiles() error {
	for name, text := range map[string]string{
		".tidings/nginx-http.conf":   r.nginxHTTP(),
		".tidings/nginx-server.conf": r.nginxServer(),
		".tidings/Caddyfile":         r.caddy(),
		".htaccess":                  r.apache(),
		"_redirects":                 r.redirects(),
		"_headers":                   r.headersFile(),
	} {
		if err := r.write(name, []byte(text)); err != nil {
			return err
		}
		r.next.Server = append(r.next.Server, name)
	}
	slices.Sort(r.next.Server)
	return nil
}
