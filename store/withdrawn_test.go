package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func withdraw(t *testing.T, db *store.DB, id int64, w tidings.Withdrawal, minute int) {
	t.Helper()
	if err := db.Withdraw(t.Context(), id, w, at(minute), "test"); err != nil {
		t.Fatal(err)
	}
}

func TestSuccessorIsTheLastOfItsLineThatIsPublic(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a := storetest.Save(t, db, at(0), tidings.Release{Slug: "a"})
	b := storetest.Save(t, db, at(0), tidings.Release{Slug: "b"})
	c := storetest.Save(t, db, at(0), tidings.Release{Slug: "c", Status: tidings.Scheduled, Published: at(60)})
	successor := func() string {
		r, err := db.Release(t.Context(), "a")
		if !errors.Is(err, tidings.ErrWithdrawn) {
			t.Fatal(err)
		}
		stones, err := db.Withdrawn(t.Context(), tidings.Selection{}, 0)
		if err != nil || stones[len(stones)-1].Slug != "a" || stones[len(stones)-1].Successor != r.Successor {
			t.Errorf("the page says %q, the list says %+v, %v", r.Successor, stones, err)
		}
		return r.Successor
	}
	withdraw(t, db, a.ID, tidings.Withdrawal{Successor: b.ID}, 1)
	if got := successor(); got != "b" {
		t.Errorf("got %q, want b", got)
	}
	withdraw(t, db, b.ID, tidings.Withdrawal{Successor: c.ID}, 2)
	if got := successor(); got != "" {
		t.Errorf("got %q, which is not public", got)
	}
	if _, err := db.PublishDue(t.Context(), at(60)); err != nil {
		t.Fatal(err)
	}
	if got := successor(); got != "c" {
		t.Errorf("got %q, want c", got)
	}
	for name, next := range map[string]int64{"itself": c.ID, "nobody": 99, "a circle": a.ID} {
		err := db.Withdraw(t.Context(), c.ID, tidings.Withdrawal{Successor: next}, at(61), "test")
		if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || invalid.Field != "successor" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTombstonesAreThoseOfTheSelectionThatWerePublic(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy")
	older := storetest.Save(t, db, at(1), tidings.Release{Slug: "older", Topics: []string{"energy"}, Published: at(-9)})
	newer := storetest.Save(t, db, at(1), tidings.Release{Slug: "newer", Language: "pt-BR", Office: "Trade"})
	draft := storetest.Save(t, db, at(1), tidings.Release{Slug: "draft", Status: tidings.Draft, Topics: []string{"energy"}})
	storetest.Save(t, db, at(1), tidings.Release{Slug: "public", Topics: []string{"energy"}})
	withdraw(t, db, newer.ID, tidings.Withdrawal{Reason: "Wrong."}, 3)
	withdraw(t, db, older.ID, tidings.Withdrawal{}, 5)
	withdraw(t, db, draft.ID, tidings.Withdrawal{Reason: "A secret."}, 6)
	stone := func(r tidings.Release, reason string, withdrawn int) tidings.Tombstone {
		return tidings.Tombstone{
			URI: r.URI, Slug: r.Slug, Language: r.Language, Title: r.Title, Reason: reason,
			Published: r.Published, Withdrawn: at(withdrawn),
		}
	}
	first, second := stone(newer, "Wrong.", 3), stone(older, "", 5)
	for sel, want := range map[tidings.Selection][]tidings.Tombstone{
		{}:                  {first, second},
		{Topic: "energy"}:   {second},
		{Topic: "nonesuch"}: nil,
		{Language: "pt"}:    {first},
		{Office: "Trade"}:   {first},
	} {
		if got, err := db.Withdrawn(t.Context(), sel, 0); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%+v: %v\n%s", sel, err, cmp.Diff(want, got))
		}
	}
	if got, err := db.Withdrawn(t.Context(), tidings.Selection{}, 1); err != nil || !cmp.Equal(got, []tidings.Tombstone{first}) {
		t.Errorf("the newest: %v, %v", got, err)
	}
}
