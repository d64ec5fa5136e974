package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

func TestWhoHadSeveralSubscriptionsIsAskedWhatTheyGot(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""), storetest.To(t, tidings.Weekly, ""))
	a := storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	b := storetest.Save(t, db, at(3), tidings.Release{Slug: "b"})
	s := update(t, db, at(4), func(s *tidings.Subscriber) { s.Subscriptions = s.Subscriptions[1:] }) // weekly alone is left
	cohort, candidates, err := db.Preview(t.Context(), s.ID, s.Subscriptions[0].ID)
	if err != nil || len(candidates) != 2 || !cohort.Got[a.ID] || cohort.Got[b.ID] {
		t.Errorf("got %v of %d candidates, %v", cohort.Got, len(candidates), err)
	}
	run, _ := openRun(t, db, tidings.Weekly, at(5))
	for _, d := range claim(t, db, at(6), 10) {
		if e, err := db.Edition(t.Context(), d.EditionID); err != nil || len(e.Entries) != 1 {
			t.Errorf("run %d: %d entries, %v; want each release once", run.ID, len(e.Entries), err)
		}
	}
}

func TestASubscriptionThatGoesBackBringsNothingTwice(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	a := storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	s := update(t, db, at(4), func(s *tidings.Subscriber) { s.Subscriptions[0].Position = 0 })
	cohort, candidates, err := db.Preview(t.Context(), s.ID, s.Subscriptions[0].ID)
	if err != nil || cohort.Position != 0 || len(candidates) != 1 || !cohort.Got[a.ID] {
		t.Errorf("at %d with %v of %d candidates, %v", cohort.Position, cohort.Got, len(candidates), err)
	}
	if run, opened := openRun(t, db, tidings.Daily, at(5)); opened && len(claim(t, db, at(6), 10)) != 1 {
		t.Errorf("run %d brings it again", run.ID)
	}
	if s := update(t, db, at(7), func(s *tidings.Subscriber) { s.Subscriptions[0].Position = 9 }); s.Subscriptions[0].Position != 1 {
		t.Errorf("went forward to %d", s.Subscriptions[0].Position)
	}
}

func TestImmediateIsOneSlotAndKeepsNoEmptyRuns(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for i, zone := range []string{"Asia/Seoul", "Africa/Cairo"} {
		s := storetest.To(t, tidings.Immediate, "")
		s.Zone, s.Hour = zone, i
		storetest.Subscribe(t, db, at(i), zone[:4]+"@example.org", s)
	}
	standings, err := db.Standings(t.Context(), at(10000))
	if err != nil {
		t.Fatal(err)
	}
	want := []tidings.Standing{{Slot: slot(tidings.Immediate), After: at(0)}}
	if diff := cmp.Diff(want, standings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r := storetest.Save(t, db, at(2), tidings.Release{Slug: "a"})
	if _, opened := openRun(t, db, tidings.Immediate, at(3)); !opened {
		t.Error("not opened")
	}
	r.Title = "Edited"
	storetest.Save(t, db, at(4), r)
	if _, opened := openRun(t, db, tidings.Immediate, at(5)); opened {
		t.Error("an edit opened a run")
	}
	runs, err := db.Runs(t.Context(), 0)
	if err != nil || len(runs) != 1 || runs[0].States[tidings.DeliveryPending] != 2 {
		t.Errorf("runs %v, %v", runs, err)
	}
	standings, err = db.Standings(t.Context(), at(10000))
	if err != nil || len(standings) != 1 || standings[0].Position != 2 {
		t.Errorf("standings %v, %v; want the position to move past the edit", standings, err)
	}
}

func TestStandingCountsFromTheLastRunOrFromWhenTheFirstCame(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	after := func() time.Time {
		standings, err := db.Standings(t.Context(), at(10000))
		if err != nil || len(standings) != 1 {
			t.Fatalf("%v, %v", standings, err)
		}
		return standings[0].After
	}
	storetest.Subscribe(t, db, at(5), kim, storetest.To(t, tidings.Daily, ""))
	storetest.Subscribe(t, db, at(9), "lee@example.org", storetest.To(t, tidings.Daily, ""))
	if got := after(); !got.Equal(at(5)) {
		t.Errorf("new: %v", got)
	}
	run := newRun(tidings.Daily, at(10))
	if opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo)); err != nil || !opened {
		t.Fatalf("an empty run is stored too: %t, %v", opened, err)
	}
	if got := after(); !got.Equal(at(10)) {
		t.Errorf("run: %v", got)
	}
	for _, ref := range []string{kim, "lee@example.org"} {
		err := db.UpdateSubscriber(t.Context(), ref, at(20), "test", func(s *tidings.Subscriber) error {
			s.Subscriptions[0].Cadence = tidings.Weekly
			return nil
		})
		if ref == kim && err == nil {
			continue // both slots have one now
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := after(); !got.Equal(at(20)) {
		t.Errorf("moved to another slot: %v", got)
	}
}

func TestAClockThatRanAheadOnceStopsNoDigest(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	run, _ := openRun(t, db, tidings.Daily, at(10))
	openRun(t, db, tidings.Daily, at(9000))
	storetest.Subscribe(t, db, at(9000), "lee@example.org", storetest.To(t, tidings.Weekly, ""))
	standings, err := db.Standings(t.Context(), at(20))
	if err != nil || len(standings) != 2 || !standings[0].After.Equal(run.Due) || !standings[1].After.Equal(at(20)) {
		t.Errorf("%v, %v; want the run before, and now", standings, err)
	}
}

func TestWhoComesBackWaitsForTheNextDueTime(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	openRun(t, db, tidings.Daily, at(10))
	update(t, db, at(20), func(s *tidings.Subscriber) { s.State = tidings.Paused })
	if standings, err := db.Standings(t.Context(), at(10000)); err != nil || len(standings) != 0 {
		t.Errorf("a slot of nobody: %v, %v", standings, err)
	}
	update(t, db, at(9000), func(s *tidings.Subscriber) { s.State = tidings.Active })
	standings, err := db.Standings(t.Context(), at(10000))
	if err != nil || len(standings) != 1 || !standings[0].After.Equal(at(9000)) {
		t.Errorf("%v, %v; want a standing after the return, not after a run of days ago", standings, err)
	}
}

func TestAnImmediateReaderWhoHasYetToGetSomethingIsNotOverlooked(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Save(t, db, at(0), tidings.Release{Slug: "a"})
	for _, who := range []string{"s1@example.org", "s2@example.org", "s3@example.org"} {
		storetest.Subscribe(t, db, at(1), who, storetest.To(t, tidings.Immediate, ""))
	}
	position := func() int64 {
		t.Helper()
		first, err := db.Standings(t.Context(), at(10))
		again, fault := db.Standings(t.Context(), at(10)) // from what it remembers
		if err != nil || fault != nil || len(first) != 1 || !cmp.Equal(first, again) {
			t.Fatalf("%v, %v, %v", first, again, errors.Join(err, fault))
		}
		return first[0].Position
	}
	if got := position(); got != 1 {
		t.Errorf("all have got all: %d", got)
	}
	setState(t, db, "s2@example.org", at(2), tidings.Paused)
	storetest.Save(t, db, at(3), tidings.Release{Source: "b", Slug: "b"})
	if got := position(); got != 1 {
		t.Errorf("there is something new: %d", got)
	}
	openRun(t, db, tidings.Immediate, at(4))
	if got := position(); got != 2 {
		t.Errorf("only one who pauses has not: %d", got)
	}
	setState(t, db, "s2@example.org", at(5), tidings.Active)
	if got := position(); got != 1 {
		t.Errorf("one has not: %d", got)
	}
}
