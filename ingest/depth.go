package ingest

import (
	"strings"

	"github.com/tidings/tidings"
)

// tooLong refuses Markdown that would take a time out of all proportion to its length.
func tooLong(source string) error {
	if err := tooDeep(source); err != nil {
		return err
	}
	if err := tooWide(source); err != nil {
		return err
	}
	return tooOpen(source)
}

// deepestBlocks is how many quotes and lists may stand within each other. Nobody writes ten.
const deepestBlocks = 100

// tooDeep refuses Markdown whose blocks nest deeper than HTML's parser follows, before time is spent on it: what a line
// costs grows with the square of the quotes it stands in.
func tooDeep(source string) error {
	for line := range strings.SplitSeq(source, "\n") {
		if len(line) > deepestBlocks && marksOf(line) > deepestBlocks {
			return tidings.Invalidf("body", "quotes and lists stand more than %d deep within each other in one line: take marks off", deepestBlocks)
		}
	}
	return nil
}

// marksOf counts the marks of quotes and lists that a line begins with.
func marksOf(line string) (n int) {
	quotes := 0
	for i := range len(line) {
		switch c := line[i]; {
		case c == '>':
			n++
			quotes++
		case c == ' ' || c == '\t' || c >= '0' && c <= '9':
		case (c == '-' || c == '+' || c == '*' || c == '.' || c == ')') && i+1 < len(line) && (line[i+1] == ' ' || line[i+1] == '\t'):
			n++
		default:
			return n
		}
	}
	return quotes // a line of other marks alone is a rule: * * *
}

// mostCells is how many cells the tables of a text may have beyond those that it can hold written out.
const mostCells = 100_000

// tooWide refuses tables that are much larger than they are written: a row that is short is filled up to the width of its table.
func tooWide(source string) error {
	cells, columns, rows, number := 0, 0, 0, 0
	for line := range strings.SplitSeq(source, "\n") {
		number++
		if endsBlock(line) {
			cells += columns * rows
			columns, rows = 0, 0
			continue
		}
		rows++
		columns = max(columns, columnsOf(line))
		if cells+columns*rows > mostCells+len(source) {
			return tidings.Invalidf("body", "line %d: its table has %d columns, and its rows are mostly empty: write a smaller table", number, columns)
		}
	}
	return nil
}

// endsBlock says whether a line is blank, also within a quote. Behind four spaces the mark of a quote is text.
func endsBlock(line string) bool {
	rest := strings.TrimLeft(line, "> \t\r")
	return rest == "" && (!strings.Contains(line, ">") || !strings.ContainsAny(line, "\t") && !strings.Contains(line, "    "))
}

// columnsOf is how many columns a line such as |:--|--:| gives a table, at most; 0: it is no such line.
func columnsOf(line string) int {
	row := strings.TrimLeft(line, " \t>+*-.)0123456789")
	if strings.Trim(row, "|:- \t\r\f\v") != "" || !strings.Contains(line, "-") {
		return 0
	}
	return strings.Count(strings.Trim(row, "| \t\r"), "|") + 1
}

// farthestLinks is how far the ends of all links of a text may be behind their beginnings, in octets, for each octet of it and
// once for all.
const (
	farthestLink  = 8
	farthestLinks = 20 << 20
)

// tooOpen refuses texts with very many links that do not end: each costs a search.
func tooOpen(source string) error {
	left := farthestLinks + farthestLink*len(source)
	for at := 0; ; {
		i := strings.Index(source[at:], "](")
		if i < 0 {
			return nil
		}
		at += i + len("](")
		if left -= linkEnd(source[at:], left); left <= 0 {
			return tidings.Invalidf("body", "line %d: too many links that do not end: close their parentheses", 1+strings.Count(source[:at], "\n"))
		}
	}
}

// linkEnd is how far the search for the end of a link goes, from behind its parenthesis: to the one that closes it, or to the
// end of the block; where its address is in <>, to the end of that. It looks no further than most.
func linkEnd(text string, most int) int {
	text = text[:min(len(text), most)]
	if strings.HasPrefix(strings.TrimLeft(text[:min(len(text), 100)], " \t\r\n"), "<") {
		if i := strings.IndexAny(text, ">\n"); i >= 0 {
			return i
		}
		return len(text)
	}
	open := 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return i
			}
		case '\n':
			if strings.HasPrefix(text[i:], "\n\n") {
				return i
			}
		}
	}
	return len(text)
}

// tagEnd is where the tag ends that the text begins with: at its >, or at the < of the next, since none can be within it.
func tagEnd(text string) int {
	quote := byte(0)
	for i := range len(text) {
		switch c := text[i]; {
		case c == '<', c == '>' && quote == 0:
			return i
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		}
	}
	return len(text)
}
