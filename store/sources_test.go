package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

func TestSourcesAreKeptAsTheyWereLeftAndForgottenWhenNoLongerConfigured(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	never := tidings.Source{URL: "https://b.example/feed"}
	full := tidings.Source{
		URL: "https://a.example/feed", Moved: "https://c.example/", ETag: `W/"a b"`, LastModified: "Mon, 17 Mar 2025 09:00:00 GMT",
		Next: at(9), Failures: 3, Gone: at(8), Visited: at(2), Trouble: "timeout",
	}
	for _, s := range []tidings.Source{never, {URL: full.URL, Trouble: "first"}, full} {
		if err := db.SaveSource(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Sources(t.Context())
	if diff := cmp.Diff([]tidings.Source{full, never}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := db.KeepSources(t.Context(), []string{never.URL}, at(10), "test"); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Sources(t.Context()); err != nil || len(got) != 1 || got[0].URL != never.URL {
		t.Errorf("kept %+v, %v", got, err)
	}
	if err := db.KeepSources(t.Context(), nil, at(11), "test"); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Sources(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("kept %+v, %v", got, err)
	}
}

func TestSourcedFindsWhatCameInFromASourceWhateverItsStatus(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	draft := storetest.Save(t, db, at(0), tidings.Release{Slug: "a", Source: "feed:x 1", Status: tidings.Draft})
	gone := storetest.Save(t, db, at(0), tidings.Release{Slug: "b", Source: "feed:x 2"})
	withdraw(t, db, gone.ID, tidings.Withdrawal{}, 1)
	for source, want := range map[string]int64{"feed:x 1": draft.ID, "feed:x 2": gone.ID} {
		if got, err := db.Sourced(t.Context(), source); err != nil || got.ID != want {
			t.Errorf("%s: %+v, %v", source, got, err)
		}
	}
	if got, err := db.Sourced(t.Context(), "feed:x"); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("%+v, %v", got, err)
	}
}
