package digest_test

import (
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store/storetest"
)

// TestAnAutomaticDigestWaitsForThePressOffice and its readers' morning, and one that somebody asked for does not.
func TestAnAutomaticDigestWaitsForThePressOffice(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, epoch(), "a@example.org", storetest.To(t, tidings.Daily, ""))
	storetest.Subscribe(t, db, epoch(), "b@example.org", storetest.To(t, tidings.Immediate, ""))
	planner := &digest.Planner{Ledger: db, Cadences: cadences(t), Site: site()}
	for i := range planner.Cadences {
		planner.Cadences[i].Veto = 30 * time.Minute
	}
	planner.Cadences[1].Quiet = quiet(t, "08:20-09:00")                             // of Seoul, where the readers are
	due := time.Date(2026, 1, 5, 8, 0, 0, 0, time.FixedZone("Asia/Seoul", 9*60*60)) // in the night of the site
	storetest.Save(t, db, due.Add(-time.Hour), tidings.Release{Slug: "a"})
	runs, err := planner.Plan(t.Context(), due.Add(time.Minute))
	if err != nil || len(runs) != 2 {
		t.Fatalf("%+v, %v", runs, err)
	}
	want := map[string]time.Time{tidings.Immediate: due.Add(31 * time.Minute), tidings.Daily: due.Add(time.Hour)}
	for _, r := range runs {
		if !r.Goes.Equal(want[r.Slot.Cadence]) {
			t.Errorf("%s goes at %s, want %s", r.Slot.Cadence, r.Goes, want[r.Slot.Cadence])
		}
	}
	forced, err := planner.Force(t.Context(), due.Add(2*time.Minute), tidings.Daily)
	if err != nil || len(forced) != 1 || !forced[0].Goes.IsZero() {
		t.Errorf("%+v, %v", forced, err)
	}
}

// TestASecondThoughtLeavesNothingToSend withdraws a release while its immediate mail waits.
func TestASecondThoughtLeavesNothingToSend(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, epoch(), "a@example.org", storetest.To(t, tidings.Immediate, ""))
	planner := &digest.Planner{Ledger: db, Cadences: cadences(t), Site: site()}
	planner.Cadences[0].Veto = 10 * time.Minute
	at := func(minutes int) time.Time { return epoch().Add(time.Duration(minutes) * time.Minute) }
	r := storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	if runs, err := planner.Plan(t.Context(), at(1)); err != nil || len(runs) != 1 {
		t.Fatalf("%+v, %v", runs, err)
	}
	if err := db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "Too early.", Notify: true}, at(5), "test"); err != nil {
		t.Fatal(err)
	}
	for _, minute := range []int{6, 11} {
		if _, err := planner.Plan(t.Context(), at(minute)); err != nil {
			t.Fatal(err)
		}
	}
	claimed, err := db.Claim(t.Context(), at(60), 9)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("%+v, %v", claimed, err)
	}
	if e, err := db.Edition(t.Context(), claimed[0].EditionID); err != nil || len(e.Entries) != 0 {
		t.Errorf("%+v, %v", e.Entries, err)
	}
}
