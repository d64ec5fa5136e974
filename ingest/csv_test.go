package ingest_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func tableOptions(t testing.TB) ingest.TableOptions {
	t.Helper()
	return ingest.TableOptions{Options: options(t)}
}

func csvItems(t testing.TB, text string, columns map[string]string) []ingest.Item {
	t.Helper()
	opts := tableOptions(t)
	opts.Columns = columns
	return slices.Collect(ingest.CSV(strings.NewReader(text), "press-2025-03.csv", opts))
}

func TestTableRowBecomesAReleaseWithAllThatItSays(t *testing.T) {
	t.Parallel()
	items := csvItems(t, "번호;제목;등록일;내용;담당부서;분류;작성자;URL;첨부파일;Slug;언어\r\n"+
		"17;\"새 \"\"법\"\"\";2025. 3. 14. 09:00;\"<p>첫 줄</p>\r\n<script>x</script>\";정책과;에너지|무역;김민지;https://old.example/2019/05/새/;https://old.example/a.pdf;New Law!;ko\r\n", nil)
	if len(items) != 1 || items[0].Err != nil {
		t.Fatalf("%+v", items)
	}
	r := items[0].Release
	if r.Title != `새 "법"` || !r.Published.Equal(time.Date(2025, 3, 14, 0, 0, 0, 0, time.UTC)) || r.Body.HTML != "<p>첫 줄</p>" || r.Office != "정책과" ||
		!slices.Equal(items[0].Terms, []string{"에너지", "무역"}) || !slices.Equal(r.Authors, []string{"김민지"}) || !slices.Equal(r.Aliases, []string{"/2019/05/새/"}) ||
		len(r.Attachments) != 1 || r.Attachments[0].MediaType != "application/pdf" || r.Slug != "new-law" || !r.SlugByHand || r.Language != "ko" ||
		r.Source != "table:press#17" || items[0].Line != 2 {
		t.Errorf("line %d, terms %q: %+v", items[0].Line, items[0].Terms, r)
	}
}

func TestTableIsReadAsSpreadsheetsWriteIt(t *testing.T) {
	t.Parallel()
	encode := func(b []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const ko, fr = "제목,날짜,본문\n산업 동향,2025-03-14,수출이 늘었다\n", "title,date,body\nÉté à la mer – déjà,2025-03-14,Où ?\n"
	for name, text := range map[string]string{
		"UTF-8": ko, "mark": "\ufeff" + ko, "cp949": encode(korean.EUCKR.NewEncoder().Bytes([]byte(ko))),
		"utf-16": encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(ko))),
		"tabs":   strings.ReplaceAll(ko, ",", "\t"), "semicolons": strings.ReplaceAll(ko, ",", ";"), "sep": "sep=|\n" + strings.ReplaceAll(ko, ",", "|"),
		"windows-1252": encode(charmap.Windows1252.NewEncoder().Bytes([]byte(fr))), "empty cells": "제목,날짜,본문\n산업 동향,2025-03-14,수출이 늘었다,,\n,,\n",
	} {
		var titles []string
		for _, item := range csvItems(t, text, nil) {
			if item.Err != nil {
				t.Errorf("%s: %v", name, item.Err)
			}
			if item.Skipped == "" {
				titles = append(titles, item.Release.Title)
			}
		}
		want := "산업 동향"
		if name == "windows-1252" {
			want = "Été à la mer – déjà"
		}
		if !slices.Equal(titles, []string{want}) {
			t.Errorf("%s: %q", name, titles)
		}
	}
}

func TestTableReportsBrokenRowsWithTheirLineAndReadsOn(t *testing.T) {
	t.Parallel()
	items := csvItems(t, "title,date,body\n\"Two\nlines\",2025-03-14,x\nshort,2025-03-14\nlong,2025-03-14,x,y\n,2025-13-14,\nquo\"te,2025-03-14,x\nLast,2025-03-14,x\n", nil)
	var got []string
	for _, item := range items {
		if item.Err == nil {
			got = append(got, item.Release.Title)
			continue
		}
		got = append(got, strings.ReplaceAll(item.Err.Error(), "press-2025-03.csv", ""))
	}
	want := []string{
		"Two lines",
		":4: has 2 cells, the heading has 3: is a quote or a separator missing?",
		":5: has 4 cells, the heading has 3: is a quote or a separator missing?",
		":6: the title is missing\n:6: date: \"2025-13-14\" is no time that there is: write 2025-03-17, 2025-03-17 09:00 or 2025-03-17T09:00:00+09:00\n:6: body: is empty",
		":7: column 4: bare \" in non-quoted-field",
		"Last",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s", strings.Join(got, "\n"))
	}
}

func TestTableSaysWhichColumnsItCannotFindAndWhichItLeavesOut(t *testing.T) {
	t.Parallel()
	const text = "Headlin,Day,Words,Colour\nA,2025-03-14,x,red\n"
	for _, c := range []struct {
		columns map[string]string
		want    string
	}{
		{nil, "no column is the release's title: name it with --map title=…; there are Headlin, Day, Words, Colour"},
		{map[string]string{"title": "Headline", "date": "Day", "body": "Words"}, `there is no column "Headline": did you mean Headlin?`},
		{map[string]string{"titel": "Headlin"}, "titel is no key of a release: did you mean title?"},
	} {
		items := csvItems(t, text, c.columns)
		if len(items) != 1 || items[0].Err == nil || !strings.Contains(items[0].Err.Error(), c.want) {
			t.Errorf("%v: %+v", c.columns, items)
		}
	}
	items := csvItems(t, text, map[string]string{"title": "Headlin", "date": "Day", "body": "Words"})
	if len(items) != 2 || items[0].Skipped != "the heading; columns that are not taken: Colour" || items[1].Err != nil {
		t.Errorf("%+v", items)
	}
}

func TestTableTellsItsRowsApartWithoutIds(t *testing.T) {
	t.Parallel()
	items := csvItems(t, "title,date,body,link\nA,2025-03-14,x,\nA,2025-03-14,y,\nB,2025-03-14,x,https://old.example/?no=3\n", nil)
	var sources []string
	for _, item := range items {
		sources = append(sources, item.Release.Source)
	}
	if want := []string{"table:press@2025-03-13/a", "table:press@2025-03-13/a-2", "url:https://old.example/?no=3"}; !slices.Equal(sources, want) {
		t.Errorf("%q", sources)
	}
	if len(items[2].Notes) != 1 || len(items[2].Release.Aliases) != 0 {
		t.Errorf("%+v", items[2])
	}
}

func TestTableFormatsItsBodies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format     ingest.TextFormat
		body, want string
	}{
		{"", "**b**", "<p><strong>b</strong></p>"},
		{"", "<p>One</p> **b**", "<p>One</p> **b**"},
		{ingest.TextMarkdown, "**b**", "<p><strong>b</strong></p>"},
		{ingest.TextHTML, "**b**", "**b**"},
		{ingest.TextPlain, "**b** <p> & more\n\nx", "<p>**b** &lt;p&gt; &amp; more</p>\n<p>x</p>"},
	} {
		opts := tableOptions(t)
		opts.Format = c.format
		for item := range ingest.CSV(strings.NewReader("title,date,body\nA,2025-03-14,\""+c.body+"\"\n"), "a.csv", opts) {
			if item.Err != nil || item.Release.Body.HTML != c.want {
				t.Errorf("%s %q: %q, %v", c.format, c.body, item.Release.Body.HTML, item.Err)
			}
		}
	}
}

func TestTableWithAQuoteThatNeverEndsIsNotReadIntoMemory(t *testing.T) {
	t.Parallel()
	text := "title,date,body\n\"A,2025-03-14,x\n" + strings.Repeat("B,2025-03-14,x\n", 2_000_000)
	items := csvItems(t, text, nil)
	if len(items) != 1 || items[0].Err == nil || !strings.HasPrefix(items[0].Err.Error(), "press-2025-03.csv:2: a row is larger than 4 MB, and from here to the end nothing was taken") {
		t.Errorf("%d items, %.300v", len(items), items[0].Err)
	}
}

func TestTableSaysHowMuchAQuoteThatIsNotClosedTakesWithIt(t *testing.T) {
	t.Parallel()
	const from = "title,date,body\nFirst,2025-03-14,x\n\"open,2025-03-14,x\nTwo,2025-03-14,x\n"
	for text, want := range map[string]string{
		from + "Three,2025-03-14,x\n":                        ":3: from here to the end nothing was taken: the quote that opens here is never closed",
		from + "\"Three\",2025-03-14,x\nFour,2025-03-14,x\n": ":3: from here to line 5 nothing was taken: the quote that opens here is not closed before line 5, column ",
	} {
		items := csvItems(t, text, nil)
		if items[0].Err != nil || items[1].Err == nil || !strings.Contains(items[1].Err.Error(), want) {
			t.Errorf("%+v", items)
		}
	}
}

func FuzzTableEndsAsReleasesOrWithAReason(f *testing.F) {
	f.Add([]byte("title,date,body\nA,2025-03-14,x\n"))
	f.Add([]byte("sep=;\n제목;날짜;본문\n\"A\";2025-03-14;\"<p>x\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for item := range ingest.CSV(bytes.NewReader(text), "a.csv", tableOptions(t)) {
			if invalid := (*tidings.InvalidError)(nil); item.Err != nil && !as(item.Err, &invalid) {
				t.Errorf("%v is no reason", item.Err)
			}
		}
	})
}
