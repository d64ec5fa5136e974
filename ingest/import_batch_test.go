package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
	"github.com/tidings/tidings/store/storetest"
)

// many yields so many releases with ids; every tenth has no body, every seventh is no release.
func many(t *testing.T, n int) iter.Seq[ingest.Item] {
	t.Helper()
	return func(yield func(ingest.Item) bool) {
		for i := range n {
			item := ingest.Item{File: "many", Line: i + 1}
			switch {
			case i%10 == 3:
				item.Err = tidings.Invalidf(fmt.Sprintf("many:%d", i+1), "is broken")
			case i%7 == 5:
				item.Skipped = "is none"
			default:
				item.Release = tidings.Release{
					Source: fmt.Sprintf("test:%d", i), Title: fmt.Sprintf("Number %d", i), Slug: fmt.Sprintf("number-%d", i), Language: "en",
					Published: april().AddDate(0, 0, -i), Body: tidings.Body{Format: tidings.Markdown, Source: "x", HTML: "<p>x</p>", Text: "x"},
				}
			}
			if !yield(item) {
				return
			}
		}
	}
}

func TestImportTellsOfEveryRecordInOrderAcrossBatches(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for _, want := range []tidings.Change{tidings.Created, tidings.Same} {
		line := 0
		report, err := ingest.Import(t.Context(), db, storetest.Site(t), many(t, 1234), filing(func(l ingest.Line) {
			if line++; l.Line != line {
				t.Fatalf("line %d is told of as number %d", l.Line, line)
			}
			state := want
			switch i := l.Line - 1; {
			case i%10 == 3:
				state = tidings.Broken
			case i%7 == 5:
				state = ""
			}
			if l.Change != state || (l.Slug == "") != (state == "" || state == tidings.Broken) {
				t.Errorf("line %d: %+v, want %q", l.Line, l, state)
			}
		}))
		if err != nil || line != 1234 || report.Broken != 124 || report.Skipped == 0 ||
			report.Created+report.Changed+report.Same+report.Broken+report.Skipped != 1234 {
			t.Errorf("%d lines, %+v, %v", line, report, err)
		}
	}
}

func TestImportThatIsStoppedHasToldOfAllThatItFiledAndGoesOnNextTime(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	told := 0
	report, err := ingest.Import(ctx, db, storetest.Site(t), many(t, 1000), filing(func(l ingest.Line) {
		if l.Change == tidings.Created {
			told++
		}
		stop()
	}))
	n, countErr := db.Count(t.Context(), tidings.Query{})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stopped before many:401") || told == 0 || report.Created != told || n != told || countErr != nil {
		t.Errorf("%v; %+v, %d told of, %d stored", err, report, told, n)
	}
	again, err := ingest.Import(t.Context(), db, storetest.Site(t), many(t, 1000), filing(nil))
	if err != nil || again.Same != told || again.Created == 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func TestImportMailsNothingOlderThanItIsTold(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	reader := storetest.Subscribe(t, db, april().AddDate(0, 0, -9), "reader@example.org", storetest.To(t, tidings.Daily, ""))
	opts := filing(nil)
	opts.ArchiveBefore = april().AddDate(0, 0, -2)
	if _, err := ingest.Import(t.Context(), db, storetest.Site(t), many(t, 30), opts); err != nil {
		t.Fatal(err)
	}
	_, candidates, err := db.Preview(t.Context(), reader.ID, reader.Subscriptions[0].ID)
	var titles []string
	for _, c := range candidates {
		titles = append(titles, c.Release.Title)
	}
	slices.Sort(titles)
	if err != nil || !slices.Equal(titles, []string{"Number 0", "Number 1", "Number 2"}) {
		t.Errorf("%q, %v", titles, err)
	}
}

func TestImportMakesTopicsOfTermsUpToALimit(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	items := func(yield func(ingest.Item) bool) {
		for item := range many(t, 3) {
			for i := range 150 {
				item.Terms = append(item.Terms, fmt.Sprintf("Term %d of %d", i, item.Line))
			}
			item.Terms = append(item.Terms, "Shared")
			if !yield(item) {
				return
			}
		}
	}
	opts := filing(nil)
	opts.MakeTopics = true
	opts.Now = april().Add(time.Hour)
	report, err := ingest.Import(t.Context(), db, storetest.Site(t), items, opts)
	topics, listErr := db.Topics(t.Context())
	if err != nil || listErr != nil || len(report.Made) != 200 || len(topics) != 200 || len(report.Unknown) != 251 {
		t.Errorf("%d made, %d topics, %d unknown, %v %v", len(report.Made), len(topics), len(report.Unknown), err, listErr)
	}
}
