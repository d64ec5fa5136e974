package ingest

import (
	"regexp"
	"strconv"
	"strings"
)

// degrader makes readable Markdown of what only a site's own tool understands: Hugo's and Zola's shortcodes, the tags and
// expressions of Liquid and Nunjucks, the components of MDX, kramdown's attributes. Code that shows such syntax stays.
// Whatever it changes or leaves out is a note of the page.
type degrader struct {
	page   *page
	codes  []string          // what the marks in the text stand for
	vars   map[string]string // what {{ x }} says, as far as the page itself sets it
	values map[string]value  // what it calls by names of its own
	jsx    bool

	unclosed int             // fences that nothing closed
	misses   int             // calls that nothing ends, so far
	endless  map[string]bool // ends that do not come any more
}

// degraded is the text of a page without the syntax of its tool.
func (f *folder) degraded(pg *page, text string) string {
	text = readable(text)
	jsx := strings.HasSuffix(strings.ToLower(pg.path), ".mdx")
	if !strings.ContainsAny(text, "{<[") {
		return text
	}
	d := &degrader{page: pg, vars: map[string]string{}, values: map[string]value{}, endless: map[string]bool{}, jsx: jsx || f.tool.dialect == next}
	text = d.hideCode(text)
	if jsx {
		text = moduleLines.ReplaceAllString(text, "")
	}
	text = d.run(d.tokens(text))
	text = tidied(text)
	text = d.showCode(text)
	return escapedShortcode.ReplaceAllString(text, "{{$1$2$3}}")
}

var (
	// moduleLines are what MDX takes for JavaScript: import and export, up to the next blank line.
	moduleLines = regexp.MustCompile(`(?m)^(?:import\s+(?:[\w*{][^\n]*|['"][^\n]*)|export\s+(?:const|let|default|function|async|\*|\{)[^\n]*)(?:\n[^\n]+)*`)
	// escapedShortcode shows a shortcode instead of calling it: {{</* ref */>}}.
	escapedShortcode = regexp.MustCompile(`\{\{([<%])/\*(.*?)\*/([%>])\}\}`)
	rawMarkers       = regexp.MustCompile(`\{%-?\s*(?:end)?(?:raw|verbatim)\s*-?%\}\n?`)

	attributeList  = regexp.MustCompile(`[ \t]*\{:[^{}]{0,300}\}`)
	kramdownOption = regexp.MustCompile(`(?m)^[ \t]*\{::[^{}\n]*/?\}[ \t]*\n?|\{::[^{}\n]*/?\}`)
	contentsList   = regexp.MustCompile(`(?mi)^[*\-+1.]+[ \t]+(?:toc|table of contents)?[^\n]*\n\{:\s*toc[^{}\n]*\}[ \t]*$`)
	headingID      = regexp.MustCompile(`(?m)^(#{1,6}[ \t].*?)[ \t]*\{[#.][^{}\n]*\}[ \t]*(#*)[ \t]*$`)
	emptyAutolink  = regexp.MustCompile(`(^|[\s(*])<>`)
	markdownInHTML = regexp.MustCompile(`(<[a-zA-Z][^<>]*?)\smarkdown=["']?\w+["']?`)
	alert          = regexp.MustCompile(`(?m)^([ \t]*>[ \t]*)\[!(\w+)\][+-]?[ \t]*(.*)$`)
)

// tidied takes out what kramdown and its kin write about elements, and makes words of GitHub's alerts.
func tidied(text string) string {
	if strings.Contains(text, "{:") {
		text = contentsList.ReplaceAllString(text, "")
		text = kramdownOption.ReplaceAllString(text, "")
		text = attributeList.ReplaceAllString(text, "")
	}
	if strings.Contains(text, "{#") || strings.Contains(text, "{.") {
		text = headingID.ReplaceAllString(text, "$1")
	}
	if strings.Contains(text, "<>") {
		text = emptyAutolink.ReplaceAllString(text, "$1")
	}
	if strings.Contains(text, "markdown=") {
		text = markdownInHTML.ReplaceAllString(text, "$1")
	}
	if !strings.Contains(text, "[!") {
		return text
	}
	return alert.ReplaceAllStringFunc(text, func(line string) string {
		m := alert.FindStringSubmatch(line)
		return m[1] + "**" + m[2][:1] + strings.ToLower(m[2][1:]) + "** " + m[3]
	})
}

// mark stands for code until the rest is done. No text holds a NUL: readable has dropped it.
const mark = "\x00"

func (d *degrader) hide(code string) string {
	d.codes = append(d.codes, code)
	return mark + strconv.Itoa(len(d.codes)-1) + mark
}

// showCode puts the code back. Code that was hidden twice comes back by and by.
func (d *degrader) showCode(text string) string {
	if !strings.Contains(text, mark) {
		return text
	}
	var b strings.Builder
	for i, part := range strings.Split(text, mark) {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		if n, err := strconv.Atoi(part); err == nil && n < len(d.codes) {
			b.WriteString(d.showCode(d.codes[n]))
		}
	}
	return b.String()
}

var (
	fenceLine = regexp.MustCompile("^([ \t>]*(?:(?:[-*+]|\\d+[.)])[ \t]+)?)(`{3,}|~{3,})(.*)$")
	listLine  = regexp.MustCompile(`^\s*(?:[-*+]|\d+[.)])\s`)
)

// hideCode puts marks for code blocks and code spans.
func (d *degrader) hideCode(text string) string {
	h := hider{degrader: d, blank: true}
	for line := range strings.SplitAfterSeq(text, "\n") {
		h.line(line)
	}
	h.flush()
	rest := h.code.String()
	if rest == "" {
		return h.out.String()
	}
	// The fence that nothing closes was none to begin with, or ended with the list that it stood in.
	if d.unclosed++; d.unclosed > mostUnclosed {
		return h.out.String() + d.hide(rest)
	}
	opening, rest, _ := strings.Cut(rest, "\n")
	return h.out.String() + opening + "\n" + d.hideCode(rest)
}

// mostUnclosed bounds how often the rest of a page is read again.
const mostUnclosed = 5

// hider goes through a page line by line.
type hider struct {
	*degrader
	out   strings.Builder
	prose strings.Builder // lines that are not yet in out
	code  strings.Builder // lines of the fence that is open
	fence string          // "" outside
	blank bool            // the line before was
	block bool            // the line before was indented code
	list  bool            // an entry of a list stands above: what is indented may belong to it
}

func (h *hider) flush() {
	h.out.WriteString(h.hideSpans(h.prose.String()))
	h.prose.Reset()
}

func (h *hider) line(line string) {
	bare := strings.TrimRight(line, "\r\n")
	blank := strings.TrimSpace(bare) == ""
	indented := !blank && (strings.HasPrefix(bare, "    ") || strings.HasPrefix(bare, "\t"))
	m := fenceLine.FindStringSubmatch(bare)
	switch {
	case h.fence != "":
		h.code.WriteString(line)
		if closes(strings.TrimLeft(bare, " \t>"), h.fence) {
			h.out.WriteString(h.hide(rawMarkers.ReplaceAllString(h.code.String(), "")))
			h.code.Reset()
			h.fence = ""
		}
	case m != nil && (m[2][0] == '~' || !strings.Contains(m[3], "`")):
		h.flush()
		h.fence = m[2]
		h.code.WriteString(line)
	case indented && (h.blank || h.block) && !h.list:
		h.flush()
		h.out.WriteString(h.hide(rawMarkers.ReplaceAllString(line, "")))
		h.block = true
	default:
		h.prose.WriteString(line)
		h.block = h.block && blank
		switch {
		case listLine.MatchString(bare):
			h.list = true
		case h.blank && !blank && bare[0] != ' ' && bare[0] != '\t':
			h.list = false
		}
	}
	h.blank = blank
}

func closes(line, fence string) bool {
	line = strings.TrimRight(line, " \t")
	return len(line) >= len(fence) && strings.Trim(line, fence[:1]) == ""
}

// hideSpans hides `code` within a paragraph. A backtick that nothing closes is a letter like others.
func (d *degrader) hideSpans(text string) string {
	var out strings.Builder
	for text != "" {
		i := strings.IndexByte(text, '`')
		if i < 0 {
			break
		}
		n := 1
		for i+n < len(text) && text[i+n] == '`' {
			n++
		}
		end := spanEnd(text[i+n:], n)
		if end < 0 || i > 0 && text[i-1] == '\\' {
			out.WriteString(text[:i+n])
			text = text[i+n:]
			continue
		}
		end += i + n
		out.WriteString(text[:i])
		if code := text[i : end+n]; rawMarkers.MatchString(code) {
			out.WriteString(d.hide(rawMarkers.ReplaceAllString(code, "")))
		} else {
			out.WriteString(d.hide(code))
		}
		text = text[end+n:]
	}
	out.WriteString(text)
	return out.String()
}

// farthestSpan bounds the search for the end of a code span, in octets.
const farthestSpan = 4 << 10

// spanEnd is where n backticks, no more and no fewer, close a span of the same paragraph; -1: nowhere.
func spanEnd(text string, n int) int {
	text = text[:min(len(text), farthestSpan)]
	if i := strings.Index(text, "\n\n"); i >= 0 {
		text = text[:i]
	}
	for at := 0; at < len(text); {
		i := strings.IndexByte(text[at:], '`')
		if i < 0 {
			return -1
		}
		start := at + i
		end := start
		for end < len(text) && text[end] == '`' {
			end++
		}
		if end-start == n {
			return start
		}
		at = end
	}
	return -1
}
