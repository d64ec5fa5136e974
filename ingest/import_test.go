package ingest_test

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// april is when the tests import: after all that the ministry's archive holds.
func april() time.Time { return time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC) }

// desk is an empty store with the ministry's topics.
func desk(t *testing.T) *store.DB {
	t.Helper()
	db := storetest.New(t)
	topics, err := ingest.Topics(open(t, ministry+"topics.toml"), "topics.toml")
	if err != nil {
		t.Fatal(err)
	}
	for i := range topics {
		if _, err := db.SaveTopic(t.Context(), &topics[i], april(), "test"); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func filing(each func(ingest.Line)) ingest.ImportOptions {
	return ingest.ImportOptions{Now: april(), Actor: "test", Each: each}
}

// imports runs an import of a text and gives its report and lines.
func imports(t *testing.T, db ingest.Desk, text string) (ingest.Report, []ingest.Line) {
	t.Helper()
	var lines []ingest.Line
	report, err := ingest.Import(t.Context(), db, storetest.Site(t), slices.Values(archive(t, text)),
		filing(func(l ingest.Line) { lines = append(lines, l) }))
	if err != nil {
		t.Fatal(err)
	}
	if total := report.Created + report.Changed + report.Same + report.Broken; total != len(lines) {
		t.Errorf("%d records counted, %d told of", total, len(lines))
	}
	return report, lines
}

func ministryText(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(ministry + "releases.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestImportAgainChangesNothingAndAnEditMakesARevision(t *testing.T) {
	t.Parallel()
	db, text := desk(t), ministryText(t)
	if report, _ := imports(t, db, text); report.Counts != (ingest.Counts{Created: 8}) {
		t.Errorf("first: %+v", report)
	}
	if report, _ := imports(t, db, text); report.Counts != (ingest.Counts{Same: 8}) {
		t.Errorf("again: %+v", report)
	}
	report, lines := imports(t, db, strings.Replace(text, "held the 35th Energy Commission", "held the thirty-fifth Energy Commission", 1))
	if report.Counts != (ingest.Counts{Changed: 1, Same: 7}) {
		t.Errorf("edited: %+v", report)
	}
	l := lines[1]
	if l.Change != tidings.Changed || l.Line != 4 || l.File != "a.txt" || l.Slug != "korean-government-holds-35th-energy-commission-meeting" ||
		!slices.Equal(l.Topics, []string{"energy", "safety"}) {
		t.Errorf("the edited one: %+v", l)
	}
	r, err := db.Release(t.Context(), l.Slug)
	if err != nil || r.Revision != 2 || !strings.Contains(r.Body.Text, "thirty-fifth") {
		t.Errorf("stored: %+v, %v", r, err)
	}
}

func TestImportReportsTheBrokenAndFilesTheRest(t *testing.T) {
	t.Parallel()
	db := desk(t)
	report, lines := imports(t, db, "-\nBroken\nNo date.\n-\nGood\nText. date2025-03-01\n")
	if report.Counts != (ingest.Counts{Created: 1, Broken: 1}) {
		t.Errorf("got %+v", report)
	}
	if l := lines[0]; l.Change != tidings.Broken || l.Title != "Broken" || l.Err == nil || !strings.HasPrefix(l.Err.Error(), "a.txt:3: ") {
		t.Errorf("the broken one: %+v", l)
	}
	if n, err := db.Count(t.Context(), tidings.Query{}); n != 1 || err != nil {
		t.Errorf("%d releases are public, %v", n, err)
	}
}

func TestImportLeavesTopicsThatAPersonChose(t *testing.T) {
	t.Parallel()
	db := desk(t)
	for text, want := range map[string][]string{
		"---\ntitle: One\ntopics: [trade]\n---\nThe energy commission met.": {"trade"},
		"---\ntitle: Two\ntopics: []\n---\nThe energy commission met.":      nil,
		"---\ntitle: Three\n---\nThe energy commission met.":                {"energy"},
	} {
		r, err := document(t, "-", text)
		if err != nil {
			t.Fatal(err)
		}
		var got ingest.Line
		_, err = ingest.Import(t.Context(), db, storetest.Site(t), slices.Values([]ingest.Item{{Release: r, File: "x.md", Line: 1}}), filing(func(l ingest.Line) { got = l }))
		if err != nil || got.Change != tidings.Created || !slices.Equal(got.Topics, want) {
			t.Errorf("%q: %+v, %v; want topics %v", text, got, err, want)
		}
	}
}

func TestImportCallsBrokenWhatTheStoreRefuses(t *testing.T) {
	t.Parallel()
	db := desk(t)
	r, err := document(t, "x.md", "---\ntitle: One\ntopics: [enrgy]\n---\nText.")
	if err != nil {
		t.Fatal(err)
	}
	var got ingest.Line
	report, err := ingest.Import(t.Context(), db, storetest.Site(t), slices.Values([]ingest.Item{{Release: r, File: "x.md", Line: 1}}), filing(func(l ingest.Line) { got = l }))
	if err != nil || report.Broken != 1 || got.Err == nil || !strings.HasPrefix(got.Err.Error(), "x.md:1: ") || !strings.Contains(got.Err.Error(), "enrgy") {
		t.Errorf("%+v, %+v, %v", report, got, err)
	}
}

func TestImportStopsWhenTheFileTheStoreOrTheCallerDoes(t *testing.T) {
	t.Parallel()
	site := storetest.Site(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	good := archive(t, "-\nGood\nText. date2025-03-01\n")
	_, err := ingest.Import(cancelled, storetest.New(t), site, slices.Values(good), filing(nil))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	torn := ingest.Archive(io.MultiReader(strings.NewReader("-\nGood\nText. date2025-03-01\n-\n"), iotest.ErrReader(io.ErrUnexpectedEOF)), "a.txt", options(t))
	report, err := ingest.Import(t.Context(), storetest.New(t), site, torn, filing(nil))
	if !errors.Is(err, io.ErrUnexpectedEOF) || report.Created != 1 {
		t.Errorf("a torn file: %+v, %v", report, err)
	}
	closed, err := store.Open(t.Context(), t.TempDir()+"/tidings.db", store.Volatile())
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Import(t.Context(), closed, site, slices.Values(good), filing(nil)); err == nil {
		t.Error("a closed store: no error")
	}
}
