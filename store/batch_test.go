package store_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

func TestBrokenFilingLeavesNothingAndKeepsNoOther(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy")
	octets := storetest.File("a.txt", "text/plain", "of the broken one")
	filing := func(source, title string, change func(*tidings.Filing)) tidings.Filing {
		f := tidings.Filing{Release: &tidings.Release{
			Source: source, Slug: "release", Language: "en", Title: title, Status: tidings.Published, Topics: []string{"energy"},
		}}
		if change != nil {
			change(&f)
		}
		return f
	}
	batch := []tidings.Filing{
		filing("a", "A", nil),
		filing("b", "B", func(f *tidings.Filing) {
			f.Files, f.Release.Files, f.Release.Topics = []tidings.File{octets}, []string{octets.Hash}, []string{"energy", "nonesuch"}
		}),
		filing("c", "C", func(f *tidings.Filing) { f.Archived = true }),
		filing("a", "A", nil),
		filing("a", "A, revised", nil),
		filing("d", "", nil),
	}
	given := *batch[1].Release
	filed, err := db.SaveBatch(t.Context(), storetest.Site(t), batch, at(1), "test")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []tidings.Change{
		tidings.Created, tidings.Broken, tidings.Created, tidings.Same, tidings.Changed, tidings.Broken,
	} {
		if invalid := (*tidings.InvalidError)(nil); filed[i].Change != want ||
			errors.As(filed[i].Err, &invalid) != (want == tidings.Broken) {
			t.Errorf("filing %d: %s, %v; want %s", i, filed[i].Change, filed[i].Err, want)
		}
	}
	if !cmp.Equal(given, *batch[1].Release) {
		t.Error("the refused release was filled in")
	}
	if last := batch[4].Release; last.ID != batch[0].Release.ID || last.Revision != 2 || !last.Public() {
		t.Errorf("one that came twice: %+v", last)
	}
	// Not a row of the broken one is left: its slug is free and its octets are unknown.
	if slug := batch[2].Release.Slug; slug != "release-2" {
		t.Errorf("the one after the broken one is %s", slug)
	}
	named := filing("e", "E", func(f *tidings.Filing) { f.Release.Files = []string{octets.Hash} })
	filed, err = db.SaveBatch(t.Context(), storetest.Site(t), []tidings.Filing{named}, at(2), "test")
	if err != nil || filed[0].Change != tidings.Broken {
		t.Errorf("the octets of the broken one are there: %+v, %v", filed, err)
	}
}

func TestBatchIsStoredWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "A"}
	if _, err := db.SaveBatch(ctx, storetest.Site(t), []tidings.Filing{{Release: &r}}, at(0), "test"); err == nil || r.ID != 0 {
		t.Errorf("release %d, %v", r.ID, err)
	}
	first := storetest.Save(t, db, at(0), tidings.Release{Slug: "b"})
	before := footprint(t, db)
	if filed, err := db.SaveBatch(t.Context(), storetest.Site(t), []tidings.Filing{{Release: &first}}, at(1), "test"); err != nil ||
		filed[0].Change != tidings.Same {
		t.Errorf("%+v, %v", filed, err)
	}
	if diff := cmp.Diff(before, footprint(t, db)); diff != "" {
		t.Errorf("a batch of the same wrote something:\n%s", diff)
	}
}

func TestThousandsMayWantTheSameSlug(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	n := 2_000
	if testing.Short() {
		n = 200 // under the race detector: see Makefile
	}
	batch := make([]tidings.Filing, n)
	for i := range batch {
		batch[i].Release = &tidings.Release{
			Source: string(rune('a' + i)), Slug: "notice", Language: "en", Title: "Notice", Status: tidings.Published,
		}
	}
	if _, err := db.SaveBatch(t.Context(), storetest.Site(t), batch, at(0), "test"); err != nil {
		t.Fatal(err)
	}
	if first, last := batch[1].Release.Slug, batch[n-1].Release.Slug; first != "notice-2" || last != "notice-"+strconv.Itoa(n) {
		t.Errorf("got %s and %s", first, last)
	}
}
