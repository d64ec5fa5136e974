package mailer

import (
	"bytes"
	"mime/quotedprintable"
	"strings"
	"testing"
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
