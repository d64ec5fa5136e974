package tidings_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tidings/tidings"
)

func TestLeadIsTheSummaryElseWholeSentencesElseWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		summary, text string
		limit         int
		want          string
	}{
		"summary, never cut":         {"  A summary of the office's own.  ", "Text.", 5, "A summary of the office's own."},
		"short text, whole":          {"", "Exports rose\nby 1.2 percent", 40, "Exports rose by 1.2 percent"},
		"no text":                    {"", " \n ", 40, ""},
		"sentences that fit":         {"", "Exports rose again. Imports fell too. Nobody knows why.", 40, "Exports rose again. Imports fell too."},
		"exactly the limit":          {"", "Exports rose. More text", 13, "Exports rose."},
		"quoted sentence":            {"", "“Exports rose again.” So the minister said on Monday.", 30, "“Exports rose again.”"},
		"abbreviation is no end":     {"", "The ministry spoke to Mr. Kim about exports", 30, "The ministry spoke to Mr. Kim…"},
		"U.S. is no end":             {"", "Servers and datacenters in the U.S. and the EU grew", 38, "Servers and datacenters in the U.S.…"},
		"Korean sentence":            {"", "수출이 늘었다. 수입은 줄었고 흑자가 이어졌다.", 20, "수출이 늘었다."},
		"number ends a sentence":     {"", "It began in 2025. It goes on for a long time", 25, "It began in 2025."},
		"no space to cut at":         {"", strings.Repeat("한", 30), 10, strings.Repeat("한", 9) + "…"},
		"comma before the cut":       {"", "Semiconductors, displays, phones and more", 26, "Semiconductors, displays…"},
		"a figure without its unit":  {"", "Exports to the Union climbed 1.2 percent and 5.6 percent", 50, "Exports to the Union climbed 1.2 percent and…"},
		"back to the clause's end":   {"", "Exports to the Union climbed, and imports fell by 5.6 percent", 54, "Exports to the Union climbed, and imports fell by…"},
		"a clause that ends near":    {"", "Exports to the Union climbed by 1.2 percent, and by 5.6 percent", 57, "Exports to the Union climbed by 1.2 percent…"},
		"a sum without its unit":     {"", "The ministry will spend some 2.1 trillion won", 33, "The ministry will spend some…"},
		"two figures without a unit": {"", "The ministry will spend on this 3 100 won", 38, "The ministry will spend on this…"},
		"a figure with its sign":     {"", "Exports to the Union climbed by 5.6% in the year", 37, "Exports to the Union climbed by 5.6%…"},
		"a Korean figure":            {"", "올해 수출은 지난해보다 늘어 모두 3만 5천 대에 이르렀다", 21, "올해 수출은 지난해보다 늘어 모두…"},
		"a Korean clause":            {"", "올해 수출은 지난해보다 늘었고, 모두 3만 5천 대에 이르렀다", 24, "올해 수출은 지난해보다 늘었고…"},
		"a Korean sum with its unit": {"", "올해 수출은 지난해보다 늘어 3만원 넘게 올랐다", 21, "올해 수출은 지난해보다 늘어 3만원…"},
		"a figure in a long word":    {"", strings.Repeat("한", 8) + "12,345" + strings.Repeat("한", 8), 12, strings.Repeat("한", 8) + "…"},
		"a footnote's mark":          {"", "The ministry will spend some 2.1 [1] trillion won", 37, "The ministry will spend some…"},
		"nothing but figures":        {"", "12 34 56 78", 7, "12 34…"},
		"no room":                    {"", "Text", 0, ""},
		"a lone early sentence":      {"", "Yes. Exports of semiconductors to China and the EU rose", 40, "Yes. Exports of semiconductors to China…"},
		"sentence beyond the word":   {"", "One sentence here! Another word and more", 20, "One sentence here!"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tidings.Release{Summary: c.summary, Body: tidings.Body{Text: c.text}}
			got := r.Lead(c.limit)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.summary == "" && utf8.RuneCountInString(got) > c.limit {
				t.Errorf("%q is longer than %d characters", got, c.limit)
			}
		})
	}
}

func TestLeadBeginsWithTheFirstProseAndNeverRunsIntoAnotherKindOfBlock(t *testing.T) {
	t.Parallel()
	long := "The ministry has set out how exports of batteries are to grow in the years to come"
	for name, c := range map[string]struct{ text, want string }{
		"prose, then all else": {
			"회의를 열었다.\n\n회의 개요\n\n- 첫째\n- 둘째\n\n구분 | 값", "회의를 열었다.",
		},
		"headings first":             {"Overview\n\nWho met\n\nThe ministers met. They agreed.", "The ministers met. They agreed."},
		"a list first":               {"- One\n- Two\n\nThe ministers met.", "The ministers met."},
		"a numbered list first":      {"1. One\n2. Two\n\nThe ministers met.", "The ministers met."},
		"a table first":              {"Country | USD\nViet Nam | 1\n\nThe ministers met.", "The ministers met."},
		"a table's empty last cell":  {"대만 | 900 |\n\nThe ministers met.", "The ministers met."},
		"a quote first":              {"> We agree.\n>\n> And more.\n\nSo they said.", "So they said."},
		"a rule first":               {"* * *\n\nThe ministers met.", "The ministers met."},
		"a quoted sentence is prose": {"“We agree.”\n\nSo they said.", "“We agree.” So they said."},
		"a date is no list":          {"3. 17. 장관은 회의를 열었다.", "3. 17. 장관은 회의를 열었다."},
		"paragraphs join":            {"The ministers met.\n\nThey agreed.\n\nAnnex\n\nLater text.", "The ministers met. They agreed."},
		"without a full stop":        {long + "\n\nNext.", long},
		"the last block, short":      {"Overview\n\nExports up", "Exports up"},
		"nothing but a heading":      {"Overview", "Overview"},
		"no prose: the first block":  {"Overview\n\n- One\n- Two", "Overview"},
		"a list alone":               {"- One\n- Two", "One"},
		"a quote alone":              {"> We agree.\n>\n> And more.", "We agree."},
		"a rule alone":               {"* * *", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tidings.Release{Body: tidings.Body{Text: c.text}}
			if got := r.Lead(100); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
