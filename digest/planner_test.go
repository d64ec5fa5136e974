package digest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// ledger is a real one whose pauses do not end when they ought to.
type ledger struct {
	*store.DB
	pauses error
}

func (l ledger) ResumeDue(context.Context, time.Time) (int, error) { return 0, l.pauses }

func TestOneFaultKeepsNoOtherSlotFromItsTurn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for _, cadence := range []string{"hourly", tidings.Daily, tidings.Weekly} {
		storetest.Subscribe(t, db, epoch(), cadence+"@example.org", storetest.To(t, cadence, ""))
	}
	planner := &digest.Planner{Ledger: ledger{DB: db}, Cadences: cadences(t), Site: site()}
	due := func(now time.Time, want bool) {
		t.Helper()
		if is, err := planner.Due(t.Context(), now); is != want || err != nil {
			t.Errorf("due: %v, %v", is, err)
		}
	}
	plan := func(now time.Time) error {
		t.Helper()
		due(now, true)
		defer due(now, false)
		runs, err := planner.Plan(t.Context(), now)
		if len(runs) != 2 || runs[0].Slot.Cadence != tidings.Daily || runs[1].Slot.Cadence != tidings.Weekly {
			t.Errorf("%+v, want a daily run and a weekly one", runs)
		}
		return err
	}
	if err := plan(epoch().AddDate(0, 0, 8)); err != nil {
		t.Errorf("a cadence that is on offer no more is a fault: %v", err)
	}
	if names, err := planner.Orphans(t.Context()); err != nil || !slices.Equal(names, []string{"hourly"}) {
		t.Errorf("orphans %v, %v", names, err)
	}
	bad := errors.New("a bad row")
	planner.Ledger = ledger{db, bad}
	if err := plan(epoch().AddDate(0, 0, 16)); !errors.Is(err, bad) {
		t.Errorf("got %v, want the fault of the pauses too", err)
	}
}
