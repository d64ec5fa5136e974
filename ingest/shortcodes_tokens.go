package ingest

import (
	"strings"
	"unicode/utf8"
)

// token is a piece of a page: text as it stands, or a call of its tool.
type token struct {
	text  string // as written, braces and all
	call  *call  // nil: text alone
	close string // what this ends: "note" for {% endnote %}; "" for what ends nothing
	end   int    // the token that ends this one; 0: none
}

// style is how a call is written, which says what may end it.
type style string

const (
	angle      style = "{{<" // Hugo
	tag        style = "{%"  // Liquid, Nunjucks, Zola
	expression style = "{{"  // a value
	component  style = "<"   // MDX
	brace      style = "{"   // an expression of MDX
)

// call is one use of a shortcode, tag or component.
type call struct {
	style style
	name  string            // in lower case, without folder and extension
	raw   string            // all that stands between the braces
	args  []string          // in order, those without a key
	named map[string]string // by key in lower case
}

// tokens parts the text and finds what ends what.
func (d *degrader) tokens(text string) []token {
	var out []token
	start := 0
	flush := func(end int) {
		if end > start {
			out = append(out, token{text: text[start:end]})
		}
	}
	for i := 0; i < len(text); {
		if text[i] != '{' && text[i] != '<' {
			i++
			continue
		}
		tok, size := d.tokenAt(text[i:])
		if size == 0 {
			i++
			continue
		}
		flush(i)
		out = append(out, tok)
		i += size
		start = i
	}
	flush(len(text))
	paired(out)
	return out
}

// tokenAt reads the call that the text begins with; size 0: there is none.
func (d *degrader) tokenAt(text string) (t token, size int) {
	switch {
	case strings.HasPrefix(text, "{{<") || strings.HasPrefix(text, "{{%"):
		if strings.HasPrefix(text[3:], "/*") {
			return t, 0
		}
		ending := string([]byte{">%"[strings.IndexByte("<%", text[2])], '}', '}'})
		inside, size := d.upTo(text, 3, ending)
		if size == 0 {
			return t, 0
		}
		return hugoToken(text[:size], inside), size
	case strings.HasPrefix(text, "{%"):
		inside, size := d.upTo(text, 2, "%}")
		if size == 0 {
			return t, 0
		}
		return d.liquidToken(text, strings.TrimSpace(strings.Trim(inside, "-+")), size)
	case strings.HasPrefix(text, "{#"):
		if _, size := d.upTo(text, 2, "#}"); size > 0 && !strings.HasPrefix(text, "{#}") && d.page.folder.tool.dialect != hugo {
			return token{call: &call{style: tag, name: "comment"}}, size
		}
	case strings.HasPrefix(text, "{{") && !d.jsx && d.page.folder.tool.dialect != hugo:
		inside, size := d.upTo(text, 2, "}}")
		inside = strings.TrimSpace(strings.Trim(inside, "-"))
		if size == 0 || inside == "" {
			return t, 0
		}
		return token{text: text[:size], call: &call{style: expression, raw: inside}}, size
	case d.jsx:
		return d.jsxToken(text)
	}
	return t, 0
}

// mostMisses bounds the calls of a page that never end: each costs a search for its end.
const mostMisses = 2_000

// upTo is the function of that name, as long as the page is not made of calls without an end.
func (d *degrader) upTo(text string, from int, ending string) (inside string, size int) {
	if d.misses > mostMisses {
		return "", 0
	}
	if inside, size = upTo(text, from, ending); size == 0 {
		d.misses++
	}
	return inside, size
}

// farthestEnd bounds the search for the end of a call, in octets.
const farthestEnd = 16 << 10

// upTo is the text from an offset to the ending, outside quotes, and the octets with both.
func upTo(text string, from int, ending string) (inside string, size int) {
	text = text[:min(len(text), farthestEnd)]
	quote := byte(0)
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' && !letterBefore(text, i):
			quote = c
		case strings.HasPrefix(text[i:], ending):
			return text[from:i], i + len(ending)
		}
	}
	// An apostrophe may have looked like a quote.
	if i := strings.Index(text[min(from, len(text)):], ending); i >= 0 && !strings.Contains(text[from:from+i], "\n\n") {
		return text[from : from+i], from + i + len(ending)
	}
	return "", 0
}

func letterBefore(text string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(text[:i])
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func hugoToken(text, inside string) token {
	inside = strings.TrimSpace(inside)
	if name, isClose := strings.CutPrefix(inside, "/"); isClose {
		return token{text: text, close: string(angle) + strings.ToLower(strings.TrimSpace(name))}
	}
	c := newCall(angle, strings.TrimSpace(strings.TrimSuffix(inside, "/")))
	return token{text: text, call: c}
}

// liquidToken reads a tag. What raw and comment hold is no syntax, so the token holds it whole.
func (d *degrader) liquidToken(text, inside string, size int) (token, int) {
	c := newCall(tag, inside)
	switch c.name {
	case "raw", "verbatim", "comment":
		end := d.rawEnd(text[size:], "end"+c.name)
		if end[0] < 0 {
			return token{call: &call{style: tag, name: "comment"}}, size
		}
		held := text[size : size+end[0]]
		whole := size + end[1]
		if c.name == "comment" {
			return token{call: &call{style: tag, name: "comment"}}, whole
		}
		return token{text: d.hide(held)}, whole
	case "end": // Zola
		return token{text: text[:size], close: "("}, size
	}
	if name, isClose := strings.CutPrefix(c.name, "end"); isClose {
		return token{text: text[:size], close: string(tag) + strings.TrimLeft(name, "_-")}, size
	}
	if name, isClose := strings.CutPrefix(inside, "/"); isClose { // Markdoc
		return token{text: text[:size], close: string(tag) + strings.ToLower(strings.TrimSpace(name))}, size
	}
	return token{text: text[:size], call: c}, size
}

// rawEnd is where the tag of that name begins and ends; -1: nowhere.
func (d *degrader) rawEnd(text, name string) [2]int {
	at := 0
	for {
		i := strings.Index(text[at:], "{%")
		if i < 0 || d.endless[name] {
			d.endless[name] = true // nor behind here
			return [2]int{-1, -1}
		}
		begin := at + i
		inside, size := d.upTo(text[begin:], 2, "%}")
		if size > 0 && strings.TrimSpace(strings.Trim(inside, "-")) == name {
			return [2]int{begin, begin + size}
		}
		at = begin + 2
	}
}

// key is what a token that ends this call has in its close.
func (c *call) key() string {
	if c.style == tag && strings.Contains(c.raw, "(") && strings.HasSuffix(c.raw, ")") {
		return "("
	}
	return string(c.style) + c.name
}

// paired finds for each call the token that ends it. What stands between and has no end of its own needs none.
func paired(tokens []token) {
	type opened struct {
		key string
		at  int
	}
	var open []opened
	count := map[string]int{}
	for i := range tokens {
		t := &tokens[i]
		if t.call != nil && t.call.style != expression && t.call.style != brace && len(open) < mostOpen {
			open = append(open, opened{t.call.key(), i})
			count[t.call.key()]++
		}
		if t.close == "" || count[t.close] == 0 {
			continue
		}
		for {
			last := open[len(open)-1]
			open = open[:len(open)-1]
			count[last.key]--
			if last.key == t.close {
				tokens[last.at].end = i
				break
			}
		}
	}
}

// mostOpen bounds the calls that wait for an end. Most never get one.
const mostOpen = 10_000
