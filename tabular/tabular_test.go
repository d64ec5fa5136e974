package tabular_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/transform"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/tabular"
)

// told are a table's rows, each with its line, and its faults, one beside the other.
func told(t *testing.T, r io.Reader, opts tabular.Options) string {
	t.Helper()
	if opts.LargestRow == 0 {
		opts.LargestRow = 1 << 20
	}
	rows, err := tabular.Open(r, "t.csv", opts)
	if err != nil {
		return err.Error()
	}
	said := []string{strings.Join(rows.Header, "|")}
	for range 20 {
		cells, line, err := rows.Next()
		invalid := new(tidings.InvalidError)
		switch {
		case errors.Is(err, io.EOF):
			return strings.Join(said, "\n")
		case err == nil:
			said = append(said, fmt.Sprintf("%d: %s", line, strings.Join(cells, "|")))
		case errors.Is(err, tabular.ErrTorn), !errors.As(err, &invalid):
			return strings.Join(append(said, err.Error()), "\n")
		default:
			said = append(said, err.Error())
		}
	}
	t.Fatal("the table never ends")
	return ""
}

func wide(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

func TestATableIsReadAsSpreadsheetsWriteIt(t *testing.T) {
	t.Parallel()
	const plain = "a , b,\n에너지,\"x\ny\",1\n\n , ,\nz,\"\"\"q\"\"\",2\n"
	const want = "a|b|column 3\n2: 에너지|x\ny|1\n6: z|\"q\"|2"
	for name, text := range map[string]string{
		"commas": plain, "semicolons": strings.ReplaceAll(plain, ",", ";"), "tabs": strings.ReplaceAll(plain, ",", "\t"),
		"bars": strings.ReplaceAll(plain, ",", "|"), "a mark": "\ufeff" + plain, "Windows": strings.ReplaceAll(plain, "\n", "\r\n"),
		"an old Mac": strings.ReplaceAll(plain, "\n", "\r"), "UTF-16": wide(binary.LittleEndian, plain), "UTF-16, big": wide(binary.BigEndian, plain),
	} {
		if got := told(t, iotest.OneByteReader(strings.NewReader(text)), tabular.Options{}); got != want {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	if got := told(t, strings.NewReader("sep=|\na|b,c,d\n1|2\n"), tabular.Options{}); got != "a|b,c,d\n3: 1|2" {
		t.Errorf("a line for Excel:\n%s", got)
	}
}

func TestOnlyATableWithoutAMarkIsAskedHowItIsWritten(t *testing.T) {
	t.Parallel()
	asked := 0
	old := tabular.Options{Unmarked: func(sample []byte) transform.Transformer {
		asked++
		if !strings.HasSuffix(string(sample), "\n") {
			t.Errorf("the sample ends in the middle of a letter: %q", sample)
		}
		return korean.EUCKR.NewDecoder()
	}}
	long := strings.Repeat("수출,수출\n", 9)
	text, err := korean.EUCKR.NewEncoder().String("제목,날짜\n" + long)
	if err != nil {
		t.Fatal(err)
	}
	if got := told(t, strings.NewReader(text), old); !strings.HasPrefix(got, "제목|날짜\n2: 수출|수출\n") || asked != 1 {
		t.Errorf("asked %d times:\n%s", asked, got)
	}
	for _, text := range []string{"\ufeff제목\n", wide(binary.LittleEndian, "제목\n"), wide(binary.BigEndian, "제목\n")} {
		if got := told(t, strings.NewReader(text), old); got != "제목" || asked != 1 {
			t.Errorf("asked %d times: %s", asked, got)
		}
	}
}

func TestARowThatIsNoneIsNamedByItsLineAndThoseBehindItCome(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                          "t.csv: is empty",
		"\"a\n":                     "t.csv:1: this is no table: parse error on line 1, column 4: extraneous or missing \" in quoted-field",
		"a,b\n1\n2,3\n":             "a|b\nt.csv:2: has 1 cells, the heading has 2: is a quote or a separator missing?\n3: 2|3",
		"a,b\n1,2,3\n2,3,,\n":       "a|b\nt.csv:2: has 3 cells, the heading has 2: is a quote or a separator missing?\n3: 2|3||",
		"a,b\n1,x\"\n2,3\n":         "a|b\nt.csv:2: column 4: bare \" in non-quoted-field\n3: 2|3",
		"a,b\n1,\"x\n2,3\n":         "a|b\nt.csv:2: from here to the end nothing was taken: the quote that opens here is never closed",
		"a,b\n1,\"x\n2,\"3\n4,5\n6": "a|b\nt.csv:2: from here to line 3 nothing was taken: the quote that opens here is not closed before line 3, column 3\n4: 4|5\nt.csv:5: has 1 cells, the heading has 2: is a quote or a separator missing?",
	} {
		if got := told(t, strings.NewReader(text), tabular.Options{}); got != want {
			t.Errorf("%q:\n%s", text, got)
		}
	}
}

func TestATableEndsWhereItCannotBeReadOn(t *testing.T) {
	t.Parallel()
	broken := io.MultiReader(strings.NewReader("a,b\n1,2\n"), iotest.ErrReader(errors.New("the disk is gone")))
	if got := told(t, broken, tabular.Options{}); got != "a|b\n2: 1|2\nread t.csv: the disk is gone" {
		t.Error(got)
	}
	torn := "a,b\n1,2\n\"" + strings.Repeat("3,4\n", 2<<20)
	got := told(t, strings.NewReader(torn), tabular.Options{LargestRow: 1 << 20})
	if want := "a|b\n2: 1|2\nt.csv:3: a row is larger than 1 MB, and from here to the end nothing was taken: is a quote missing that ends a cell?"; got != want {
		t.Error(got)
	}
}
