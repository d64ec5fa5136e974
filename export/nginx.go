package export

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const generated = "# Written by `tidings export`: do not edit, the next export writes it anew. docs/export.md says how to use it.\n"

// nginxHTTP are the maps, which stand outside of any server.
func (r *run) nginxHTTP() string {
	var b strings.Builder
	b.WriteString(generated)
	moved, gone, headers := r.moved(), r.gone(), r.headers()
	largest := len(moved) + len(gone)
	for _, h := range headers {
		largest = max(largest, len(h.rules))
	}
	fmt.Fprintf(&b, "map_hash_bucket_size 1024;\nmap_hash_max_size %d;\n", max(2048, 4*largest))
	nginxMap(&b, "$tidings_moved", moved)
	nginxMap(&b, "$tidings_gone", gone)
	for _, h := range headers {
		fmt.Fprintf(&b, "map $uri $tidings_%s {\n\tdefault %s;\n", variable(h.name), nginxQuoted(h.usual))
		for _, rule := range slices.Backward(h.rules) { // the first pattern that fits counts
			fmt.Fprintf(&b, "\t%s %s;\n", r.nginxRule(rule), nginxQuoted(rule.value))
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func nginxMap(b *strings.Builder, name string, pairs []pair) {
	fmt.Fprintf(b, "map $uri %s {\n\tdefault \"\";\n", name)
	seen := map[string]bool{}
	for _, p := range pairs {
		if key := strings.ToLower(p.path); !seen[key] { // nginx takes no two keys that differ in case alone
			seen[key] = true
			fmt.Fprintf(b, "\t%s %s;\n", nginxKey(p.path), nginxQuoted(p.to))
		}
	}
	b.WriteString("}\n")
}

// nginxRule is what a map finds the files of a rule by.
func (r *run) nginxRule(rule rule) string {
	if rule.file != "" {
		return nginxKey("/" + rule.file)
	}
	return `"~` + r.pattern(rule.group) + `"`
}

// pattern is a regular expression of a group's paths.
func (r *run) pattern(g group) string {
	within, name := "", "[^/]*"+literally(g.ending)
	switch {
	case g.anywhere:
		within = "(.*/)?"
	case g.folder != "":
		within = literally(g.folder) + "/(.*/)?"
	}
	if g.ending == "" {
		name = "[^/.]+"
	}
	return "^" + literally(r.plan.base()) + within + name + "$"
}

func variable(header string) string { return strings.ToLower(strings.ReplaceAll(header, "-", "_")) }

// nginxKey quotes a text that nginx looks for; nginxQuoted one that it fills in, where $ would be a variable, for which there
// is no escape: in an address %24 means the same.
func nginxKey(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func nginxQuoted(s string) string { return nginxKey(strings.ReplaceAll(s, "$", "%24")) }

// nginxServer stands in the server, whose root is the folder.
func (r *run) nginxServer() string {
	var b strings.Builder
	b.WriteString(generated)
	base, site := r.plan.base(), strings.TrimSuffix(r.plan.Site.URL(), "/")
	b.WriteString("absolute_redirect off;\n")
	r.nginxTypes(&b)
	for _, h := range r.headers() {
		fmt.Fprintf(&b, "add_header %s $tidings_%s always;\n", h.name, variable(h.name))
	}
	fmt.Fprintf(&b, "error_page 404 %s;\nerror_page 410 $tidings_gone;\n", nginxQuoted(r.plan.missing()))
	fmt.Fprintf(&b, "location = %s { internal; }\n", nginxQuoted(r.plan.missing()))
	fmt.Fprintf(&b, "location ^~ %s { internal; }\n", nginxQuoted(base+goneFolder+"/"))
	for _, name := range []string{"/.", "/_headers", "/_redirects"} {
		fmt.Fprintf(&b, "location ^~ %s { return 404; }\n", nginxQuoted(name))
	}
	fmt.Fprintf(&b, "location = %s { try_files %s =404; }\n", nginxQuoted(base), nginxQuoted(base+"index.html"))
	for _, folder := range r.saved() {
		fmt.Fprintf(&b, "location ^~ %s { try_files $uri =404; }\n", nginxQuoted(base+folder+"/"))
	}
	if base != "/" {
		fmt.Fprintf(&b, "location = %s { return 301 %s; }\n", nginxQuoted(strings.TrimSuffix(base, "/")), nginxQuoted(site+"/"))
	}
	fmt.Fprintf(&b, `location / {
	if ($tidings_moved) { return 301 $tidings_moved; }
	if ($tidings_gone) { return 410; }
	if ($request_uri ~ "\.html(\?|$)") { return 404; }
	rewrite "^%s(.*[^/])/+$" "%s/$1" permanent;
	try_files $uri $uri.html =404;
}
`, literally(base), strings.ReplaceAll(site, "$", "%24"))
	return b.String()
}

// nginxTypes writes the media type of each ending, and a place of its own for each file that has another.
func (r *run) nginxTypes(b *strings.Builder) {
	const unknown = "application/octet-stream"
	fmt.Fprintf(b, "default_type %s;\ntypes {\n", unknown)
	byEnding := map[string]string{}
	types := r.types()
	byEnding[".html"] = types.usual
	for _, rule := range types.rules {
		if rule.group.anywhere && rule.group.ending != "" {
			byEnding[rule.group.ending] = rule.value
		}
	}
	for _, ending := range slices.Sorted(maps.Keys(byEnding)) {
		fmt.Fprintf(b, "\t%s %s;\n", nginxQuoted(byEnding[ending]), nginxQuoted(ending[1:]))
	}
	b.WriteString("}\n")
	for _, path := range slices.Sorted(maps.Keys(r.next.Entries)) {
		e := r.next.Entries[path]
		if usual := cmp.Or(byEnding[r.plan.groupOf(e.File).ending], unknown); e.File != "" && e.Type != usual {
			fmt.Fprintf(b, "location = %s { types { } default_type %s; }\n", nginxKey("/"+e.File), nginxQuoted(e.Type))
		}
	}
}

// saved are the folders that hold files whose names end as those of pages do, and which are none.
func (r *run) saved() []string {
	found := map[string]bool{}
	for _, e := range r.next.Entries {
		if g := r.plan.groupOf(e.File); strings.HasSuffix(e.File, ".html") && !e.Page {
			found[g.folder] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
