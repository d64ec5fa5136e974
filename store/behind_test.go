package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// claimedAt is what is claimed at a minute, "s2 by run 1"; the deliveries by the same names.
func claimedAt(t *testing.T, db *store.DB, minute, limit int) (names string, ids map[string]int64) {
	t.Helper()
	var all []string
	ids = map[string]int64{}
	for _, d := range claim(t, db, at(minute), limit) {
		name := fmt.Sprintf("%s by run %d", strings.TrimSuffix(d.Address, "@example.org"), d.RunID)
		all, ids[name] = append(all, name), d.ID
	}
	return strings.Join(all, ", "), ids
}

func TestACorrectionNeverOvertakesWhatItCorrects(t *testing.T) {
	t.Parallel()
	db := outbox(t, 5)
	a, err := db.Release(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	correct := func(minute int) {
		t.Helper()
		a.Title, a.Note = fmt.Sprint("As of ", minute), "It was wrong."
		a = storetest.Save(t, db, at(minute), a)
		run := newRun(tidings.Daily, at(minute))
		if opened, err := db.OpenRun(t.Context(), run, tellAll(run)); err != nil || !opened {
			t.Fatal(opened, err)
		}
	}
	sent := func(ids map[string]int64, names ...string) {
		t.Helper()
		for _, name := range names {
			settle(t, db, tidings.Outcome{Delivery: ids[name], State: tidings.DeliverySent, Attempts: 1, At: at(0)})
		}
	}
	want := func(minute int, want string) map[string]int64 {
		t.Helper()
		got, ids := claimedAt(t, db, minute, 100)
		if got != want {
			t.Errorf("in minute %d\n%q, want\n%q", minute, got, want)
		}
		return ids
	}

	_, first := claimedAt(t, db, 2, 4) // s5 is not claimed yet
	sent(first, "s1 by run 1")
	settle(t, db,
		tidings.Outcome{Delivery: first["s2 by run 1"], State: tidings.DeliveryDeferred, Next: at(60), Attempts: 1, At: at(2)},
		tidings.Outcome{Delivery: first["s3 by run 1"], State: tidings.DeliveryUncertain, Next: at(40), At: at(2)}) // s4 is on the wire still
	correct(10)
	correct(20)
	ids := want(20, "s5 by run 1, s1 by run 2") // and not s1 by run 3 beside it
	sent(ids, "s5 by run 1", "s1 by run 2")
	sent(first, "s4 by run 1")
	ids = want(21, "s1 by run 3, s4 by run 2, s5 by run 2")
	sent(ids, "s1 by run 3", "s5 by run 2")
	settle(t, db, tidings.Outcome{Delivery: ids["s4 by run 2"], State: tidings.DeliveryFailed, Attempts: 1, Reply: "550 no", At: at(21)})
	sent(want(22, "s4 by run 3, s5 by run 3"), "s4 by run 3", "s5 by run 3")
	sent(want(40, "s3 by run 1"), "s3 by run 1")
	sent(want(44, "s3 by run 2"), "s3 by run 2")
	sent(want(50, "s3 by run 3"), "s3 by run 3")
	ids = want(60, "s2 by run 1")
	settle(t, db, tidings.Outcome{Delivery: ids["s2 by run 1"], State: tidings.DeliveryHeld, Reply: "554 spam?", At: at(60)})
	want(120, "")
	if _, err := db.Retry(t.Context(), 1, at(121), "test"); err != nil {
		t.Fatal(err)
	}
	sent(want(121, "s2 by run 1"), "s2 by run 1")
	sent(want(150, "s2 by run 2"), "s2 by run 2")
	want(180, "s2 by run 3")
}

func TestOnlyWhatWasCorrectedIsWaitedFor(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	first := claim(t, db, at(2), 100)
	for _, d := range first {
		settle(t, db, tidings.Outcome{Delivery: d.ID, State: tidings.DeliveryDeferred, Next: at(60), Attempts: 1, Reply: "451 later", At: at(2)})
	}
	storetest.Save(t, db, at(3), tidings.Release{Slug: "b"})
	openRun(t, db, tidings.Daily, at(10))
	if got, _ := claimedAt(t, db, 10, 100); got != "s1 by run 2, s2 by run 2" {
		t.Errorf("%q: another release waits behind a mail that it has nothing to do with", got)
	}
}
