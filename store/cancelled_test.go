package store_test

import (
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// cancelCutOff leaves what a kill after the first transaction of a Cancel leaves.
func cancelCutOff(t *testing.T, db *store.DB, minute int) {
	t.Helper()
	hold(t, db, minute, tidings.Hold{Run: 1, By: tidings.Cancelled, Reason: "a wrong figure"})
}

func TestNobodyWaitsBehindARunWhoseCancelWasCutOff(t *testing.T) {
	t.Parallel()
	db := outbox(t, 4)
	a, err := db.Release(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	_, first := claimedAt(t, db, 2, 3)
	settle(t, db,
		tidings.Outcome{Delivery: first["s1 by run 1"], State: tidings.DeliverySent, Attempts: 1, At: at(2)},
		tidings.Outcome{Delivery: first["s2 by run 1"], State: tidings.DeliveryDeferred, Next: at(60), Attempts: 1, At: at(2)})
	cancelCutOff(t, db, 3) // s3 is on the wire
	a.Title, a.Note = "B", "It was wrong."
	storetest.Save(t, db, at(5), a)
	run := newRun(tidings.Daily, at(10))
	if opened, err := db.OpenRun(t.Context(), run, tellAll(run)); err != nil || !opened {
		t.Fatal(opened, err)
	}
	if got, _ := claimedAt(t, db, 20, 10); got != "s1 by run 2, s2 by run 2, s4 by run 2" {
		t.Errorf("got %q, want all but the one whose first mail may still come", got)
	}
}

func TestACancelThatWasCutOffIsFinishedByTheNextSender(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		promise string
		claimed int
		want    string
	}{
		{"nothing was claimed yet", 0, "suppressed suppressed suppressed suppressed suppressed"},
		{"some was", 4, "sent suppressed suppressed suppressed suppressed"},
		{"all was", 5, "sent suppressed suppressed suppressed suppressed"},
	} {
		db := outbox(t, 5)
		for i, d := range claim(t, db, at(2), c.claimed) {
			settle(t, db, tidings.Outcome{Delivery: d.ID, Attempts: 1, Next: at(60), At: at(2), State: []tidings.DeliveryState{
				tidings.DeliverySent, tidings.DeliveryDeferred, tidings.DeliveryUncertain, tidings.DeliveryHeld, tidings.DeliveryDeferred,
			}[i]})
		}
		cancelCutOff(t, db, 3)
		if _, err := db.TakeInstance(t.Context(), at(5)); err != nil {
			t.Fatal(err)
		}
		if got := states(t, db, 5); got != c.want {
			t.Errorf("%s: %s", c.promise, got)
		}
		if backlog, err := db.Backlog(t.Context()); err != nil || len(backlog) != 0 {
			t.Errorf("%s: %+v, %v", c.promise, backlog, err)
		}
		if n, err := db.FinishCancels(t.Context(), at(6), "test"); err != nil || n != 0 {
			t.Errorf("%s: %d were left, %v", c.promise, n, err)
		}
	}
}

func TestACancelThatWasCutOffIsFinishedAlsoForARunThatIsDecidedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, early := range []bool{true, false} {
		db := inParts(t, 7)
		apart(t, db, 7)
		cutOff(t, db, at(10), 2)
		cancelCutOff(t, db, 11)
		finish := func(want int64) {
			t.Helper()
			if n, err := db.FinishCancels(t.Context(), at(12), "test"); err != nil || n != want {
				t.Errorf("early %t: %d ended, %v", early, n, err)
			}
		}
		if early {
			finish(4)
		}
		run := newRun(tidings.Daily, at(13))
		if opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo)); err != nil || !opened || run.ID != 1 {
			t.Fatalf("opened %t, %+v, %v", opened, run, err)
		}
		if !early {
			finish(4)
		}
		finish(0)
		report, err := db.Run(t.Context(), 1)
		if err != nil || report.States[tidings.DeliverySuppressed] != 7 || len(report.States) != 1 {
			t.Errorf("early %t: %+v, %v", early, report.States, err)
		}
	}
}
