package store

import (
	"slices"
	"strings"
	"testing"
)

func TestSpellingsAreFoundByTheIndexes(t *testing.T) {
	t.Parallel()
	db := open(t)
	got := plan(t, db.readers, anywhere, `[["a","b"]]`)
	for _, index := range []string{
		"SEARCH p USING COVERING INDEX sqlite_autoindex_subscribers_1 (address>? AND address<?)",
		"SEARCH u USING COVERING INDEX signups_address (address>? AND address<?)",
		"SEARCH l USING COVERING INDEX letters_address (address>? AND address<?)",
		"SEARCH t USING COVERING INDEX tickets_detail (detail>? AND detail<?)",
	} {
		if !strings.Contains(got, index) {
			t.Errorf("not by %s:\n%s", index, got)
		}
	}
}

func TestSpellingsOfALongAddressAreLookedForByAFewBeginnings(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][]string{
		"k.öse@example.org": {"k.öse@example.org", "k.o\u0308se@example.org", "k.Öse@example.org"},
		"김@example.org":     {"김@example.org", "\u1100\u1175\u11b7@example.org"},
	} {
		got := beginnings(address)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q", address, got)
		}
	}
	got := beginnings("александра.константинопольская@example.org")
	if len(got) > beginningsMost || !slices.Contains(got, "алекс") {
		t.Errorf("%d: %q", len(got), got)
	}
}

func TestWhoeverIsErasedIsInNoTableInAnySpelling(t *testing.T) {
	t.Parallel()
	db := open(t)
	added(t, db, "öse@example.org", daily(t, "seahorses"))
	if l := signedUp(t, db, "ÖSE@example.org", "narwhals", at(1)); !l.Known {
		t.Error("they are not known to be a subscriber")
	}
	signedUp(t, db, "ö.se@example.org", "narwhals", at(1))
	trace, err := db.Footprint(t.Context(), "öse@example.org", at(1))
	if err != nil || len(trace.SignUps) != 1 || len(trace.Letters) != 1 {
		t.Errorf("what is known of the address: %+v, %v", trace, err)
	}
	if err := db.RemoveSubscriber(t.Context(), "öse@example.org", at(2), "kim"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `signups`); n != 1 {
		t.Errorf("%d sign-ups are left", n)
	}
	if n := count(t, db, `letters WHERE address <> ''`); n != 1 {
		t.Errorf("%d letters are left", n)
	}
}

func TestOneAddressHasItsLimitInAllSpellings(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i, address := range []string{"öse@example.org", "ÖSE@example.org", "o\u0308se@example.org"} {
		r := requestOf(address)
		r.Limits.AddressHour = 1
		l := letterFor(t, "confirm", "confirm", at(i))
		l.Address, l.SignUp.Address = address, address
		if _, err := db.AdmitSignUp(t.Context(), r, l, at(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n, wishes := count(t, db, `letters`), count(t, db, `signups WHERE created = ?`, at(2).UnixMilli()); n != 1 || wishes != 1 {
		t.Errorf("%d letters, and %d of the newest wish", n, wishes)
	}
}
