package tidings

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lead is the summary, whole, or where the press office wrote none, the beginning of the text's first prose on one line: as
// many sentences as fit into limit characters, else as many words, with an ellipsis.
func (r *Release) Lead(limit int) string {
	if s := strings.TrimSpace(r.Summary); s != "" {
		return s
	}
	text := []rune(opening(r.Body.Text, limit))
	if len(text) <= limit {
		return string(text)
	}
	if limit < 1 {
		return ""
	}
	for i := limit; i > limit/3; i-- {
		if text[i] == ' ' && endsSentence(text[:i]) {
			return string(text[:i])
		}
	}
	return strings.TrimRight(string(text[:cut(text, limit)]), " ,;:–—") + "…"
}

// cut is where to leave off a text of more than limit characters, with room for an ellipsis: behind a word that fits, or inside
// one that is longer than two thirds. A figure whose unit would be cut off is left out whole, with what stands since the last
// comma or semicolon where that is little.
func cut(text []rune, limit int) int {
	word := lastBlank(text, limit)
	if word <= limit/3 {
		word = limit - 1
		for word > 1 && inFigure(text[word]) && inFigure(text[word-1]) {
			word--
		}
	}
	if !openFigure(text[:word]) {
		return word
	}
	for i := word - 1; i > word*2/3; i-- {
		if text[i] == ' ' && strings.ContainsRune(",;，；、", text[i-1]) {
			return i
		}
	}
	for end := word; end > 0; end = lastBlank(text, end) {
		if !openFigure(text[:end]) {
			return end
		}
	}
	return word // nothing but figures
}

// lastBlank is where the last blank before end stands, or 0.
func lastBlank(text []rune, end int) int {
	for end--; end > 0 && text[end] != ' '; end-- {
	}
	return max(end, 0)
}

// openFigure reports whether text ends in a figure that says nothing without what follows it: 5.6 of "5.6 percent", 3만 of
// "3만 5천 명". A footnote's mark, [1], is no more worth telling.
func openFigure(text []rune) bool {
	end := len(text)
	for end > 0 && strings.ContainsRune("십백천만억조十百千万萬億兆]", text[end-1]) {
		end--
	}
	return end > 0 && unicode.IsDigit(text[end-1])
}

// inFigure: a figure written in one piece is not taken apart here.
func inFigure(c rune) bool {
	return unicode.IsDigit(c) || strings.ContainsRune(".,십백천만억조十百千万萬億兆", c)
}

// opening is the first paragraph of prose and those that follow it without a heading, list, table or quote between, as far
// as more than limit characters. A text without prose opens with the first line of its first block.
func opening(text string, limit int) string {
	blocks := blocksOf(text)
	prose := ""
	for i, block := range blocks {
		switch {
		case !isProse(block, i == len(blocks)-1):
			if prose != "" {
				return prose
			}
			continue
		case prose == "":
			prose = oneLine(block)
		default:
			prose += " " + oneLine(block)
		}
		if !endsSentence([]rune(prose)) || utf8.RuneCountInString(prose) > limit {
			break // what does not end in a full stop would run into the next paragraph
		}
	}
	if prose != "" || len(blocks) == 0 {
		return prose
	}
	first, _, _ := strings.Cut(blocks[0], "\n")
	return oneLine(strings.TrimLeft(first, "->*| "))
}

// blocksOf takes a text apart at its blank lines. What holds no letter and no digit, as a rule does, is no block.
func blocksOf(text string) []string {
	var blocks []string
	var lines []string
	for line := range strings.Lines(text + "\n\n") {
		if strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimSpace(line))
			continue
		}
		block := strings.Join(lines, "\n")
		if strings.ContainsFunc(block, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
			blocks = append(blocks, block)
		}
		lines = lines[:0]
	}
	return blocks
}

// shortest is how many characters make a paragraph of a block that does not end as sentences do: a shorter one before
// another is taken for a heading.
const shortest = 60

// isProse tells a paragraph from what Body.Text holds besides: headings, lists ("- ", "1. "), tables (" | "), quotes ("> ").
func isProse(block string, last bool) bool {
	if strings.HasPrefix(block, "- ") || strings.HasPrefix(block, ">") || isNumbered(block) ||
		strings.HasPrefix(block, "|") || strings.Contains(block, " |") {
		return false
	}
	return last || utf8.RuneCountInString(block) >= shortest || endsSentence([]rune(block))
}

// isNumbered: "1. First", and not a date such as "3. 17. (Monday)".
func isNumbered(block string) bool {
	number, rest, found := strings.Cut(block, ". ")
	return found && number != "" && len(number) <= 3 && strings.Trim(number, "0123456789") == "" &&
		rest != "" && (rest[0] < '0' || rest[0] > '9')
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// endsSentence reports whether text ends in a full stop, perhaps inside quotes. A dot after a capital and at most
// two more Latin letters is taken for an abbreviation: "Mr.", "U.S.", "No.".
func endsSentence(text []rune) bool {
	end := len(text)
	for end > 0 && strings.ContainsRune("\"'”’»)", text[end-1]) {
		end--
	}
	if end == 0 || !strings.ContainsRune(".!?。！？", text[end-1]) {
		return false
	}
	letters, capital := 0, false
	for i := end - 2; i >= 0 && text[i] != ' '; i-- {
		if text[i] != '.' && !unicode.Is(unicode.Latin, text[i]) {
			return true
		}
		letters, capital = letters+1, unicode.IsUpper(text[i])
	}
	return text[end-1] != '.' || letters > 3 || !capital
}
