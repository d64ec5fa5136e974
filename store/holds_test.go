package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func hold(t *testing.T, db *store.DB, minute int, h tidings.Hold) {
	t.Helper()
	if err := db.Hold(t.Context(), h, at(minute), "test"); err != nil {
		t.Fatal(err)
	}
}

func lift(t *testing.T, db *store.DB, minute int, run int64, kind tidings.HoldKind) int {
	t.Helper()
	lifted, err := db.Lift(t.Context(), run, kind, at(minute), "test")
	if err != nil {
		t.Fatal(err)
	}
	return len(lifted)
}

// waiting is how many can be claimed, and whether NextDue says so; what was claimed is put back.
func waiting(t *testing.T, db *store.DB, minute int) int {
	t.Helper()
	next, err := db.NextDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	claimed := claim(t, db, at(minute), 100)
	if due := !next.IsZero() && !next.After(at(minute)); due != (len(claimed) > 0) {
		t.Errorf("%d claimed, but the next is due at %v", len(claimed), next)
	}
	for _, d := range claimed {
		settle(t, db, tidings.Outcome{Delivery: d.ID, Letter: d.Letter != nil, State: d.State, Next: d.Next, Attempts: d.Attempts, At: at(minute)})
	}
	return len(claimed)
}

func TestAHeldRunIsNotClaimedByAnyProcessUntilItIsLifted(t *testing.T) {
	t.Parallel()
	db := outbox(t, 3)
	storetest.Save(t, db, at(3), tidings.Release{Slug: "b"})
	second, _ := openRun(t, db, tidings.Daily, at(4))
	hold(t, db, 5, tidings.Hold{Run: 1, By: tidings.HeldByDesk, Reason: "a wrong figure"})
	if n := waiting(t, db, 6); n != 3 {
		t.Errorf("%d may be sent, want those of run %d alone", n, second.ID)
	}
	report, err := db.Run(t.Context(), 1)
	if err != nil || len(report.Holds) != 1 || report.Holds[0].Reason != "a wrong figure" || !report.Holds[0].Since.Equal(at(5)) {
		t.Errorf("%+v, %v", report, err)
	}
	if n := lift(t, db, 7, 1, ""); n != 1 {
		t.Errorf("%d lifted", n)
	}
	if n := waiting(t, db, 8); n != 6 {
		t.Errorf("%d may be sent, want all", n)
	}
	if err := db.Hold(t.Context(), tidings.Hold{Run: 9, By: tidings.HeldByDesk}, at(9), "test"); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("a run that there is not: %v", err)
	}
}

func TestAHoldOfAllKeepsDigestsAndLetsLettersGo(t *testing.T) {
	t.Parallel()
	db := outbox(t, 3)
	hold(t, db, 3, tidings.Hold{By: tidings.HeldByDoctor, Reason: "SPF names another host"})
	hold(t, db, 3, tidings.Hold{By: tidings.HeldAsCopy, Reason: "restored"})
	hold(t, db, 3, tidings.Hold{Run: 1, By: tidings.HeldByDesk, Reason: "wait"})
	if n := waiting(t, db, 4); n != 0 {
		t.Errorf("%d digests may be sent", n)
	}
	store.Post(t, db, at(4), confirming(t, "new@example.net"))
	claimed := claim(t, db, at(5), 10)
	if len(claimed) != 1 || claimed[0].Letter == nil {
		t.Errorf("%+v: want the letter alone", claimed)
	}
	if n := lift(t, db, 6, 0, tidings.HeldByDoctor); n != 1 || waiting(t, db, 6) != 0 {
		t.Errorf("%d lifted; what was restored must be held still", n)
	}
	if n := lift(t, db, 7, 0, ""); n != 1 || waiting(t, db, 7) != 0 {
		t.Errorf("%d lifted; the run of its own must be held still", n)
	}
	if n := lift(t, db, 8, 1, ""); n != 1 || waiting(t, db, 8) != 3 {
		t.Errorf("%d lifted, and not all may be sent", n)
	}
}

func TestACancelledRunEndsWithItsReasonAndWhatIsOnTheWireGoesWhereItGoes(t *testing.T) {
	t.Parallel()
	db := outbox(t, 5)
	wire := claim(t, db, at(2), 4)
	settle(t, db, tidings.Outcome{Delivery: wire[0].ID, State: tidings.DeliverySent, Attempts: 1, At: at(3)})
	hold(t, db, 4, tidings.Hold{Run: 1, By: tidings.HeldByDesk, Reason: "is it wrong?"})
	n, err := db.Cancel(t.Context(), 1, "a wrong figure", at(4), "test")
	if err != nil || n != 1 {
		t.Errorf("%d cancelled, %v", n, err)
	}
	settle(t, db,
		tidings.Outcome{Delivery: wire[1].ID, State: tidings.DeliverySent, Attempts: 1, At: at(5)},
		tidings.Outcome{Delivery: wire[2].ID, State: tidings.DeliveryDeferred, Attempts: 1, Next: at(9), Reply: "451 later", At: at(5)})
	if got := states(t, db, 5); got != "sent sent suppressed sending suppressed" {
		t.Errorf("got %s", got)
	}
	if _, err := db.Recover(t.Context(), at(6)); err != nil {
		t.Fatal(err)
	}
	past, err := db.Deliveries(t.Context(), 4, 0)
	if err != nil || past[0].State != tidings.DeliverySuppressed ||
		past[0].LastReply != "it may have arrived before the run was cancelled: a wrong figure" || past[0].Settled.IsZero() {
		t.Errorf("%+v, %v", past, err)
	}
	if n := lift(t, db, 7, 1, ""); n != 0 {
		t.Error("a cancelled run was resumed")
	}
	if holds, err := db.Holds(t.Context()); err != nil || len(holds) != 1 || holds[0].By != tidings.Cancelled {
		t.Errorf("%+v, %v", holds, err)
	}
	if next, err := db.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("due %v, %v", next, err)
	}
	if past, err := db.Deliveries(t.Context(), 5, 0); err != nil || !strings.Contains(past[0].LastReply, "the run was cancelled: a wrong") {
		t.Errorf("%+v, %v", past, err)
	}
}

func TestARunSaysWhatItSends(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	c, err := db.RunContent(t.Context(), 1)
	if err != nil || c.Editions["en"] != 1 || len(c.Releases) != 1 || c.Releases[0].Slug != "a" || c.Releases[0].Editions != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWhatIsToGoOutAtOnceOvertakesADigest(t *testing.T) {
	t.Parallel()
	db := outbox(t, 30) // a daily run
	storetest.Subscribe(t, db, at(3), "hasty@example.org", storetest.To(t, tidings.Immediate, ""))
	if got := claim(t, db, at(4), 10); len(got) != 10 {
		t.Fatalf("%d claimed", len(got))
	}
	storetest.Save(t, db, at(5), tidings.Release{Slug: "now"})
	openRun(t, db, tidings.Immediate, at(6))
	if got := claim(t, db, at(7), 10); len(got) != 10 || got[0].Cadence != tidings.Immediate || got[1].Cadence != tidings.Daily {
		t.Errorf("claimed %+v", got)
	}
}

func TestARunThatIsCancelledWhileItIsDecidedLeavesNothingWaiting(t *testing.T) {
	t.Parallel()
	db := inParts(t, 7)
	apart(t, db, 7)
	cutOff(t, db, at(10), 2)
	if n, err := db.Cancel(t.Context(), 1, "a wrong figure", at(11), "test"); err != nil || n != 4 {
		t.Fatalf("%d cancelled, %v", n, err)
	}
	run := newRun(tidings.Daily, at(13))
	if opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo)); err != nil || !opened || run.ID != 1 {
		t.Fatalf("opened %t, %+v, %v", opened, run, err)
	}
	report, err := db.Run(t.Context(), 1)
	if err != nil || report.States[tidings.DeliverySuppressed] != 7 || len(report.States) != 1 {
		t.Errorf("%+v, %v", report.States, err)
	}
	if backlog, err := db.Backlog(t.Context()); err != nil || len(backlog) != 0 {
		t.Errorf("%+v, %v", backlog, err)
	}
	next, _ := openRun(t, db, tidings.Daily, at(20))
	if report, err := db.Run(t.Context(), next.ID); err != nil || len(report.States) != 0 {
		t.Errorf("what was cancelled is sent by the next run: %+v, %v", report, err)
	}
}
