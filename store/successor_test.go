package store

import (
	"testing"

	"github.com/tidings/tidings"
)

func TestASelectionMovesWhenWhatTookAWithdrawnOnesPlaceComesOrGoes(t *testing.T) {
	t.Parallel()
	db := open(t)
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	put := func(slug, language string, status tidings.Status, n int) int64 {
		r := tidings.Release{Source: slug, Slug: slug, Language: language, Title: slug, Status: status}
		if _, err := db.Save(t.Context(), site, &r, at(n), "test"); err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	moves := func(what string, do func() error) {
		t.Helper()
		english := tidings.Selection{Language: "en"}
		before, err := db.Mark(t.Context(), english)
		if err != nil {
			t.Fatal(err)
		}
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if after, err := db.Mark(t.Context(), english); err != nil || after.Seq == before.Seq {
			t.Errorf("%s: the feed of English has a tombstone that names it, and its mark stays %v, %v", what, after, err)
		}
	}
	first, second := put("first", "en", tidings.Published, 1), put("second", "fr", tidings.Published, 2)
	third := put("third", "ko", tidings.Draft, 3)
	for id, next := range map[int64]int64{first: second, second: third} {
		if err := db.Withdraw(t.Context(), id, tidings.Withdrawal{Successor: next}, at(4), "test"); err != nil {
			t.Fatal(err)
		}
	}
	moves("publishing the end of the line", func() error { return db.PublishNow(t.Context(), third, at(5), "test") })
	moves("withdrawing it", func() error { return db.Withdraw(t.Context(), third, tidings.Withdrawal{}, at(6), "test") })
}

func TestANameThatADraftHadLeadsNowhereOnceItIsPublic(t *testing.T) {
	t.Parallel()
	db := open(t)
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	put := func(slug string, status tidings.Status, n int) {
		r := tidings.Release{Source: "a", Slug: slug, SlugByHand: true, Language: "en", Title: "A", Status: status}
		if _, err := db.Save(t.Context(), site, &r, at(n), "test"); err != nil {
			t.Fatal(err)
		}
	}
	put("acquire-acme", tidings.Draft, 1)
	put("partners", tidings.Draft, 2)
	put("partnership", tidings.Published, 3)
	put("our-partnership", tidings.Published, 4)
	for slug, public := range map[string]bool{"acquire-acme": false, "partners": false, "partnership": true, "our-partnership": true} {
		if _, err := db.Release(t.Context(), slug); (err == nil) != public {
			t.Errorf("%s: %v", slug, err)
		}
	}
}
