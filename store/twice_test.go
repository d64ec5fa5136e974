package store_test

import (
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// renewed gives the first of inParts a new daily subscription from the very beginning, in place of the one they have.
func renewed(t *testing.T, db *store.DB, minute int) {
	t.Helper()
	if err := db.UpdateSubscriber(t.Context(), "s0@example.org", at(minute), "test", func(s *tidings.Subscriber) error {
		s.Subscriptions[0] = storetest.To(t, tidings.Daily, "")
		s.Subscriptions[0].Zone, s.Subscriptions[0].Position = "Asia/Seoul", -1
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// passedOver fails unless so many have a mail, and the next run will look at whoever renewed theirs.
func passedOver(t *testing.T, db *store.DB, want int) {
	t.Helper()
	if got := len(claim(t, db, at(14), 9)); got != want {
		t.Errorf("%d mails, want %d", got, want)
	}
	s, err := db.Subscriber(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range s.Subscriptions {
		if one.Cadence == tidings.Daily && one.Position != 0 {
			t.Errorf("the next run will not look at %+v", one)
		}
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWhoHasAMailOfARunGetsNoOtherOfIt: though they have a new subscription since, which the run has yet to come to.
func TestWhoHasAMailOfARunGetsNoOtherOfIt(t *testing.T) {
	t.Parallel()
	for _, several := range []bool{true, false} {
		db := inParts(t, 5)
		apart(t, db, 5)
		want := 5
		if several {
			if err := db.UpdateSubscriber(t.Context(), "1", at(1), "test", func(s *tidings.Subscriber) error {
				s.Subscriptions = append(s.Subscriptions, storetest.To(t, tidings.Weekly, ""))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		cutOff(t, db, at(10), 2)
		if several { // they have not got it: it would come again
			setState(t, db, "s0@example.org", at(11), tidings.Left)
			setState(t, db, "s0@example.org", at(11), tidings.Active)
			want = 4
		}
		renewed(t, db, 12)
		run := newRun(tidings.Daily, at(13))
		if opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo)); err != nil || !opened || !run.Due.Equal(at(10)) {
			t.Fatalf("opened %t, %+v, %v", opened, run, err)
		}
		passedOver(t, db, want)
	}
}

func TestWhoRenewsASubscriptionWhileARunIsDecidedGetsOneMailOfIt(t *testing.T) {
	t.Parallel()
	db := inParts(t, 5)
	apart(t, db, 5)
	run := newRun(tidings.Daily, at(10))
	all, n := takeAll(&run.UpTo), 0
	opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		if n++; n == 3 { // the first part is written
			renewed(t, db, 11)
		}
		return all(cohorts, candidates)
	})
	if err != nil || !opened || n < 3 {
		t.Fatalf("opened %t, %v, asked %d times", opened, err, n)
	}
	passedOver(t, db, 5)
}
