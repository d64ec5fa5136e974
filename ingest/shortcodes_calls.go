package ingest

import (
	"cmp"
	"net/url"
	"path"
	"strings"
)

// run makes text of the tokens.
func (d *degrader) run(tokens []token) string { return d.runAt(tokens, 0, 0) }

// deepestCalls bounds how deep calls may nest.
const deepestCalls = 100

// runAt makes text of the tokens, the first of which is the token with the number offset.
func (d *degrader) runAt(tokens []token, offset, depth int) string {
	var b strings.Builder
	for i := 0; i < len(tokens); i++ {
		t := &tokens[i]
		switch {
		case t.call == nil && t.close != "": // an end whose beginning is missing
		case t.call == nil:
			b.WriteString(t.text)
		case t.end == 0:
			b.WriteString(d.single(t.call))
		case depth >= deepestCalls:
			d.page.note("%s is nested too deep: left out", t.call.title())
			i = t.end - offset
		default:
			inside := tokens[i+1 : t.end-offset]
			b.WriteString(d.pair(t.call, inside, i+1+offset, depth+1))
			i = t.end - offset
		}
	}
	return b.String()
}

// pair makes text of a call with its inside.
func (d *degrader) pair(c *call, inside []token, offset, depth int) string {
	switch c.name {
	case "highlight", "code", "codeblock", "snippet", "terminal", "prism", "sourcecode", "mermaid", "source":
		return d.codeBlock(c, inside)
	case "for", "css", "js", "style", "script", "schema", "javascript", "chart", "tablerow", "macro":
		d.page.note("%s was left out with what it holds", c.title())
		return ""
	case "capture", "set":
		if len(c.args) > 0 {
			d.vars[c.args[0]] = d.runAt(inside, offset, depth)
		}
		return ""
	case "if", "unless", "case", "ifchanged":
		d.page.note("%s was taken as true", c.title())
		return d.runAt(firstBranch(inside, offset), offset, depth)
	}
	text := d.runAt(inside, offset, depth)
	if strings.TrimSpace(text) == "" {
		return d.single(c)
	}
	if address := c.address(); address != "" && isLink(c.name) {
		d.page.note("%s became a link", c.title())
		return "[" + strings.TrimSpace(text) + "](" + destination(address) + ")"
	}
	if picture := c.picture(); picture != "" {
		d.page.note("%s became a picture", c.title())
		return "![" + c.word("alt", "title") + "](" + destination(picture) + ")\n\n" + text
	}
	d.page.note("%s became its text", c.title())
	switch {
	case strings.Contains(c.name, "quote") && !strings.Contains(text, mark):
		return "\n\n> " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n> ") + c.speaker() + "\n\n"
	case c.style == component:
		return text
	}
	if heading := c.word("title", "summary", "heading", "header", "label"); heading != "" && !strings.ContainsAny(heading, "<>[]") {
		return "**" + heading + "**\n\n" + text
	}
	return text
}

// firstBranch is what stands before an else of the same level.
func firstBranch(inside []token, offset int) []token {
	for i := 0; i < len(inside); i++ {
		if c := inside[i].call; c != nil && c.style == tag {
			switch c.name {
			case "else", "elsif", "elif", "elseif":
				return inside[:i]
			}
		}
		if end := inside[i].end; end > 0 {
			i = end - offset
		}
	}
	return inside
}

// codeBlock fences what stands inside, as written.
func (d *degrader) codeBlock(c *call, inside []token) string {
	var code strings.Builder
	for _, t := range inside {
		code.WriteString(t.text)
	}
	text := strings.Trim(d.showCode(code.String()), "\n")
	if line, _, _ := strings.Cut(strings.TrimSpace(text), "\n"); strings.HasPrefix(line, "```") {
		return d.hide(text) // a fence of its own
	}
	language := c.word("lang", "language")
	if language == "" && len(c.args) > 0 && isWord(c.args[0]) {
		language = c.args[0]
	}
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return "\n" + d.hide(fence+language+"\n"+text+"\n"+fence) + "\n"
}

// single makes text of a call without an inside.
func (d *degrader) single(c *call) string {
	switch c.style {
	case expression:
		return d.value(c.raw)
	case brace:
		return d.braces(c)
	case angle, tag, component:
	}
	if text, done := d.known(c); done {
		return text
	}
	if picture := c.picture(); picture != "" {
		d.page.note("%s became a picture", c.title())
		return pictureText(c, picture)
	}
	if file := c.file(); file != "" && d.page.find(file) != "" {
		d.page.note("%s became a link", c.title())
		return linkText(c, file)
	}
	if address := c.address(); address != "" {
		d.page.note("%s became a link", c.title())
		return linkText(c, address)
	}
	if text := c.word("text", "title", "caption", "content", "label", "quote", "heading", "summary", "description", "alt", "term", "name"); text != "" {
		d.page.note("%s became its text", c.title())
		return text
	}
	if len(c.args) > 0 && c.style != component {
		if text := c.args[len(c.args)-1]; strings.Contains(text, " ") && c.name != "include" {
			d.page.note("%s became its text", c.title())
			return text
		}
	}
	d.page.note("%s was left out", c.title())
	return ""
}

// known are the calls that most sites have.
func (d *degrader) known(c *call) (text string, done bool) {
	first := ""
	if len(c.args) > 0 {
		first = c.args[0]
	}
	switch c.name {
	case "comment", "endraw", "assign", "set", "import", "from", "extends", "layout", "increment", "decrement", "br", "break", "else", "more", "cycle":
		d.assign(c.raw)
		return "", true
	case "include", "include_relative", "includecached", "include_cached", "render", "partial", "includemarkdown":
		if c.style != tag || first == "" {
			return "", false
		}
		if text := d.include(first); strings.TrimSpace(text) != "" {
			return text, true
		}
		inner := *c // {% include figure.html src="…" %}
		inner.name = strings.ToLower(strings.TrimSuffix(path.Base(first), path.Ext(first)))
		inner.args = c.args[1:]
		return d.single(&inner), true
	case "ref", "relref", "post_url", "xref":
		return d.reference(c, cmp.Or(first, c.word("path"))), true
	case "link":
		if c.style == tag && first != "" && c.word("href", "url") == "" && (isPage(first) || mediaType(first) != "" || len(c.args) == 1) {
			return d.reference(c, first), true
		}
	case "url", "absurl", "relurl", "baseurl":
		return destination(cmp.Or(first, "/")), true
	case "param", "get", "var":
		return d.value("page." + first), true
	}
	if address := embedded(c, first); address != "" {
		d.page.note("%s became a link", c.title())
		return linkText(c, address), true
	}
	return "", false
}

// reference is the old address of the page that is linked to.
func (d *degrader) reference(c *call, ref string) string {
	if mediaType(ref) != "" {
		return destination("/" + strings.TrimPrefix(ref, "/"))
	}
	if address := d.page.folder.linkTo(d.page.path, ref); address != "" {
		return destination(address)
	}
	d.page.note("%s leads to what was not found, and its link was taken out: %s", c.title(), short(ref))
	return ""
}

// embedded is where a video, a message or the like of another host can be seen.
func embedded(c *call, first string) string {
	id := cmp.Or(c.word("id", "videoid", "video_id", "video", "v", "code", "status", "youtubeid"), first)
	if id == "" || strings.ContainsAny(id, " \n") {
		return ""
	}
	if strings.HasPrefix(id, "https://") || strings.HasPrefix(id, "http://") {
		return id
	}
	id = url.PathEscape(id)
	switch name := strings.NewReplacer("-", "", "_", "", "lite", "", "simple", "").Replace(c.name); name {
	case "youtube", "yt", "youtubevideo", "youtubeembed", "embedyoutube", "youtubeplayer":
		return "https://www.youtube.com/watch?v=" + strings.ReplaceAll(id, "&", "%26")
	case "vimeo", "vimeovideo":
		return "https://vimeo.com/" + id
	case "tweet", "twitter", "x":
		return "https://twitter.com/" + url.PathEscape(cmp.Or(c.word("user"), "i")) + "/status/" + url.PathEscape(lastOf(c, id))
	case "gist":
		if len(c.args) > 1 {
			return "https://gist.github.com/" + id + "/" + url.PathEscape(c.args[1])
		}
		return "https://gist.github.com/" + strings.ReplaceAll(id, "%2F", "/")
	case "instagram":
		return "https://www.instagram.com/p/" + id + "/"
	case "codepen":
		return "https://codepen.io/" + url.PathEscape(cmp.Or(c.word("user"), "anon")) + "/pen/" + url.PathEscape(lastOf(c, id))
	}
	return ""
}

// lastOf: a message's number stands behind its author's name.
func lastOf(c *call, id string) string {
	if named := c.word("id", "code"); named != "" || len(c.args) == 0 {
		return cmp.Or(named, id)
	}
	return c.args[len(c.args)-1]
}
