package ingest

import (
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// eastAsian mends a delimiter parser for scripts that put no space between a word and its particle.
//
// CommonMark §6.2 decides by the neighbours of a run of * whether it may open or close emphasis, and takes
// punctuation on one side and a letter on the other to mean that a word goes on. In **"좋다."**라고 the letter is a
// particle, so the closing run would stay as literal asterisks. Beside an East Asian letter punctuation is
// therefore no hindrance. The underscore keeps its rules: it is the one delimiter that must not work within words.
type eastAsian struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (p eastAsian) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, _ := block.PeekLine()
	node := p.InlineParser.Parse(parent, block, pc)
	run, ok := node.(*parser.Delimiter)
	if !ok || run.Char == '_' {
		return node
	}
	after := ' '
	if run.OriginalLength < len(line) {
		after = util.ToRune(line, run.OriginalLength)
	}
	switch {
	case isEastAsian(before) && util.IsPunctRune(after):
		run.CanOpen = true
	case util.IsPunctRune(before) && isEastAsian(after):
		run.CanClose = true
	}
	return node
}

func isEastAsian(r rune) bool {
	return unicode.In(r, unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
