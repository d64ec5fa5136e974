package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/tidings/tidings"
)

// change is a field that two states of a release differ in.
type change struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// difference is what is between two states of a release.
type difference struct {
	Fields []change `json:"fields"`
	Text   []string `json:"text"`   // the paragraphs that differ: [-gone-] {+come+}
	Markup bool     `json:"markup"` // the words are the same, but not how they are set
}

func (d *difference) none() bool { return len(d.Fields) == 0 && len(d.Text) == 0 && !d.Markup }

// differenceOf tells what becomes of a when it becomes b.
func differenceOf(a, b *tidings.Release) difference {
	d := difference{Fields: []change{}, Text: compareTexts(a.Body.Text, b.Body.Text)}
	d.Markup = len(d.Text) == 0 && a.Body.HTML != b.Body.HTML
	old := facts(b)
	for i, f := range facts(a) {
		if to := old[i].To; to != f.To {
			d.Fields = append(d.Fields, change{Field: f.Field, From: f.To, To: to})
		}
	}
	return d
}

// facts are a release's fields but the text, each as one line in To.
func facts(r *tidings.Release) []change {
	files := make([]string, len(r.Attachments))
	for i, a := range r.Attachments {
		files[i] = a.Name
		if a.Hash != "" {
			files[i] += " " + a.Hash[:min(8, len(a.Hash))] // the same name may be another file
		} else {
			files[i] += " " + a.URL
		}
	}
	contact := strings.Join(slices.DeleteFunc([]string{r.Contact.Name, r.Contact.Email, r.Contact.Phone}, func(s string) bool {
		return s == ""
	}), ", ")
	return []change{
		{Field: "title", To: r.Title},
		{Field: "summary", To: r.Summary},
		{Field: "slug", To: r.Slug},
		{Field: "language", To: r.Language},
		{Field: "topics", To: strings.Join(r.Topics, ", ")},
		{Field: "office", To: r.Office},
		{Field: "authors", To: strings.Join(r.Authors, ", ")},
		{Field: "contact", To: contact},
		{Field: "attachments", To: strings.Join(files, "; ")},
		{Field: "translation", To: r.Translation},
		{Field: "aliases", To: strings.Join(r.Aliases, ", ")},
	}
}

// print writes the difference for people; paint is whether they see colours.
func (d *difference) print(w io.Writer, paint bool) {
	for _, f := range d.Fields {
		fmt.Fprintf(w, "  %-11s %s\n", f.Field, painted(compareWords(f.From, f.To), paint))
	}
	for i, p := range d.Text {
		if i > 0 || len(d.Fields) > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "  %s\n", painted(p, paint))
	}
	if d.Markup {
		fmt.Fprintln(w, "  the words of the text are the same; links, pictures or emphasis differ")
	}
}

// seesColours: whether this is a terminal whose owner does not object (no-color.org).
func seesColours(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd()))
}

func painted(s string, paint bool) string {
	if !paint {
		return s
	}
	return strings.NewReplacer(goneOpen, "\x1b[31m"+goneOpen, goneShut, goneShut+"\x1b[0m",
		cameOpen, "\x1b[32m"+cameOpen, cameShut, cameShut+"\x1b[0m").Replace(s)
}

// How words that went and words that came are marked, as `git diff --word-diff` does.
const (
	goneOpen, goneShut = "[-", "-]"
	cameOpen, cameShut = "{+", "+}"
)

// compareTexts gives the paragraphs in which two texts differ, with their words marked.
func compareTexts(from, to string) []string {
	var marked []string
	for _, s := range align(paragraphs(from), paragraphs(to)) {
		for i := range max(len(s.gone), len(s.came)) {
			var a, b string
			if i < len(s.gone) {
				a = s.gone[i]
			}
			if i < len(s.came) {
				b = s.came[i]
			}
			marked = append(marked, compareWords(a, b))
		}
	}
	return marked
}

func paragraphs(text string) []string {
	var all []string
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// compareWords gives the two lines as one, with what went and what came marked.
func compareWords(from, to string) string {
	var b strings.Builder
	gone, came := "", ""
	flush := func() {
		if gone != "" {
			b.WriteString(goneOpen + gone + goneShut)
		}
		if came != "" {
			b.WriteString(cameOpen + came + cameShut)
		}
		gone, came = "", ""
	}
	for _, s := range align(words(from), words(to)) {
		same := strings.Join(s.same, "")
		if gone+came != "" && strings.TrimSpace(same) == "" && len(s.gone)+len(s.came) > 0 {
			gone, came = gone+same, came+same // a space between two changes belongs to both
		} else {
			flush()
			b.WriteString(same)
		}
		gone, came = gone+strings.Join(s.gone, ""), came+strings.Join(s.came, "")
	}
	flush()
	return b.String()
}

// words takes a text apart: runs of letters, as Korean and English have their words, numbers with their points and commas, runs
// of space, and all other characters one by one, those of scripts without spaces among them.
func words(s string) []string {
	var all []string
	var before rune
	last := 0
	for i, r := range s {
		kind := kindOf(r)
		if (r == '.' || r == ',') && unicode.IsDigit(before) && startsWithDigit(s[i+1:]) {
			kind = 2
		}
		if n := len(all); n > 0 && kind == last && kind != 0 {
			all[n-1] += string(r)
		} else {
			all = append(all, string(r))
		}
		last, before = kind, r
	}
	return all
}

func startsWithDigit(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsDigit(r)
}

func kindOf(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return 1
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
		return 0
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return 2
	}
	return 0
}
