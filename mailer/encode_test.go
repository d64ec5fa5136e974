package mailer

import (
	"bytes"
	"mime/quotedprintable"
	"strings"
	"testing"

	"github.com/tidings/tidings/templates"
)

func FuzzQuotedPrintableIsThatOfTheStandardLibrary(f *testing.F) {
	for _, text := range []string{
		"", "a = b", "ends with a blank \r\n and a tab\t\r\n", strings.Repeat("a", 75) + "\r\n" + strings.Repeat("b", 76) + "\r\n",
		strings.Repeat("é", 60), strings.Repeat("word ", 40), strings.Repeat("x", 74) + "=\r\n", strings.Repeat("x", 75) + " \r\nnext",
		strings.Repeat("y", 73) + "é", ".\r\n.dot",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = canonical(text)
		var want bytes.Buffer
		w := quotedprintable.NewWriter(&want)
		if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		if got := appendQuotedPrintable(nil, []byte(text)); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%q\nis      %q\nbecomes %q", text, want.Bytes(), got)
		}
	})
}

func FuzzAPartPutTogetherIsEncodedAsTheWhole(f *testing.F) {
	f.Add("head = \r\n", "a line\r\n", "between \n", "not the end of a line", " tail", 20)
	f.Add("", "ends with a blank \n", "", strings.Repeat("é", 60)+"\n", "\ttab\t\n", 1000)
	f.Add("within a line ", "x\n", "\n", "\n", "", 3)
	f.Add(strings.Repeat("b", 76)+"\n", strings.Repeat("a", 200)+"\n", "\r\n", " \n", "=\n", 90)
	f.Fuzz(func(t *testing.T, head, one, between, two, tail string, cut int) {
		fragments := []fragment{newFragment(one), newFragment(two)}
		b := join([]templates.Cutting{{Text: head, Release: 0}, {Text: between, Release: 1}, {Text: tail, Release: -1}},
			func(n int) *fragment { return &fragments[n] })
		if want := canonical(head) + canonical(one) + canonical(between) + canonical(two) + canonical(tail); b.text != want {
			t.Fatalf("%q, not %q", b.text, want)
		}
		cut = max(0, min(cut, len(b.text)))
		cut = strings.LastIndexByte(b.text[:cut], '\n') + 1
		if got, want := b.quoted(cut), appendQuotedPrintable(nil, b.text[:cut]); !bytes.Equal(got, want) {
			t.Errorf("%q\nbecomes %q\nnot     %q", b.text[:cut], got, want)
		}
		if got, want := b.quoted(len(b.text)), appendQuotedPrintable(nil, b.text); !bytes.Equal(got, want) {
			t.Errorf("the whole of %q\nbecomes %q\nnot     %q", b.text, got, want)
		}
	})
}
