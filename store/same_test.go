package store_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// Spellings of one address: as its owner writes it, in upper case, and with its marks apart.
const (
	ose        = "öse.ü@example.org"
	upper      = "ÖSE.Ü@example.org"
	decomposed = "o\u0308se.u\u0308@example.org"
)

// former is a database in which subscribers have these addresses, however former programs came to have them, and a delivery is due to each.
func former(t *testing.T, addresses ...string) *store.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.db")
	db := storetest.Open(t, path)
	file, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for i, address := range addresses {
		s := storetest.Subscribe(t, db, at(0), string(rune('a'+i))+"@example.org", storetest.To(t, tidings.Daily, ""))
		if _, err := file.ExecContext(t.Context(), `UPDATE subscribers SET address = ? WHERE id = ?`, address, s.ID); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	return db
}

func stateOf(t *testing.T, db *store.DB, ref string) tidings.SubscriberState {
	t.Helper()
	s, err := db.Subscriber(t.Context(), ref)
	if err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	return s.State
}

func TestAnAddressIsFoundInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, kept := range []string{ose, upper, decomposed} {
		db := former(t, "ose@example.org", kept, "önder@example.org")
		for _, asked := range []string{ose, upper, decomposed, "Öse.ü@EXAMPLE.org"} {
			if s, err := db.Subscriber(t.Context(), asked); err != nil || s.ID != 2 {
				t.Errorf("%q is kept, %q finds %d, %v", kept, asked, s.ID, err)
			}
		}
		if _, err := db.Subscriber(t.Context(), "öse@example.org"); !errors.Is(err, tidings.ErrNotFound) {
			t.Errorf("the beginning of an address finds somebody: %v", err)
		}
	}
}

func TestASuppressedAddressIsNotMailedInWhateverSpelling(t *testing.T) {
	t.Parallel()
	for _, kept := range []string{ose, upper, decomposed} {
		for _, said := range []string{ose, upper, decomposed} {
			db := former(t, kept, "kim@example.org")
			if fresh, err := db.Suppress(t.Context(), said, "by letter", time.Time{}, at(3), "desk"); err != nil || !fresh {
				t.Fatal(fresh, err)
			}
			if due := claim(t, db, at(3), 9); len(due) != 1 || due[0].Address != "kim@example.org" {
				t.Errorf("%q is suppressed as %q, and mails go to %v", kept, said, due)
			}
		}
	}
}

func TestTheSecondSpellingIsASubscriberAlready(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), ose, storetest.To(t, tidings.Daily, ""))
	for _, again := range []string{upper, decomposed} {
		s := listed(t, again, tidings.Active).Subscriber
		if err := db.AddSubscriber(t.Context(), &s, at(1), "test"); !errors.Is(err, tidings.ErrExists) {
			t.Errorf("%q is added beside %q: %v", again, ose, err)
		}
		if got := enrolled(t, db, listed(t, again, tidings.Active)); !slices.Equal(got, []tidings.Fate{tidings.FateKnown}) {
			t.Errorf("%q is taken in from a list beside %q: %v", again, ose, got)
		}
	}
}

func TestTwoSpellingsOfFormerProgramsAreMailedBothAndSuppressedBoth(t *testing.T) {
	t.Parallel()
	db := former(t, ose, upper)
	due := claim(t, db, at(3), 9)
	if len(due) != 2 {
		t.Fatalf("mails go to %v", due)
	}
	update := func(ref string, id int64) {
		t.Helper()
		if s, err := db.Subscriber(t.Context(), ref); err != nil || s.ID != id {
			t.Errorf("%q is %d, %v; want %d", ref, s.ID, err, id)
		}
	}
	update(ose, 1)
	update(upper, 2)
	p := tidings.PathOf(&due[0])
	take(t, db, p, "5.1.1", at(4))
	if a, b := stateOf(t, db, ose), stateOf(t, db, upper); a != tidings.Suppressed || b != tidings.Suppressed {
		t.Errorf("after a bounce of one they are %s and %s", a, b)
	}
	if err := db.LiftSuppression(t.Context(), decomposed, "she called", at(5), "desk"); err != nil {
		t.Fatal(err)
	}
	if a, b := stateOf(t, db, ose), stateOf(t, db, upper); a != tidings.Left || b != tidings.Left {
		t.Errorf("lifted they are %s and %s", a, b)
	}
}

func TestWhoeverIsSuppressedByKeyAloneIsNotMailed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := storetest.Open(t, path)
	for _, address := range []string{"a@example.org", "kim@example.org"} {
		storetest.Subscribe(t, db, at(0), address, storetest.To(t, tidings.Daily, ""))
	}
	if _, err := db.Suppress(t.Context(), upper, "by letter", time.Time{}, at(0), "desk"); err != nil {
		t.Fatal(err)
	}
	file, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// As former programs left it: they did not find the subscriber.
	if _, err := file.ExecContext(t.Context(), `UPDATE subscribers SET address = ? WHERE id = 1`, ose); err != nil {
		t.Fatal(err)
	}
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	if due := claim(t, db, at(3), 1); len(due) != 1 || due[0].Address != "kim@example.org" {
		t.Errorf("mails go to %v", due)
	}
	if s := stateOf(t, db, ose); s != tidings.Suppressed {
		t.Errorf("the subscriber is %s", s)
	}
	if got := states(t, db, 2); got != "suppressed sending" {
		t.Errorf("the mails are %s", got)
	}
}
