package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func TestRetryTakesUpWhatWaitsForAPersonAndNothingElse(t *testing.T) {
	t.Parallel()
	ctx, db, now := t.Context(), storetest.New(t), time.Date(2026, 3, 17, 8, 0, 0, 0, time.UTC)
	for _, address := range []string{"held@example.org", "sent@example.org", "paused@example.org"} {
		storetest.Subscribe(t, db, now, address, storetest.To(t, tidings.Daily, ""))
	}
	storetest.Save(t, db, now, tidings.Release{Source: "a", Title: "A"})
	run := &tidings.Run{
		Kind: tidings.ScheduledRun,
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour}, Due: now, Created: now, Domain: "example.org",
	}
	opened, err := db.OpenRun(ctx, run, func(_ []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		entry := tidings.Entry{Release: candidates[0].Release.ID, Revision: 1}
		return []tidings.Decision{{Entries: []tidings.Entry{entry}, Position: run.UpTo}}, nil
	})
	if err != nil || !opened {
		t.Fatal(opened, err)
	}
	pause := func(s *tidings.Subscriber) error { s.State = tidings.Paused; return nil }
	if err := db.UpdateSubscriber(ctx, "paused@example.org", now, "test", pause); err != nil {
		t.Fatal(err)
	}
	claimed, err := db.Claim(ctx, now, 10)
	if err != nil || len(claimed) != 2 {
		t.Fatalf("%d claimed: %v", len(claimed), err)
	}
	for _, d := range claimed {
		state := tidings.DeliverySent
		if d.Address == "held@example.org" {
			state = tidings.DeliveryHeld
		}
		if err := db.Settle(ctx, []tidings.Outcome{{Delivery: d.ID, State: state, Attempts: 3, At: now, Reply: "too many"}}); err != nil {
			t.Fatal(err)
		}
	}
	later := now.Add(time.Hour)
	if h, err := db.HeldMails(ctx, run.ID); err != nil || h != (store.HeldMails{Mails: 1, Reply: "too many"}) {
		t.Errorf("%+v %v", h, err)
	}
	if n, err := db.Retry(ctx, run.ID, later, "test"); n != 1 || err != nil {
		t.Fatalf("%d taken up: %v", n, err)
	}
	again, err := db.Claim(ctx, later, 10)
	if err != nil || len(again) != 1 || again[0].Address != "held@example.org" || again[0].Attempts != 0 {
		t.Fatalf("%+v %v", again, err)
	}
	if n, err := db.Retry(ctx, run.ID, later, "test"); n != 0 || err != nil {
		t.Fatalf("%d taken up a second time: %v", n, err)
	}
}

func TestWhatIsHeldForAPersonHeedsACancelAndWhoeverLeftOrPausesMeanwhile(t *testing.T) {
	t.Parallel()
	db := outbox(t, 4)
	held := func(minute int, wire []tidings.Delivery) {
		t.Helper()
		for _, d := range wire {
			settle(t, db, tidings.Outcome{Delivery: d.ID, State: tidings.DeliveryHeld, Attempts: 1, Reply: "535 who are you?", At: at(minute)})
		}
	}
	wire := claim(t, db, at(3), 3)
	setState(t, db, "s1@example.org", at(4), tidings.Left)
	setState(t, db, "s2@example.org", at(4), tidings.Paused)
	held(5, wire)
	if got := states(t, db, 4); got != "suppressed held held pending" {
		t.Errorf("got %s", got)
	}
	if n, err := db.Retry(t.Context(), 1, at(6), "test"); err != nil || n != 2 {
		t.Errorf("%d taken up, %v", n, err)
	}
	if got := states(t, db, 4); got != "suppressed held pending pending" {
		t.Errorf("got %s", got)
	}
	setState(t, db, "s2@example.org", at(7), tidings.Active)
	wire = claim(t, db, at(8), 9)
	if _, err := db.Cancel(t.Context(), 1, "a wrong figure", at(9), "test"); err != nil || len(wire) != 3 {
		t.Fatalf("%d claimed, %v", len(wire), err)
	}
	held(10, wire)
	if got := states(t, db, 4); got != "suppressed suppressed suppressed suppressed" {
		t.Errorf("got %s", got)
	}
	if _, err := db.Retry(t.Context(), 1, at(11), "test"); !errors.As(err, new(*tidings.InvalidError)) {
		t.Errorf("a run that was cancelled: %v", err)
	}
}

// TestRunsOfWhichMailsWaitForAPersonAreTheNewestFirstWithTheReasonOfMost has three mails of one run, and one of another.
func TestRunsOfWhichMailsWaitForAPersonAreTheNewestFirstWithTheReasonOfMost(t *testing.T) {
	t.Parallel()
	ctx, db, now := t.Context(), storetest.New(t), time.Date(2026, 3, 17, 8, 0, 0, 0, time.UTC)
	for _, address := range []string{"a@example.org", "b@example.org", "c@example.org"} {
		storetest.Subscribe(t, db, now, address, storetest.To(t, tidings.Daily, ""))
	}
	storetest.Subscribe(t, db, now, "w@example.org", storetest.To(t, tidings.Weekly, ""))
	storetest.Save(t, db, now, tidings.Release{Source: "a", Title: "A"})
	for _, cadence := range []string{tidings.Daily, tidings.Weekly} {
		run := &tidings.Run{
			Kind: tidings.ScheduledRun, Slot: tidings.Slot{Cadence: cadence, Zone: "Asia/Seoul", Hour: tidings.AnyHour},
			Due: now, Created: now, Domain: "example.org",
		}
		if _, err := db.OpenRun(ctx, run, func(_ []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
			return []tidings.Decision{{Entries: []tidings.Entry{{Release: candidates[0].Release.ID, Revision: 1}}, Position: run.UpTo}}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	claimed, err := db.Claim(ctx, now, 10)
	if err != nil || len(claimed) != 4 {
		t.Fatalf("%d claimed: %v", len(claimed), err)
	}
	for _, d := range claimed {
		reply := "refused"
		if d.Address == "a@example.org" {
			reply = "a filter"
		}
		o := tidings.Outcome{Delivery: d.ID, State: tidings.DeliveryHeld, Attempts: 1, At: now, Reply: reply}
		if err := db.Settle(ctx, []tidings.Outcome{o}); err != nil {
			t.Fatal(err)
		}
	}
	want := []store.HeldRun{
		{Run: 2, HeldMails: store.HeldMails{Mails: 1, Reply: "refused"}}, {Run: 1, HeldMails: store.HeldMails{Mails: 3, Reply: "refused"}},
	}
	if got, err := db.HeldRuns(ctx); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}
