package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func TestPlacesHaveAnotherStampWheneverTheirPageMayDiffer(t *testing.T) {
	t.Parallel()
	db, ctx, noon := storetest.New(t), t.Context(), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	stamps := func() map[string]string {
		t.Helper()
		places, err := db.Places(ctx)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, p := range places {
			all[p.Slug+p.Path] = p.Stamp
		}
		return all
	}
	en := storetest.Save(t, db, noon, tidings.Release{Slug: "en", Aliases: []string{"/2019/05/a title/"}})
	ko := storetest.Save(t, db, noon, tidings.Release{Slug: "ko", Language: "ko"})
	storetest.Save(t, db, noon, tidings.Release{Slug: "other"})
	storetest.Save(t, db, noon, tidings.Release{Slug: "hidden", Status: tidings.Draft, Aliases: []string{"/hidden"}})
	before := stamps()
	if len(before) != 4 || before["/2019/05/a title"] != before["en"] || before["en"] == "" {
		t.Fatalf("the places are %v", before)
	}
	for _, step := range []struct {
		name  string
		do    func() error
		moved []string
	}{
		{"link", func() error { return db.Link(ctx, []int64{en.ID, ko.ID}, noon, "test") }, []string{"en", "ko"}},
		{"the same again", func() error { return db.Link(ctx, []int64{ko.ID, en.ID}, noon, "test") }, nil},
		{"an edit of one version", func() error { return db.SetTopics(ctx, ko.ID, nil, noon, "test") }, []string{"en", "ko"}},
		{"unlink one", func() error { return db.Unlink(ctx, en.ID, noon, "test") }, []string{"en", "ko"}},
		{"link again", func() error { return db.Link(ctx, []int64{en.ID, ko.ID}, noon, "test") }, []string{"en", "ko"}},
		{"withdraw one", func() error {
			return db.Withdraw(ctx, ko.ID, tidings.Withdrawal{Reason: "x"}, noon, "test")
		}, []string{"en", "ko"}},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		after := stamps()
		for _, slug := range []string{"en", "ko", "other"} {
			if moved := after[slug] != before[slug]; moved != slices.Contains(step.moved, slug) {
				t.Errorf("%s: the stamp of %s was %q and is %q", step.name, slug, before[slug], after[slug])
			}
		}
		before = after
	}
}

func TestLinkRefusesTwoGroupsAndTwoOfALanguage(t *testing.T) {
	t.Parallel()
	db, ctx, noon := storetest.New(t), t.Context(), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	save := func(slug, language string) int64 {
		return storetest.Save(t, db, noon, tidings.Release{Slug: slug, Language: language}).ID
	}
	en, ko, fr, de, other := save("en", "en"), save("ko", "ko"), save("fr", "fr"), save("de", "de"), save("other", "en")
	for _, ids := range [][]int64{{en, ko}, {fr, de}} {
		if err := db.Link(ctx, ids, noon, "test"); err != nil {
			t.Fatal(err)
		}
	}
	for name, ids := range map[string][]int64{"two groups": {en, fr}, "two of a language": {ko, other}} {
		var invalid *tidings.InvalidError
		if err := db.Link(ctx, ids, noon, "test"); !errors.As(err, &invalid) {
			t.Errorf("%s: %v, want an InvalidError", name, err)
		}
	}
	if got, err := db.Alternates(ctx, en); err != nil || len(got) != 1 || got[0].Slug != "ko" {
		t.Errorf("alternates of en: %v, %v", got, err)
	}
}

func TestHistoryTellsWhoMadeWhichRevisionAndWhatReadersSaw(t *testing.T) {
	t.Parallel()
	db, ctx, noon := storetest.New(t), t.Context(), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	r := storetest.Save(t, db, noon, tidings.Release{Slug: "a", Status: tidings.Draft})
	r.Title, r.Note = "Before anybody saw it", "a note to nobody"
	storetest.Save(t, db, noon, r)
	if err := db.PublishNow(ctx, r.ID, noon.Add(time.Second), "ana"); err != nil {
		t.Fatal(err)
	}
	if err := db.SetTopics(ctx, r.ID, nil, noon.Add(2*time.Second), "ben"); err != nil {
		t.Fatal(err)
	}
	r.Status, r.Title, r.Note, r.TopicsByHand = "", "Corrected", "The title was wrong.", true
	if _, err := db.Save(ctx, storetest.Site(t), &r, noon.Add(3*time.Second), "cho"); err != nil {
		t.Fatal(err)
	}
	got, err := db.History(ctx, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Revised{
		{Revision: 1, At: noon, Actor: "test", Title: "Title of a"},
		{Revision: 2, At: noon, Actor: "test", Title: "Before anybody saw it", Note: "a note to nobody", Seq: 1},
		{Revision: 3, At: noon.Add(2 * time.Second), Actor: "ben", Title: "Before anybody saw it", Seq: 2},
		{Revision: 4, At: noon.Add(3 * time.Second), Actor: "cho", Title: "Corrected", Note: "The title was wrong.", Significant: true, Seq: 3},
	}
	if !slices.EqualFunc(got, want, func(a, b store.Revised) bool {
		at := a.At.Equal(b.At)
		a.At = b.At
		return at && a == b
	}) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
