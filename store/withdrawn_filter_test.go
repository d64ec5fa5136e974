package store_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

// Filters decide about what is withdrawn as they do about what is public.
func TestTombstonesOfAFilterAreThoseThatItSelectsAsTheyWereLast(t *testing.T) {
	t.Parallel()
	zone := storetest.Site(t).Zone
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 2))
		db := randomNewsroom(t, rng)
		all, err := db.Withdrawn(t.Context(), tidings.Selection{}, 0)
		if err != nil || len(all) == 0 {
			t.Fatal(len(all), err)
		}
		for range 100 {
			f, err := tidings.ParseFilter(randomFilter(rng, 3))
			if err != nil {
				t.Fatal(err)
			}
			since, limit := time.Time{}, 1+rng.IntN(len(all))
			if rng.IntN(2) == 0 {
				since = all[rng.IntN(len(all))].Published
			}
			var want []string
			for _, stone := range all {
				r, err := db.DeskRelease(t.Context(), stone.URI)
				if err != nil {
					t.Fatal(err)
				}
				if f.Match(&r, zone) && (since.IsZero() || !r.Published.Before(since)) && len(want) < limit {
					want = append(want, stone.Slug)
				}
			}
			got, err := db.WithdrawnBy(t.Context(), f, zone, since, limit)
			var slugs []string
			for _, stone := range got {
				slugs = append(slugs, stone.Slug)
				if !slices.Contains(all, stone) {
					t.Errorf("%+v is none of those of everything", stone)
				}
			}
			if err != nil || !slices.Equal(slugs, want) {
				t.Fatalf("seed %d: %s selects %v, want %v: %v", seed, f, slugs, want, err)
			}
		}
	}
}

func TestOfAFilterThereIsNoList(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Save(t, db, at(0), tidings.Release{Slug: "oil"})
	sel := tidings.Selection{Query: "oil"}
	_, releases := db.Releases(t.Context(), tidings.Query{Selection: sel})
	_, count := db.Count(t.Context(), tidings.Query{Selection: sel})
	_, addresses := db.Addresses(t.Context(), tidings.Query{Selection: sel})
	_, withdrawn := db.Withdrawn(t.Context(), sel, 0)
	for name, err := range map[string]error{"releases": releases, "count": count, "addresses": addresses, "withdrawn": withdrawn} {
		if err == nil {
			t.Errorf("%s: no error, and nothing found", name)
		}
	}
	all, err := db.Mark(t.Context(), tidings.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if mark, err := db.Mark(t.Context(), sel); err != nil || mark != all || mark.Seq == 0 {
		t.Errorf("its mark is %v, want that of everything, %v: %v", mark, all, err)
	}
}
