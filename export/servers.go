package export

import (
	"fmt"
	"net/url"
	"strings"
)

// caddy is imported into the site's block, whose root is the folder.
func (r *run) caddy() string {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString("map {path} {tidings_moved} {tidings_gone} {\n") // Caddy reads it wherever it stands
	for _, p := range r.moved() {
		fmt.Fprintf(&b, "\t%s %s \"\"\n", caddyKey(p.path), caddyQuoted(p.to))
	}
	for _, p := range r.gone() {
		fmt.Fprintf(&b, "\t%s \"\" %s\n", caddyKey(p.path), caddyQuoted(p.to))
	}
	b.WriteString("\tdefault \"\" \"\"\n}\n")
	b.WriteString("route {\n") // what stands in it happens in this order
	b.WriteString("@tidings_moved not vars {tidings_moved} \"\"\nredir @tidings_moved {tidings_moved} 301\n")
	b.WriteString("@tidings_gone not vars {tidings_gone} \"\"\nerror @tidings_gone 410\n")
	b.WriteString("@tidings_hidden {\n\tpath *.html /.* /_headers /_redirects\n")
	for _, folder := range r.saved() {
		fmt.Fprintf(&b, "\tnot path %s\n", caddyQuoted(r.plan.base()+folder+"/*"))
	}
	b.WriteString("}\nerror @tidings_hidden 404\n")
	fmt.Fprintf(&b, "@tidings_slash path_regexp slash ^%s(.*[^/])/+$\n", literally(r.plan.base()))
	fmt.Fprintf(&b, "redir @tidings_slash %s/{re.slash.1} 301\n", strings.TrimSuffix(r.plan.Site.URL(), "/"))
	fmt.Fprintf(&b, "rewrite %s %sindex.html\ntry_files {path} {path}.html\n", r.plan.base(), r.plan.base())
	r.caddyHeaders(&b, "")
	b.WriteString("file_server {\n\thide .tidings .tidings-export.json .tidings-export.journal .htaccess\n}\n}\n")
	b.WriteString("handle_errors {\nroute {\n")
	b.WriteString("@tidings_410 expression `{err.status_code} == 410`\nrewrite @tidings_410 {tidings_gone}\n")
	b.WriteString("@tidings_404 expression `{err.status_code} == 404`\n")
	fmt.Fprintf(&b, "rewrite @tidings_404 %s\n", r.plan.missing())
	r.caddyHeaders(&b, "error_")
	b.WriteString("file_server\n}\n}\n")
	return b.String()
}

// caddyHeaders writes the headers; prefix keeps the names of matchers apart.
func (r *run) caddyHeaders(b *strings.Builder, prefix string) {
	all := append(r.headers(), header{"Content-Type", r.types()})
	for i, h := range all {
		if h.usual != "" {
			fmt.Fprintf(b, "header %s %s\n", h.name, caddyQuoted(h.usual))
		}
		for j, rule := range h.rules {
			match := "path_regexp " + r.pattern(rule.group)
			if rule.file != "" {
				match = "path_regexp ^" + literally("/"+rule.file) + "$"
			}
			name := fmt.Sprintf("@tidings_%s%d_%d", prefix, i, j)
			fmt.Fprintf(b, "%s %s\n", name, match)
			if rule.value == "" {
				fmt.Fprintf(b, "header %s -%s\n", name, h.name)
			} else {
				fmt.Fprintf(b, "header %s %s %s\n", name, h.name, caddyQuoted(rule.value))
			}
		}
	}
}

// caddyKey quotes a path that Caddy looks for. One with what means something to Caddy is told by a pattern.
func caddyKey(path string) string {
	if strings.ContainsAny(path, "{}\"`\\") {
		return `"~^` + literally(path) + `$"`
	}
	return caddyQuoted(path)
}

func caddyQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "{", `\{`).Replace(s) + `"`
}

// apache is read by Apache where AllowOverride lets it.
func (r *run) apache() string {
	var b strings.Builder
	b.WriteString(generated)
	base := r.plan.base()
	fmt.Fprintf(&b, "Options -Indexes -MultiViews\nDirectorySlash Off\nDirectoryIndex disabled\nErrorDocument 404 %s\n", r.plan.missing())
	fmt.Fprintf(&b, "ErrorDocument 410 /%%{reqenv:TIDINGS_GONE}\n")
	b.WriteString("RewriteEngine On\nRewriteOptions AllowNoSlash\nRewriteCond %{ENV:REDIRECT_STATUS} .\nRewriteRule ^ - [L]\n")
	for _, p := range r.moved() {
		fmt.Fprintf(&b, "RewriteRule %s %s [R=301,L,NE]\n", apachePath(p.path), apacheQuoted(p.to))
	}
	for _, p := range r.gone() {
		fmt.Fprintf(&b, "RewriteRule %s - [E=TIDINGS_GONE:%s,G]\n", apachePath(p.path),
			strings.NewReplacer("%", `\%`, "$", `\%24`, ",", `\%2C`).Replace(escaped(p.to)[1:]))
	}
	fmt.Fprintf(&b, "RewriteRule ^(\\.|_headers$|_redirects$|%s%s/) - [R=404,L]\n", literally(base[1:]), goneFolder)
	for _, folder := range r.saved() {
		fmt.Fprintf(&b, "RewriteRule ^%s%s/ - [L]\n", literally(base[1:]), literally(folder))
	}
	b.WriteString("RewriteRule \\.html$ - [R=404,L]\n")
	fmt.Fprintf(&b, "RewriteRule ^%s(.*[^/])/+$ %s/$1 [R=301,L]\n", literally(base[1:]), strings.TrimSuffix(r.plan.Site.URL(), "/"))
	fmt.Fprintf(&b, "RewriteRule ^%s$ %sindex.html [L]\n", literally(base[1:]), base)
	b.WriteString("RewriteCond %{REQUEST_FILENAME} !-f\nRewriteCond %{REQUEST_FILENAME}.html -f\nRewriteRule ^(.+)$ %{REQUEST_URI}.html [L]\n")
	r.apacheHeaders(&b)
	return b.String()
}

func (r *run) apacheHeaders(b *strings.Builder) {
	all := append(r.headers(), header{"Content-Type", r.types()})
	for _, h := range all {
		if h.usual != "" {
			fmt.Fprintf(b, "Header always set %s %s\n", h.name, apacheQuoted(h.usual))
		}
		for _, rule := range h.rules {
			pattern := r.pattern(rule.group)
			if rule.file != "" {
				pattern = "^" + literally("/"+rule.file) + "$"
			}
			set := "unset " + h.name
			if rule.value != "" {
				set = "set " + h.name + " " + apacheQuoted(rule.value)
			}
			fmt.Fprintf(b, "Header always %s \"expr=%%{REQUEST_URI} =~ m#%s#\"\n", set, pattern)
		}
	}
}

// apachePath is a pattern of one path, as a rule in the root's .htaccess sees it: decoded, without the first slash.
func apachePath(path string) string {
	return `"^` + literally(strings.TrimPrefix(path, "/")) + `$"`
}

func apacheQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", `\%`, "$", `\$`).Replace(s) + `"`
}

// redirects is read by Netlify, Cloudflare Pages and their like. Only some of them know what 410 is; the others leave such a
// line out, and answer 404.
func (r *run) redirects() string {
	var b strings.Builder
	b.WriteString(generated)
	for _, p := range r.moved() {
		fmt.Fprintf(&b, "%s %s 301\n", hostPath(p.path), p.to)
	}
	for _, p := range r.gone() {
		fmt.Fprintf(&b, "%s %s 410\n", hostPath(p.path), escaped(p.to))
	}
	return b.String()
}

// hostPath is a path in _redirects, where * and a name with : before it would be patterns.
func hostPath(path string) string {
	return strings.NewReplacer("*", "%2A", "/:", "/%3A").Replace(escaped(path))
}

// headersFile is read by the same. There patterns know folders alone, so that a folder has what most of its files have.
func (r *run) headersFile() string {
	var b strings.Builder
	b.WriteString(generated)
	sections, order := map[string]*strings.Builder{}, []string{}
	add := func(pattern, line string, args ...any) {
		if sections[pattern] == nil {
			sections[pattern] = &strings.Builder{}
			order = append(order, pattern)
		}
		fmt.Fprintf(sections[pattern], line, args...)
	}
	for _, h := range append(r.headers(), header{"Content-Type", r.types()}) {
		if h.usual != "" && h.name != "Content-Type" { // hosts know a page when they see one
			add(r.plan.base()+"*", "  %s: %s\n", h.name, h.usual)
		}
		for _, rule := range h.rules {
			if pattern := r.hostPattern(rule); pattern != "" && rule.value != "" {
				add(pattern, "  ! %[1]s\n  %[1]s: %[2]s\n", h.name, rule.value)
			}
		}
	}
	for _, pattern := range order {
		b.WriteString(pattern + "\n" + sections[pattern].String())
	}
	return b.String()
}

// hostPattern is what _headers finds the files of a rule by; empty: nothing that it knows.
func (r *run) hostPattern(rule rule) string {
	switch g := rule.group; {
	case rule.file != "" || g.ending == "":
		return ""
	case g.anywhere:
		return r.plan.base() + "*" + g.ending
	case g.folder != "":
		return r.plan.base() + g.folder + "/*" + strings.TrimSuffix(g.ending, ".html")
	}
	return ""
}

// escaped is a decoded path as a URL has it.
func escaped(path string) string { return (&url.URL{Path: path}).EscapedPath() }
