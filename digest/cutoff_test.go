package digest_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// dying is a ledger whose process is killed when the first part of a run is decided.
type dying struct{ *store.DB }

func (d dying) OpenRun(
	ctx context.Context, run *tidings.Run, decide func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error),
) (bool, error) {
	n := 0
	return d.DB.OpenRun(ctx, run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		if n++; n > 1 {
			return nil, errors.New("killed")
		}
		return decide(cohorts, candidates)
	})
}

// cutOffWorld is a Tuesday morning with seven readers of a cadence, who have got what there was, and a release for them.
type cutOffWorld struct {
	t       *testing.T
	db      *store.DB
	planner *digest.Planner
	now     time.Time
}

func newCutOffWorld(t *testing.T, cadence string) *cutOffWorld {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), store.Volatile(), store.Parts(2), store.Keyed(storetest.Keys(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := &cutOffWorld{t, db, &digest.Planner{Ledger: db, Cadences: cadences(t), Site: site()}, time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	for i := range 7 {
		filter := ""
		if i%2 == 1 {
			filter = fmt.Sprintf("topic:t%d OR lang:en", i) // a cohort of their own
		}
		s := storetest.To(t, cadence, filter)
		s.Zone = "UTC"
		storetest.Subscribe(t, db, w.now.Add(-time.Hour), fmt.Sprintf("s%d@example.org", i), s)
	}
	w.plan()
	w.now = w.now.AddDate(0, 0, 1)
	storetest.Save(t, db, w.now.Add(-time.Minute), tidings.Release{Slug: "a"})
	return w
}

func (w *cutOffWorld) plan() {
	w.t.Helper()
	if _, err := w.planner.Plan(w.t.Context(), w.now); err != nil {
		w.t.Fatal(err)
	}
}

// cutOff lets open begin a run in a process that is killed.
func (w *cutOffWorld) cutOff(open func(*digest.Planner) error) {
	w.t.Helper()
	if err := open(&digest.Planner{Ledger: dying{w.db}, Cadences: w.planner.Cadences, Site: w.planner.Site}); err == nil {
		w.t.Fatal("it was not cut off")
	}
}

func (w *cutOffWorld) scheduled(p *digest.Planner) error {
	_, err := p.Plan(w.t.Context(), w.now)
	return err
}

func (w *cutOffWorld) forced(p *digest.Planner) error {
	_, err := p.Force(w.t.Context(), w.now, tidings.Weekly)
	return err
}

// mails are how many go after so many hours, and a second look brings no more.
func (w *cutOffWorld) mails(after time.Duration, want int) {
	w.t.Helper()
	w.now = w.now.Add(after)
	due, err := w.planner.Due(w.t.Context(), w.now)
	if err != nil || due != (want > 0) {
		w.t.Errorf("%s later: due %t, %v", after, due, err)
	}
	w.plan()
	w.plan()
	claimed, err := w.db.Claim(w.t.Context(), w.now, 100)
	if err != nil || len(claimed) != want {
		w.t.Errorf("%s later %d mails go, want %d; %v", after, len(claimed), want, err)
	}
}

func (w *cutOffWorld) update(n int, change func(*tidings.Subscriber)) {
	w.t.Helper()
	if err := w.db.UpdateSubscriber(w.t.Context(), fmt.Sprintf("s%d@example.org", n), w.now, "test", func(s *tidings.Subscriber) error {
		change(s)
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
}

func TestAForcedRunThatWasCutOffGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	w := newCutOffWorld(t, tidings.Weekly) // whose next due time is six days away
	w.planner.Cadences[2].Quiet = quiet(t, "07:00-12:00")
	w.cutOff(w.forced)
	w.mails(time.Minute, 7)
}

func TestARunThatWasCutOffIsNeverTooLate(t *testing.T) {
	t.Parallel()
	w := newCutOffWorld(t, tidings.Daily)
	w.planner.Cadences[1].Latest = 4 * time.Hour
	w.cutOff(w.scheduled)
	w.now = w.now.Add(6 * time.Hour)
	if late, err := w.planner.PassedOver(t.Context(), w.now); err != nil || len(late) != 0 {
		t.Errorf("passed over: %+v, %v", late, err)
	}
	w.mails(0, 7)
}

func TestAScheduledRunThatWasCutOffWaitsForTheMorning(t *testing.T) {
	t.Parallel()
	w := newCutOffWorld(t, tidings.Daily)
	w.planner.Cadences[1].Quiet = quiet(t, "22:00-07:00")
	w.planner.Cadences[1].Latest = 4 * time.Hour
	w.cutOff(w.scheduled)
	w.mails(16*time.Hour, 0) // at midnight
	w.mails(7*time.Hour, 7)
}

func TestARunThatWasCutOffIsShownForAsLongAsAnyOther(t *testing.T) {
	t.Parallel()
	w := newCutOffWorld(t, tidings.Daily)
	w.planner.Cadences[1].Veto, w.planner.Cadences[1].Latest = 30*time.Minute, 4*time.Hour
	w.cutOff(w.scheduled)
	w.now = w.now.Add(6 * time.Hour)
	runs, err := w.planner.Plan(t.Context(), w.now)
	if err != nil || len(runs) != 1 || !runs[0].Goes.Equal(w.now.Add(30*time.Minute)) {
		t.Errorf("%+v, %v", runs, err)
	}
}

func TestAnImmediateRunThatWasCutOffWaitsForNoPublication(t *testing.T) {
	t.Parallel()
	w := newCutOffWorld(t, tidings.Immediate)
	w.cutOff(w.scheduled)
	for i := 2; i < 7; i++ { // nobody is left to be decided for
		w.update(i, func(s *tidings.Subscriber) { s.State = tidings.Paused })
	}
	w.mails(time.Minute, 2)
}

func TestARunThatWasCutOffGoesOnWhenNobodyIsInItsSlotAnyMore(t *testing.T) {
	t.Parallel()
	w := newCutOffWorld(t, tidings.Weekly)
	w.cutOff(w.forced)
	for i := range 7 {
		w.update(i, func(s *tidings.Subscriber) { s.Subscriptions[0].Zone = "Asia/Seoul" })
	}
	standings, err := w.db.Standings(t.Context(), w.now)
	if err != nil || len(standings) != 2 || !standings[1].Empty || standings[1].CutOff.Kind != tidings.ForcedRun {
		t.Errorf("%+v, %v", standings, err)
	}
	if next, err := w.planner.Next(standings[1], w.now, w.now); err != nil || !next.IsZero() {
		t.Errorf("nobody has a next digest at %s, %v", next, err)
	}
	w.mails(time.Minute, 2) // and to the others by their new slot's
}

func TestNobodyIsSaidToWaitForACadenceThatHasOnlyARunThatWasCutOff(t *testing.T) {
	t.Parallel()
	w := newCutOffWorld(t, tidings.Weekly)
	w.cutOff(w.forced)
	for i := range 7 {
		w.update(i, func(s *tidings.Subscriber) { s.Subscriptions[0].Cadence = tidings.Daily })
	}
	w.planner.Cadences = w.planner.Cadences[:2]
	if names, err := w.planner.Orphans(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("%v, %v", names, err)
	}
}
