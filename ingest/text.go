package ingest

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// textOf is the plain text of a sanitised tree: paragraphs with a blank line between them, lists with "- " or their
// numbers, one line for each row of a table, links as their words.
func textOf(tree *html.Node) string {
	return strings.Join(blocks(tree), "\n\n")
}

// blocks are the paragraphs of a node's content, in order; none is empty.
func blocks(parent *html.Node) []string {
	var out []string
	var line inline
	flush := func() {
		if s := line.take(); s != "" {
			out = append(out, s)
		}
	}
	for n := range parent.ChildNodes() {
		if !holdsBlock(n) {
			line.add(n)
			continue
		}
		flush()
		out = append(out, block(n)...)
	}
	flush()
	return out
}

// block is the paragraphs of one block element.
func block(n *html.Node) []string {
	switch n.DataAtom {
	case atom.Hr:
		return []string{"* * *"}
	case atom.Pre:
		return nonEmpty(strings.Trim(content(n), "\n"))
	case atom.Ul, atom.Ol:
		return nonEmpty(list(n))
	case atom.Table:
		return table(n)
	case atom.Blockquote:
		return nonEmpty(prefixed(strings.Join(blocks(n), "\n\n"), "> ", "> "))
	}
	return blocks(n)
}

// list is one paragraph: a line for each entry, what belongs to an entry indented below it.
func list(n *html.Node) string {
	number := 1
	if start, err := strconv.Atoi(attribute(n, "start")); err == nil {
		number = start
	}
	var entries []string
	for li := range n.ChildNodes() {
		entry := strings.Join(blocks(wrap(li)), "\n")
		if entry == "" {
			continue
		}
		mark := "- "
		if n.DataAtom == atom.Ol {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		entries = append(entries, prefixed(entry, mark, strings.Repeat(" ", len(mark))))
	}
	return strings.Join(entries, "\n")
}

// wrap lets blocks read a list's stray child, which is no li, as an entry of its own.
func wrap(n *html.Node) *html.Node {
	if n.DataAtom == atom.Li {
		return n
	}
	copied := *n
	copied.Parent, copied.PrevSibling, copied.NextSibling = nil, nil, nil
	return &html.Node{Type: html.ElementNode, FirstChild: &copied, LastChild: &copied}
}

// table is the caption, and a paragraph with a line for each row.
func table(n *html.Node) []string {
	var caption, rows []string
	for e := range n.Descendants() {
		switch e.DataAtom {
		case atom.Caption:
			caption = blocks(e)
		case atom.Tr:
			var cells []string
			for c := range e.ChildNodes() {
				if c.DataAtom == atom.Th || c.DataAtom == atom.Td {
					cells = append(cells, strings.Join(strings.Fields(strings.Join(blocks(c), " ")), " "))
				}
			}
			if row := strings.TrimSpace(strings.Join(cells, " | ")); strings.Trim(row, "| ") != "" {
				rows = append(rows, row)
			}
		}
	}
	return append(caption, nonEmpty(strings.Join(rows, "\n"))...)
}

// inline gathers running text: white space counts once, a br is a line's end.
type inline struct{ b strings.Builder }

func (l *inline) add(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		l.b.WriteString(n.Data)
	case n.DataAtom == atom.Br:
		l.b.WriteByte(lineBreak)
	case n.DataAtom == atom.Img:
		l.b.WriteString(attribute(n, "alt"))
	case n.DataAtom == atom.Sup:
		l.raised(n, '^')
	case n.DataAtom == atom.Sub:
		l.raised(n, '_')
	default:
		for c := range n.ChildNodes() {
			l.add(c)
		}
	}
}

// raised keeps what stands above or below the line from running into a figure before it: "2.1 [1]" for a footnote's mark,
// "10^6" for a power, "3 1/2" for a fraction. Behind a letter it stays as it is: "m2", "CO2".
func (l *inline) raised(n *html.Node, sign byte) {
	words := content(n)
	before, _ := utf8.DecodeLastRuneInString(l.b.String())
	switch next := n.NextSibling; {
	case strings.HasPrefix(words, "[") || strings.HasSuffix(words, ")"):
		l.b.WriteByte(' ')
	case !unicode.IsDigit(before) || !startsNumber(words):
	case next != nil && (strings.HasPrefix(next.Data, "/") || strings.HasPrefix(next.Data, "⁄")):
		l.b.WriteByte(' ')
	default:
		l.b.WriteByte(sign)
	}
	for c := range n.ChildNodes() {
		l.add(c)
	}
}

// startsNumber: a number, perhaps with its sign.
func startsNumber(s string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(strings.TrimSpace(s), "+-−–"))
	return unicode.IsDigit(first)
}

// lineBreak stands for a br until white space is folded. Markup cannot hold it: HTML's parser drops NUL.
const lineBreak = 0

func (l *inline) take() string {
	lines := strings.Split(l.b.String(), string(rune(lineBreak)))
	l.b.Reset()
	for i, s := range lines {
		lines[i] = strings.Join(strings.FieldsFunc(s, isHTMLSpace), " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// isHTMLSpace: a no-break space is no white space that folds.
func isHTMLSpace(r rune) bool {
	return r < utf8.RuneSelf && strings.ContainsRune(" \t\n\r\f", r)
}

// content is all text below the node, as it stands.
func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(d.Data)
		case d.DataAtom == atom.Br:
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// prefixed puts first before the text's first line and rest before the others; a blank line gets no blanks.
func prefixed(s, first, rest string) string {
	if s == "" {
		return ""
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		p := rest
		if i == 0 {
			p = first
		}
		lines[i] = strings.TrimRight(p+l, " ")
	}
	return strings.Join(lines, "\n")
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// holdsBlock: a block, or an inline element around one, as in <b><p>…</p></b>.
func holdsBlock(n *html.Node) bool {
	if isBlock(n) {
		return true
	}
	for d := range n.Descendants() {
		if isBlock(d) {
			return true
		}
	}
	return false
}

func isBlock(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.P, atom.Div, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr, atom.Pre, atom.Blockquote,
		atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Table, atom.Caption, atom.Figure, atom.Figcaption,
		atom.Details, atom.Summary:
		return true
	}
	return false
}
