package tidings_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// expr is a filter as a person means it, with the plainest evaluation that there is.
type expr struct {
	op    string // "and", "or", "not", "topic", "lang", "word", "phrase", "after", "before"
	value string
	kids  []*expr
}

func randomExpr(rng *rand.Rand, depth int) *expr {
	pick := func(op string, values ...string) *expr { return &expr{op: op, value: values[rng.IntN(len(values))]} }
	kinds := 9
	if depth == 0 {
		kinds = 6
	}
	switch rng.IntN(kinds) {
	case 0:
		return pick("topic", "a", "b", "c", "b,a", "c,b")
	case 1:
		return pick("lang", "en", "ko", "en,ko")
	case 2, 3:
		return pick("word", "red", "green", "blue", "청색", "색")
	case 4:
		return pick("phrase", "red green", "green blue", "청색 red", "red 청")
	case 5:
		return pick([]string{"after", "before"}[rng.IntN(2)], "2025-03-02", "2025-03", "2025")
	case 6:
		return &expr{op: "not", kids: []*expr{randomExpr(rng, depth-1)}}
	}
	e := pick([]string{"and", "or"}[rng.IntN(2)], "")
	for range 1 + rng.IntN(4) {
		e.kids = append(e.kids, randomExpr(rng, depth-1))
	}
	return e
}

// write says the expression in the filter language, in one of the many ways to say it: the order, the groups and the
// doubled terms are the rng's choice.
func (e *expr) write(rng *rand.Rand) string {
	var s string
	switch e.op {
	case "and", "or":
		var parts []string
		for _, k := range e.kids {
			part := k.write(rng)
			if k.op == "or" || k.op == "and" && rng.IntN(2) == 0 {
				part = "( " + part + ")"
			}
			parts = append(parts, part)
		}
		if rng.IntN(3) == 0 {
			parts = append(parts, parts[0])
		}
		rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		s = strings.Join(parts, map[string]string{"and": "  ", "or": " OR "}[e.op])
	case "not":
		s = "-(" + e.kids[0].write(rng) + ")"
	case "word":
		s = e.value
	case "phrase":
		s = `"` + e.value + `"`
	default:
		s = e.op + ":" + e.value
	}
	switch rng.IntN(6) {
	case 0:
		return "(" + s + ")"
	case 1:
		return "--(" + s + ")"
	case 2:
		return strings.Map(upper, s)
	}
	return s
}

// upper makes capitals of colours, which words and phrases consist of.
func upper(r rune) rune {
	if strings.ContainsRune("dglu", r) {
		return unicode.ToUpper(r)
	}
	return r
}

func (e *expr) matches(r *tidings.Release) bool {
	one := func(k *expr) bool { return k.matches(r) }
	day := r.Published.Format(time.DateOnly)
	switch e.op {
	case "and":
		return !slices.ContainsFunc(e.kids, func(k *expr) bool { return !one(k) })
	case "or":
		return slices.ContainsFunc(e.kids, one)
	case "not":
		return !one(e.kids[0])
	case "topic":
		return slices.ContainsFunc(strings.Split(e.value, ","), r.HasTopic)
	case "lang":
		return slices.Contains(strings.Split(e.value, ","), r.Language)
	case "after":
		return day >= (e.value + "-01-01")[:10]
	case "before":
		return day < (e.value + "-01-01")[:10]
	}
	// Words of Latin letters end at blanks, those of Hangul may go on.
	title, value := " "+r.Title+" ", e.value
	if value[0] < utf8.RuneSelf {
		value = " " + value
	}
	if value[len(value)-1] < utf8.RuneSelf {
		value += " "
	}
	return strings.Contains(title, value)
}

func randomRelease(rng *rand.Rand) *tidings.Release {
	r := &tidings.Release{
		Language:  []string{"en", "ko", "de"}[rng.IntN(3)],
		Published: time.Date(2024+rng.IntN(2), time.Month(2+rng.IntN(2)), 1+rng.IntN(3), 12, 0, 0, 0, time.UTC),
	}
	for _, topic := range []string{"a", "b", "c"} {
		if rng.IntN(3) == 0 {
			r.Topics = append(r.Topics, topic)
		}
	}
	var words []string
	for range rng.IntN(5) {
		words = append(words, []string{"red", "green", "blue", "reddish", "청색", "짙은청색은"}[rng.IntN(6)])
	}
	r.Title = strings.Join(words, " ")
	return r
}

func TestFilterMeansTheSameHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var releases []*tidings.Release
	var docs []*tidings.Doc
	for range 40 {
		releases = append(releases, randomRelease(rng))
		docs = append(docs, tidings.NewDoc(releases[len(releases)-1], time.UTC))
	}
	for range 3000 {
		e := randomExpr(rng, 3)
		written := e.write(rng)
		f := parse(t, written)
		canonical := f.String()
		if again := parse(t, canonical).String(); again != canonical {
			t.Fatalf("%q is %q, and that is %q", written, canonical, again)
		}
		if other := e.write(rng); parse(t, other).String() != canonical {
			t.Fatalf("%q is %q, but %q is %q", written, canonical, other, parse(t, other))
		}
		for i, r := range releases {
			if got, want := f.MatchDoc(docs[i]), e.matches(r); got != want {
				t.Fatalf("%q (%q) matches %q %q %q %s: %v, want %v",
					written, canonical, r.Title, r.Topics, r.Language, r.Published, got, want)
			}
		}
	}
}

func TestFilterFoldsEveryLetterOnce(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.Sc) {
			continue
		}
		f, err := tidings.ParseFilter("a" + string(r))
		if err != nil {
			t.Fatalf("%U: %v", r, err)
		}
		if again := parse(t, f.String()); again.String() != f.String() {
			t.Errorf("%U is %q, and that is %q", r, f, again)
		}
	}
}

func TestFilterReadsDecomposedLettersAsComposed(t *testing.T) {
	t.Parallel()
	for _, block := range [][2]rune{{0xC0, 0x2AF}, {0x376, 0x52F}, {0x1E00, 0x1EFF}, {'가', '힣'}} {
		for r := block[0]; r <= block[1]; r++ {
			if !unicode.IsLetter(r) {
				continue
			}
			composed, decomposed := parse(t, "x"+string(r)), parse(t, "x"+norm.NFD.String(string(r)))
			if composed.String() != decomposed.String() {
				t.Errorf("%U is %q composed and %q decomposed", r, composed, decomposed)
			}
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{
		"", "topic:energy,trade -lang:ko", `"supply chain" OR (a -b)`, "after:2025-03 before:2026", "경제 FTA는",
		"U.S. $16.7 1,000", "\u1100\u1161\u11a8", "S\u030cef", "--((a))", "topic:", "-", "“a", "a OR", "OR", "()",
		"1.\xff2", "\xff", "a\u00adb", "ﬁ ǅ ẞ İ ſ",
	} {
		f.Add(s)
	}
	doc := tidings.NewDoc(sameInKorean(f), time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		filter, err := tidings.ParseFilter(s)
		if err != nil {
			wrong, ok := errors.AsType[*tidings.FilterError](err)
			if !ok || wrong.Pos < 1 || wrong.Pos > utf8.RuneCountInString(s)+1 {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		again, err := tidings.ParseFilter(filter.String())
		if err != nil || again.String() != filter.String() {
			t.Fatalf("%q is %q, and that is %q: %v", s, filter, again, err)
		}
		if filter.MatchDoc(doc) != again.MatchDoc(doc) || fmt.Sprint(filter.Topics()) != fmt.Sprint(again.Topics()) {
			t.Fatalf("%q and its canonical text %q differ", s, filter)
		}
	})
}
