package ingest

import (
	"regexp"
	"strings"
)

var (
	jsxName  = regexp.MustCompile(`^</?([A-Za-z][\w.-]*)`)
	jsxWords = regexp.MustCompile("^(?:'([^']*)'|\"([^\"]*)\"|`([^`$]*)`)$")
)

// jsxToken reads a component, an element whose attributes are expressions, or an expression alone.
func (d *degrader) jsxToken(text string) (t token, size int) {
	if d.misses > mostMisses {
		return t, 0
	}
	mdx := strings.HasSuffix(strings.ToLower(d.page.path), ".mdx")
	if text[0] == '{' {
		if !mdx {
			return t, 0
		}
		inside, size := braced(text)
		if size == 0 {
			d.misses++
			return t, 0
		}
		return token{text: text[:size], call: &call{style: brace, raw: strings.TrimSpace(inside)}}, size
	}
	m := jsxName.FindStringSubmatch(text)
	if m == nil {
		if mdx && (strings.HasPrefix(text, "<>") || strings.HasPrefix(text, "</>")) { // a fragment
			return token{close: "fragment"}, strings.IndexByte(text, '>') + 1
		}
		return t, 0
	}
	name := m[1]
	own := name[0] >= 'A' && name[0] <= 'Z' || mdx && strings.Contains(name, ".")
	if text[1] == '/' {
		end := 1 + strings.IndexAny(text[1:], "<>")
		if !own || end == 0 || text[end] == '<' {
			return t, 0
		}
		return token{close: string(component) + strings.ToLower(name)}, end + 1
	}
	c := &call{style: component, name: strings.ToLower(name), named: map[string]string{}}
	size, computed := c.attributes(text, len(m[0]))
	switch {
	case size == 0:
		d.misses++
		return t, 0
	case !own && !computed:
		if size > longestElement {
			d.misses++
		}
		return t, 0
	case own:
		return token{text: text[:size], call: c}, size
	}
	return token{text: c.element(name, strings.HasSuffix(text[:size], "/>"))}, size
}

// longestElement is what an element may measure in octets to be read for nothing. Of longer ones only so many are.
const longestElement = 1 << 10

// attributes reads those of an element up to its >, from an offset. computed: some are expressions.
func (c *call) attributes(text string, from int) (size int, computed bool) {
	text = text[:min(len(text), farthestEnd)]
	for i := from; i < len(text); {
		switch r := text[i]; {
		case r == '>':
			return i + 1, computed
		case r == '/' || r == ' ' || r == '\n' || r == '\t' || r == '\r':
			i++
		case r == '{': // {...spread}
			_, n := braced(text[i:])
			if n == 0 {
				return 0, false
			}
			computed = true
			i += n
		default:
			n := strings.IndexAny(text[i:], "= \n\t>/{<")
			if n <= 0 {
				return 0, false
			}
			key := strings.ToLower(text[i : i+n])
			i += n
			if !strings.HasPrefix(text[i:], "=") {
				c.named[key] = ""
				continue
			}
			v, n, isComputed := attributeValue(text[i+1:])
			if n == 0 {
				return 0, false
			}
			c.named[key] = v
			computed = computed || isComputed
			i += 1 + n
		}
	}
	return 0, false
}

func attributeValue(text string) (v string, size int, computed bool) {
	if text == "" {
		return "", 0, false
	}
	switch q := text[0]; q {
	case '"', '\'':
		if end := strings.IndexByte(text[1:], q); end >= 0 {
			return text[1 : 1+end], end + 2, false
		}
		return "", 0, false
	case '{':
		inside, size := braced(text)
		if m := jsxWords.FindStringSubmatch(strings.TrimSpace(inside)); m != nil {
			return m[1] + m[2] + m[3], size, true
		}
		return "", size, true
	}
	end := strings.IndexAny(text, " \n\t>")
	if end <= 0 {
		return "", 0, false
	}
	return text[:end], end, false
}

// braced is what stands between { and the } that closes it, and the octets with both.
func braced(text string) (inside string, size int) {
	text = text[:min(len(text), farthestEnd)]
	depth := 0
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			switch c {
			case '\\':
				i++
			case quote:
				quote = 0
			}
		case depth > 0 && (c == '"' || c == '`' || c == '\'' && !letterBefore(text, i)):
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return text[1:i], i + 1
			}
		}
	}
	return "", 0
}

// element writes an element of HTML with the attributes that are words.
func (c *call) element(name string, empty bool) string {
	var b strings.Builder
	b.WriteString("<" + name)
	for _, key := range []string{"href", "src", "alt", "title", "width", "height", "lang", "dir", "colspan", "rowspan", "start", "cite", "datetime"} {
		if v := c.named[key]; v != "" {
			b.WriteString(" " + key + `="` + strings.ReplaceAll(v, `"`, "&quot;") + `"`)
		}
	}
	if empty {
		b.WriteString(" /")
	}
	return b.String() + ">"
}

// braces is what an expression of MDX says: {'text'} its text, {/* … */} nothing.
func (d *degrader) braces(c *call) string {
	if strings.HasPrefix(c.raw, "/*") || c.raw == "" {
		return ""
	}
	if m := jsxWords.FindStringSubmatch(c.raw); m != nil {
		return m[1] + m[2] + m[3]
	}
	if m := variable.FindStringSubmatch(c.raw); m != nil {
		name := strings.TrimPrefix(strings.TrimPrefix(c.raw, "frontmatter."), "frontMatter.")
		if v, ok := d.page.tables[0][strings.ToLower(name)]; ok && v.kind == aScalar {
			return oneLine(v.text)
		}
	}
	d.page.leaveUnsaid("{" + short(c.raw) + "}")
	return ""
}
