package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// shown opens a daily run that waits for the press office until at(goes).
func shown(t *testing.T, db *store.DB, due time.Time, goes int) tidings.Run {
	t.Helper()
	run := newRun(tidings.Daily, due)
	run.Goes = at(goes)
	if opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo)); err != nil || !opened {
		t.Fatalf("opened %t, %v", opened, err)
	}
	return *run
}

// desk is a database with three daily readers and a weekly one, the releases a and b for them, and run 1, due at(2), which goes at(30).
func desk(t *testing.T) *store.DB {
	t.Helper()
	db := storetest.New(t)
	for i := range 3 {
		storetest.Subscribe(t, db, at(0), fmt.Sprintf("s%d@example.org", i+1), storetest.To(t, tidings.Daily, ""))
	}
	storetest.Subscribe(t, db, at(0), "slow@example.org", storetest.To(t, tidings.Weekly, ""))
	storetest.Save(t, db, at(1), tidings.Release{Source: "a", Slug: "a"})
	storetest.Save(t, db, at(1), tidings.Release{Source: "b", Slug: "b"})
	shown(t, db, at(2), 30)
	return db
}

func slugs(t *testing.T, db *store.DB, d *tidings.Delivery) (found []string) {
	t.Helper()
	e, err := db.Edition(t.Context(), d.EditionID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.Releases {
		found = append(found, e.Releases[i].Slug)
	}
	return found
}

func drop(t *testing.T, db *store.DB, minute int, run, release int64) {
	t.Helper()
	if n, err := db.Drop(t.Context(), run, release, "not yet", at(minute), "test"); err != nil || n != 1 {
		t.Fatalf("%d editions, %v", n, err)
	}
}

func TestSilenceMeansGo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := storetest.Open(t, path)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	shown(t, db, at(2), 30)
	for _, minute := range []int{3, 29} {
		if n := waiting(t, db, minute); n != 0 {
			t.Errorf("minute %d: %d mails may be sent", minute, n)
		}
		if err := db.Close(); err != nil { // whoever starts anew waits as long
			t.Fatal(err)
		}
		db = storetest.Open(t, path)
		if _, err := db.Recover(t.Context(), at(minute)); err != nil {
			t.Fatal(err)
		}
		if next, err := db.NextDue(t.Context()); err != nil || !next.Equal(at(30)) {
			t.Errorf("due at %v, %v", next, err)
		}
	}
	report, err := db.Run(t.Context(), 1)
	if err != nil || !report.Run.Goes.Equal(at(30)) || !report.Next.Equal(at(30)) {
		t.Errorf("%+v, %v", report, err)
	}
	backlog, err := db.Backlog(t.Context())
	if err != nil || len(backlog) != 1 || !backlog[0].Next.Equal(at(30)) {
		t.Errorf("%+v, %v", backlog, err)
	}
	if n := waiting(t, db, 30); n != 1 {
		t.Errorf("%d mails may be sent at the end", n)
	}
}

func TestARunThatWaitsLetsOthersPass(t *testing.T) {
	t.Parallel()
	db := desk(t)
	storetest.Save(t, db, at(4), tidings.Release{Source: "c", Slug: "c"})
	openRun(t, db, tidings.Daily, at(5))
	if n := waiting(t, db, 6); n != 3 {
		t.Errorf("%d mails may be sent, want those of the second run", n)
	}
}

func TestARunThatIsHeldInItsWindowWaitsBeyondIt(t *testing.T) {
	t.Parallel()
	db := desk(t)
	hold(t, db, 10, tidings.Hold{Run: 1, By: tidings.HeldByDesk, Reason: "is it true?"})
	if n := waiting(t, db, 40); n != 0 {
		t.Errorf("%d mails may be sent", n)
	}
	if n := lift(t, db, 41, 1, ""); n != 1 || waiting(t, db, 41) != 3 {
		t.Error("they may not be sent afterwards")
	}
	db = desk(t)
	hold(t, db, 10, tidings.Hold{Run: 1, By: tidings.HeldByDesk, Reason: "is it true?"})
	if n := lift(t, db, 11, 1, ""); n != 1 || waiting(t, db, 12) != 0 || waiting(t, db, 30) != 3 {
		t.Error("a hold that ended changed its time")
	}
}

func TestGoEndsTheWaitAndTheDesksHold(t *testing.T) {
	t.Parallel()
	db := desk(t)
	run := func(minute int, want bool, ended ...string) {
		t.Helper()
		went, lifted, err := db.Go(t.Context(), 1, at(minute), "test")
		var reasons []string
		for _, h := range lifted {
			reasons = append(reasons, h.Reason)
		}
		if err != nil || went != want || !slices.Equal(reasons, ended) {
			t.Errorf("went %t, ended %q, %v", went, reasons, err)
		}
	}
	hold(t, db, 5, tidings.Hold{By: tidings.HeldByDoctor, Reason: "SPF"})
	hold(t, db, 5, tidings.Hold{Run: 1, By: tidings.HeldByDesk, Reason: "is it true?"})
	run(6, true, "is it true?")
	if waiting(t, db, 7) != 0 || lift(t, db, 7, 0, "") != 1 || waiting(t, db, 7) != 3 {
		t.Error("it went against another's hold, or not without")
	}
	run(8, false)
	hold(t, db, 8, tidings.Hold{Run: 1, By: tidings.HeldByDesk, Reason: "a wrong figure"})
	run(8, false) // it waits for nobody any more
	if waiting(t, db, 8) != 0 || lift(t, db, 8, 1, tidings.HeldByDesk) != 1 {
		t.Error("a hold of a run under way was ended")
	}
	if _, _, err := db.Go(t.Context(), 9, at(8), "test"); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("a run that there is not: %v", err)
	}
	if _, err := db.Cancel(t.Context(), 1, "no", at(9), "test"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Go(t.Context(), 1, at(9), "test"); !errors.As(err, new(*tidings.InvalidError)) {
		t.Errorf("a run that was cancelled: %v", err)
	}
}

// TestADroppedReleaseIsInNoMailOfItsRun: nor in a later one, and nobody is told of its correction, as they are of the other's; who has it by another subscription
// gets it by that.
func TestADroppedReleaseIsInNoMailOfItsRun(t *testing.T) {
	t.Parallel()
	db := desk(t)
	drop(t, db, 5, 1, 1)
	c, err := db.RunContent(t.Context(), 1)
	if err != nil || len(c.Releases) != 1 || c.Releases[0].Slug != "b" || len(c.Dropped) != 1 || c.Dropped[0].Slug != "a" {
		t.Errorf("%+v, %v", c, err)
	}
	r, err := db.DeskRelease(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	shares, err := db.Audience(t.Context(), &r, func(tidings.Filter) bool { return true }, nil, 0)
	want := []store.Share{
		{Cadence: tidings.Daily, Fate: store.FateVetoed, Subscribers: 3, Matching: 3},
		{Cadence: tidings.Weekly, Fate: store.FateDue, Subscribers: 1, Matching: 1},
	}
	if diff := cmp.Diff(want, shares); diff != "" || err != nil {
		t.Errorf("%s%v", diff, err)
	}
	if _, err := db.Drop(t.Context(), 1, 1, "", at(6), "test"); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("dropped twice: %v", err)
	}
	claimed := claim(t, db, at(30), 9)
	for i := range claimed {
		if diff := cmp.Diff([]string{"b"}, slugs(t, db, &claimed[i])); diff != "" {
			t.Error(diff)
		}
		settle(t, db, tidings.Outcome{Delivery: claimed[i].ID, State: tidings.DeliverySent, Attempts: 1, At: at(31)})
	}
	for _, slug := range []string{"a", "b"} {
		storetest.Save(t, db, at(32), tidings.Release{Source: slug, Slug: slug, Title: "Another", Note: "The figure."})
	}
	asked := 0
	run := newRun(tidings.Daily, at(40))
	_, err = db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, _ []tidings.Candidate) ([]tidings.Decision, error) {
		for _, c := range cohorts {
			asked++
			if c.Owed[1] || !c.Owed[2] || c.Position != 2 {
				t.Errorf("they have it: %+v", c)
			}
		}
		return takeAll(&run.UpTo)(cohorts, nil)
	})
	if err != nil || asked == 0 {
		t.Errorf("%d cohorts, %v", asked, err)
	}
	weekly, _ := openRun(t, db, tidings.Weekly, at(50))
	slow := claim(t, db, at(51), 9)
	if len(slow) != 1 || slow[0].RunID != weekly.ID || !slices.Contains(slugs(t, db, &slow[0]), "a") {
		t.Errorf("%+v", slow)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNothingIsDroppedFromARunThatHasBegunToBeSent(t *testing.T) {
	t.Parallel()
	db := desk(t)
	invalid := func(run int64) {
		t.Helper()
		if _, err := db.Drop(t.Context(), run, 1, "", at(31), "test"); !errors.As(err, new(*tidings.InvalidError)) {
			t.Errorf("dropped from run %d: %v", run, err)
		}
	}
	if n := len(claim(t, db, at(30), 1)); n != 1 {
		t.Fatalf("%d claimed", n)
	}
	invalid(1)
	if _, err := db.Drop(t.Context(), 7, 1, "", at(31), "test"); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("of a run that there is not: %v", err)
	}
	db = inParts(t, 7)
	apart(t, db, 7)
	cutOff(t, db, at(10), 2)
	invalid(1)
}

// apart gives each reader of inParts a filter of their own, so that no part is decided with the one before.
func apart(t *testing.T, db *store.DB, readers int) {
	t.Helper()
	for i := range readers {
		if err := db.UpdateSubscriber(t.Context(), fmt.Sprintf("s%d@example.org", i), at(1), "test", func(s *tidings.Subscriber) error {
			s.Subscriptions[0].Filter = storetest.To(t, "", fmt.Sprintf("-own%d", i)).Filter
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARunThatWasCutOffIsShownForAsLongAsAnotherUnlessItIsForced(t *testing.T) {
	t.Parallel()
	for kind, goes := range map[tidings.RunKind]time.Time{tidings.ScheduledRun: at(60), tidings.ForcedRun: {}} {
		db := inParts(t, 7)
		apart(t, db, 7)
		run := newRun(tidings.Daily, at(10))
		run.Goes = at(55)
		n, all := 0, takeAll(&run.UpTo)
		if _, err := db.OpenRun(t.Context(), run, func(cs []tidings.Cohort, of []tidings.Candidate) ([]tidings.Decision, error) {
			if n++; n > 2 {
				return nil, errors.New("the lights went out")
			}
			return all(cs, of)
		}); err == nil {
			t.Fatal("it was not cut off")
		}
		again := newRun(tidings.Daily, at(50))
		again.Kind, again.Goes = kind, goes
		if opened, err := db.OpenRun(t.Context(), again, takeAll(&again.UpTo)); err != nil || !opened || !again.Due.Equal(at(10)) {
			t.Fatalf("opened %t, %+v, %v", opened, again, err)
		}
		want := goes
		if kind == tidings.ForcedRun {
			want = run.Created
		}
		if next, err := db.NextDue(t.Context()); err != nil || !next.Equal(want) || !again.Goes.Equal(goes) {
			t.Errorf("%s: it goes at %v, %v", kind, next, err)
		}
	}
}
