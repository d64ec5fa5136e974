package ingest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func TestBodiesAndFeedsMadeToTakeLongAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	table := func(n int) string { return repeat("|a", n) + "|\n" + repeat("|-", n) + "|\n" + repeat("|\n", n) }
	for _, tc := range []struct {
		name, text string
		format     tidings.Format
	}{
		{"a wide table", table(2000), tidings.Markdown},
		{"many wide tables", repeat(table(300)+"\n", 500), tidings.Markdown},
		{"a wide table whose rows look like quotes", repeat("|a", 2000) + "|\n" + repeat("|-", 2000) + "|\n" + repeat("     >\n|\n", 2000), tidings.Markdown},
		{"links that do not end", repeat("[a](", 100_000), tidings.Markdown},
		{"links with one parenthesis too many", repeat("[a](()", 100_000), tidings.Markdown},
		{"links to < without an end", repeat("[a](<b)", 100_000), tidings.Markdown},
		{"elements that are repeated", repeat("<b><p>", 300_000), tidings.HTML},
		{"attributes that are repeated", `<p><font face="` + repeat("x", 10_000) + `">` + repeat("<p>a", 20_000), tidings.HTML},
		{"a feed of tags without an end", "<rss " + repeat("<a", 500_000), "feed"},
		{"a feed whose depth hides behind quotes", `<rss>` + repeat(`<a b="/>">`, 5_000), "feed"},
	} {
		start := time.Now()
		var err error
		if tc.format == "feed" {
			err = feed(t, tc.text)[0].Err
		} else {
			_, err = ingest.NewRenderer().Render(tidings.Body{Format: tc.format, Source: tc.text}, nil)
		}
		var invalid *tidings.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %s", tc.name, took)
		} else {
			t.Logf("%s: %s, %v", tc.name, took, err)
		}
	}
}

func TestLargeTablesAndManyLinksAreNoFault(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		repeatRow("| a | b | c | d |\n", "|---|---|---|---|\n", 30_000), strings.Repeat("[a](https://example.org/a_(b)) ", 20_000),
	} {
		if _, err := ingest.NewRenderer().Render(tidings.Body{Format: tidings.Markdown, Source: text}, nil); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func repeatRow(row, delimiter string, n int) string { return row + delimiter + strings.Repeat(row, n) }
