package ingest

import (
	"strings"

	"github.com/tidings/tidings"
)

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
