package ingest_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func TestArchiveReadsTheMinistrysReleasesToTheLetter(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(ministry + "releases.txt")
	if err != nil {
		t.Fatal(err)
	}
	items := slices.Collect(ingest.Archive(strings.NewReader(string(raw)), "releases.txt", options(t)))
	if len(items) != 8 {
		t.Fatalf("%d releases, want 8", len(items))
	}
	var all, sources strings.Builder
	for _, item := range items {
		r := item.Release
		if item.Err != nil {
			t.Fatalf("line %d: %v", item.Line, item.Err)
		}
		// Written back, the releases are the file: nothing is lost, nothing invented.
		fmt.Fprintf(&all, "-\n%s\n%s date%s\n", r.Title, r.Body.Text, r.Published.Format(time.DateOnly))
		fmt.Fprintf(&sources, "%d\t%s\t%s\n", item.Line, r.Published.Format(time.RFC3339), r.Source)
		if !norm.NFC.IsNormalString(r.Body.HTML + r.Body.Text + r.Title) {
			t.Errorf("%s: not in NFC", r.Slug)
		}
		if strings.Count(r.Body.HTML, "<p>") != 1 {
			t.Errorf("%s: a body in one line is one paragraph", r.Slug)
		}
	}
	if got, want := all.String(), norm.NFC.String(string(raw))+"\n"; got != want {
		t.Errorf("the releases written back are not the file:\n%s", got)
	}
	for _, word := range []string{"Korea’s", "₩1.5 billion", "Maroš Šefčovič", "“Committee”", "March 10–14"} {
		if !strings.Contains(all.String(), word) {
			t.Errorf("%s did not stay intact", word)
		}
	}
	golden(t, "ministry.sources.txt", sources.String())
}

func TestArchiveReportsBrokenRecordsByLineAndReadsOn(t *testing.T) {
	t.Parallel()
	const good = "-\nGood\nText. date2025-03-01\n"
	for _, tc := range []struct{ name, text, want string }{
		{"no date", "-\nTitle\nText.\n", "a.txt:3: the date is missing: end the body with a blank and dateYYYY-MM-DD"},
		{"date glued to a word", "-\nTitle\nText.date2025-03-01\n", "a.txt:3: the date is missing"},
		{"no such day", "-\nTitle\nText. date2025-02-30\n", "a.txt:3: there is no day 2025-02-30"},
		{"another way to write it", "-\nTitle\nText. date2025.3.17\n", `a.txt:3: the date "2025.3.17" is not read`},
		{"no title", "-\n\nText. date2025-03-01\n", "a.txt:2: the title is missing"},
		{"no title line", "-\nText. date2025-03-01\n", "a.txt:2: the title is missing"},
		{"a control character", "-\nTi\x07tle\nText. date2025-03-01\n", "a.txt:2: the title holds a control character"},
		{"no body", "-\nTitle\n date2025-03-01\n", "a.txt:3: the body is empty"},
		{"title alone", "-\nTitle\n", "a.txt:2: the date is missing"},
		{"nothing", "-\n", "a.txt:1: the record is empty"},
		{"not UTF-8", "-\nTitle\nText \xb0\xa1. date2025-03-01\n", "a.txt:3: has octets that are not UTF-8"},
		{"a lost mark", "-\nTitle\nText. date2025-03-01\nTitle\nText. date2025-03-02\n", "a.txt:3: date2025-03-01 ends here but the record goes on"},
		{"an endless line", "-\nTitle\n" + strings.Repeat("x", 1<<20+1) + " date2025-03-01\n", "a.txt:3: the line is longer than 1 MB"},
		{"an endless record", "-\nTitle\n" + strings.Repeat(strings.Repeat("x", 1<<19)+"\n", 9) + "Text. date2025-03-01\n", "the record is larger than 4 MB"},
		{"an endless title", "-\n" + strings.Repeat("x", 301) + "\nText. date2025-03-01\n", "a.txt:2: the title is longer than 300 characters"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			items := archive(t, tc.text+good)
			if len(items) != 2 {
				t.Fatalf("%d records, want the broken one and the good one: %+v", len(items), items)
			}
			var invalid *tidings.InvalidError
			if err := items[0].Err; !errors.As(err, &invalid) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if items[1].Err != nil || items[1].Release.Title != "Good" {
				t.Errorf("the record behind it: %+v", items[1])
			}
		})
	}
}

func TestArchiveTellsOfTextBeforeTheFirstRecord(t *testing.T) {
	t.Parallel()
	items := archive(t, "\nTitle\nText. date2025-03-01\n-\nGood\nText. date2025-03-01")
	if len(items) != 2 || items[0].Err == nil || !strings.HasPrefix(items[0].Err.Error(), "a.txt:2: text before") || items[1].Err != nil {
		t.Errorf("got %+v", items)
	}
}

func TestArchiveTakesWindowsFilesAndBodiesOfSeveralLines(t *testing.T) {
	t.Parallel()
	items := archive(t, "\ufeff-\r\nTitle  of one\t\r\n  First <b>&amp; line.\r\n\r\nSecond.\r\ndate2025-03-01\r\n\r\n")
	if len(items) != 1 || items[0].Err != nil {
		t.Fatalf("got %+v", items)
	}
	r := items[0].Release
	if r.Title != "Title of one" || r.Body.Text != "First <b>&amp; line.\n\nSecond." {
		t.Errorf("title %q, text %q", r.Title, r.Body.Text)
	}
	if want := "<p>First &lt;b&gt;&amp;amp; line.</p>\n<p>Second.</p>"; r.Body.HTML != want {
		t.Errorf("HTML %q, want %q", r.Body.HTML, want)
	}
}

func TestArchiveSourceIsTheDateAndTheTitleAndSurvivesEditsOfTheBody(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("very long title ", 10)
	text := "-\nTitle\nA. date2025-03-01\n-\nTitle\nB. date2025-03-01\n-\nTitle\nA. date2025-03-02\n" +
		"-\n" + long + "one\nA. date2025-03-01\n-\n" + long + "two\nA. date2025-03-01\n"
	want := []string{"archive:2025-03-01/title", "archive:2025-03-01/title-2", "archive:2025-03-02/title"}
	for _, edited := range []string{text, strings.ReplaceAll(text, "A.", "Altogether new."), strings.Replace(text, "A.", "", 1)} {
		items := archive(t, edited)
		seen := map[string]bool{}
		for i, item := range items {
			if i < len(want) && item.Release.Source != want[i] {
				t.Errorf("source %d is %s, want %s", i, item.Release.Source, want[i])
			}
			seen[item.Release.Source] = true
		}
		if len(seen) != 5 {
			t.Errorf("5 releases have %d sources", len(seen))
		}
	}
}

func TestArchiveYieldsNoHalfRecordWhenTheFileCannotBeReadOn(t *testing.T) {
	t.Parallel()
	broken := io.MultiReader(strings.NewReader("-\nGood\nText. date2025-03-01\n-\nHalf\nText. date2025-03-01"),
		iotest.ErrReader(io.ErrUnexpectedEOF))
	items := slices.Collect(ingest.Archive(broken, "a.txt", options(t)))
	var invalid *tidings.InvalidError
	if len(items) != 2 || items[0].Err != nil || !errors.Is(items[1].Err, io.ErrUnexpectedEOF) || errors.As(items[1].Err, &invalid) {
		t.Errorf("got %+v", items)
	}
}

func TestDetectTellsArchivesFromDocuments(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, head string
		want       ingest.Kind
	}{
		{"releases.txt", "-\nTitle\n", ingest.KindArchive},
		{"-", "\ufeff\r\n-\r\nTitle", ingest.KindArchive},
		{"list.md", "-\nnothing", ingest.KindDocument},
		{"a.txt", "---\ntitle: x\n---\n", ingest.KindDocument},
		{"a.txt", "- a list\n", ingest.KindDocument},
		{"a", "", ingest.KindDocument},
	} {
		if got := ingest.Detect(tc.name, []byte(tc.head)); got != tc.want {
			t.Errorf("%s %q: %s, want %s", tc.name, tc.head, got, tc.want)
		}
	}
}

func FuzzArchive(f *testing.F) {
	f.Add("-\nTitle\nText. date2025-03-01\n-\nNext\nText\nText date2025-03-02")
	f.Add("x\n-\n\n-\n-\nT\ndate2025-01-01\n")
	f.Fuzz(func(t *testing.T, text string) {
		line := 0
		for _, item := range archive(t, text) {
			var invalid *tidings.InvalidError
			if item.Err != nil && !errors.As(item.Err, &invalid) {
				t.Fatalf("no InvalidError: %v", item.Err)
			}
			if item.Line <= line {
				t.Fatalf("line %d after %d", item.Line, line)
			}
			line = item.Line
			if r := item.Release; item.Err == nil && (r.Title == "" || r.Source == "" || r.Slug == "" || r.Published.IsZero()) {
				t.Fatalf("half a release: %+v", r)
			}
		}
	})
}
