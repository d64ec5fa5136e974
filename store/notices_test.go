package store

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestNoticesAreOfPublicChangesThatTheirReadersAreToBeToldOf(t *testing.T) {
	t.Parallel()
	db := open(t)
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	n := 0
	put := func(source, note string, status tidings.Status) int64 {
		n++
		r := tidings.Release{
			Source: source, Slug: source, Language: "en", Title: fmt.Sprint("Version ", n), Status: status, Note: note,
		}
		if _, err := db.Save(t.Context(), site, &r, at(n), "test"); err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	takeBack := func(id int64, notify bool) {
		if err := db.Withdraw(t.Context(), id, tidings.Withdrawal{Reason: "Wrong.", Notify: notify}, at(n), "test"); err != nil {
			t.Fatal(err)
		}
	}
	a := put("a", "the first has nothing to correct", tidings.Published)
	put("a", "", tidings.Published)
	put("a", "The figure for May.", tidings.Published)
	if err := db.SetTopics(t.Context(), a, nil, at(n), "test"); err != nil { // by hand now, and silent though the last was not
		t.Fatal(err)
	}
	put("a", "The figure for June.", tidings.Published)
	b := put("b", "", tidings.Draft)
	put("b", "Of a draft.", tidings.Draft)
	takeBack(a, true)
	takeBack(b, true)
	takeBack(put("c", "", tidings.Published), false)
	rows, err := list(t.Context(), db.readers, func(row *sql.Rows) (string, error) {
		var kind, published string
		var release, revision, seq int64
		err := row.Scan(&kind, &release, &revision, &seq, &published)
		return fmt.Sprintf("%s %d.%d %d %s", kind, release, revision, seq, published), err
	}, `SELECT n.kind, n.release_id, n.revision, n.seq, b.kind FROM notices n JOIN publications b ON b.seq = n.seq ORDER BY n.seq`)
	want := []string{"corrected 1.3 3 edited", "corrected 1.5 5 edited", "withdrawn 1.5 6 withdrawn"}
	if got := strings.Join(rows, "\n"); err != nil || got != strings.Join(want, "\n") {
		t.Errorf("got\n%s, %v", got, err)
	}
}

func TestACorrectionsNoteStandsUntilTheNextOne(t *testing.T) {
	t.Parallel()
	db := open(t)
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	put := func(n int, title, note string) int64 {
		r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: title, Status: tidings.Published, Note: note}
		if _, err := db.Save(t.Context(), site, &r, at(n), "test"); err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	id := put(1, "One", "")
	for n, step := range []struct {
		what, want string
		do         func(n int)
	}{
		{"a silent edit before any", "", func(n int) { put(n, "Two", "") }},
		{"a correction", "The figure for May.", func(n int) { put(n, "Three", "The figure for May.") }},
		{"a silent edit", "The figure for May.", func(n int) { put(n, "Four", "") }},
		{"a link", "The figure for May.", func(n int) {
			if err := db.Link(t.Context(), []int64{id}, at(n), "test"); err != nil {
				t.Fatal(err)
			}
		}},
		{"the next correction", "And for June.", func(n int) { put(n, "Five", "And for June.") }},
	} {
		step.do(2 + n)
		r, err := db.Release(t.Context(), "a")
		if err != nil || r.Note != step.want {
			t.Errorf("after %s the page says %q, %v; want %q", step.what, r.Note, err, step.want)
		}
	}
	revisions, err := db.Revisions(t.Context(), id)
	if err != nil || len(revisions) != 6 || revisions[3].Note != "" {
		t.Errorf("%d revisions, the fourth says %q, %v; each has its own note alone", len(revisions), revisions[3].Note, err)
	}
}
