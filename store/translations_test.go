package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

func TestVersionsKnowOneAnotherOnceTheyArePublic(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	en := storetest.Save(t, db, at(0), tidings.Release{Slug: "en", Translation: "key"})
	pt := storetest.Save(t, db, at(0), tidings.Release{Slug: "pt", Language: "pt-BR", Translation: "key"})
	ko := storetest.Save(t, db, at(0), tidings.Release{
		Slug: "ko", Language: "ko", Translation: "key", Status: tidings.Scheduled, Published: at(60),
	})
	storetest.Save(t, db, at(0), tidings.Release{Slug: "alone"})
	alone := storetest.Save(t, db, at(0), tidings.Release{Slug: "alone-too", Language: "ko"})
	alternates := func(id int64) string {
		all, err := db.Alternates(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, a := range all {
			said = append(said, a.Language+" "+a.Slug+" "+a.Title)
		}
		return strings.Join(said, ", ")
	}
	expect := func(id int64, want string) {
		t.Helper()
		if got := alternates(id); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	expect(en.ID, "pt-BR pt Title of pt")
	expect(alone.ID, "")
	if _, err := db.PublishDue(t.Context(), at(60)); err != nil {
		t.Fatal(err)
	}
	expect(en.ID, "ko ko Title of ko, pt-BR pt Title of pt")
	expect(ko.ID, "en en Title of en, pt-BR pt Title of pt")
	withdraw(t, db, pt.ID, tidings.Withdrawal{}, 61)
	expect(en.ID, "ko ko Title of ko")
	en.Translation, en.Title = "", "A title from a file that knows no translations"
	if got := storetest.Save(t, db, at(62), en); got.Translation != "key" {
		t.Errorf("the input's silence unlinked it: %q", got.Translation)
	}
	en.Translation = "another"
	storetest.Save(t, db, at(63), en)
	expect(ko.ID, "")
}

func TestTranslationHasOneVersionInALanguage(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	first := storetest.Save(t, db, at(0), tidings.Release{Slug: "first", Translation: "key", Status: tidings.Draft})
	other := storetest.Save(t, db, at(0), tidings.Release{Slug: "other", Translation: "key", Language: "ko"})
	second := tidings.Release{Source: "second", Slug: "second", Language: "en", Title: "B", Translation: "key"}
	other.Language, other.Status = "en", ""
	for _, r := range []tidings.Release{second, other} {
		_, err := db.Save(t.Context(), storetest.Site(t), &r, at(1), "test")
		if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(invalid.Reason, `"first"`) {
			t.Errorf("got %v", err)
		}
	}
	withdraw(t, db, first.ID, tidings.Withdrawal{}, 2)
	if _, change := save(t, db, second, at(3)); change != tidings.Created {
		t.Errorf("after the first was withdrawn: %s", change)
	}
}

func TestVersionTouchesTheMarksOfItsSiblings(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade", "hidden")
	storetest.Save(t, db, at(0), tidings.Release{Slug: "pt", Language: "pt-BR", Translation: "key", Topics: []string{"trade"}})
	storetest.Save(t, db, at(0), tidings.Release{
		Slug: "draft", Language: "de", Translation: "key", Topics: []string{"hidden"}, Status: tidings.Draft,
	})
	r := tidings.Release{Slug: "en", Translation: "key", Topics: []string{"energy"}}
	sels := append(selectionsOf(), tidings.Selection{Topic: "hidden"}, tidings.Selection{Language: "de"})
	for minute, step := range []struct {
		name string
		do   func(minute int)
		all  bool
	}{
		{"published", func(minute int) { r = storetest.Save(t, db, at(minute), r) }, true},
		{"edited", func(minute int) { r.Title = "B"; r = storetest.Save(t, db, at(minute), r) }, true},
		{"linked elsewhere", func(minute int) { r.Translation = "other"; r = storetest.Save(t, db, at(minute), r) }, true},
		{"edited there", func(minute int) { r.Title = "C"; r = storetest.Save(t, db, at(minute), r) }, false},
		{"linked again", func(minute int) { r.Translation = "key"; r = storetest.Save(t, db, at(minute), r) }, true},
		{"withdrawn", func(minute int) { withdraw(t, db, r.ID, tidings.Withdrawal{}, minute) }, true},
	} {
		step.do(minute + 1)
		var moved []string
		for _, sel := range sels {
			mark, err := db.Mark(t.Context(), sel)
			if err != nil {
				t.Fatal(err)
			}
			if mark.At.Equal(at(minute + 1)) {
				moved = append(moved, sel.Filter())
			}
		}
		want := []string{"", "topic:energy", "lang:en"}
		if step.all {
			want = []string{"", "topic:energy", "topic:trade", "lang:en", "lang:pt", "lang:pt-BR"}
		}
		if !slices.Equal(moved, want) {
			t.Errorf("%s: %s", step.name, cmp.Diff(want, moved))
		}
	}
}
