package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func claim(t *testing.T, db *store.DB, now time.Time, limit int) []tidings.Delivery {
	t.Helper()
	claimed, err := db.Claim(t.Context(), now, limit)
	if err != nil {
		t.Fatal(err)
	}
	return claimed
}

func settle(t *testing.T, db *store.DB, outcomes ...tidings.Outcome) {
	t.Helper()
	if err := db.Settle(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
}

// outbox is a database with a delivery to each of n subscribers, s1 to sn, due at(2).
func outbox(t *testing.T, n int) *store.DB {
	t.Helper()
	db := storetest.New(t)
	for i := range n {
		storetest.Subscribe(t, db, at(0), fmt.Sprintf("s%d@example.org", i+1), storetest.To(t, tidings.Daily, ""))
	}
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	return db
}

// states lists the deliveries' states, in the order of their subscribers.
func states(t *testing.T, db *store.DB, n int) string {
	t.Helper()
	var all []string
	for i := range n {
		deliveries, err := db.Deliveries(t.Context(), int64(i+1), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range deliveries {
			all = append(all, string(d.State))
		}
	}
	return strings.Join(all, " ")
}

func setState(t *testing.T, db *store.DB, ref string, now time.Time, state tidings.SubscriberState) {
	t.Helper()
	err := db.UpdateSubscriber(t.Context(), ref, now, "test", func(s *tidings.Subscriber) error {
		s.State = state
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestClaimTakesTheLongestWaitingFirstAndTheUncertainLast(t *testing.T) {
	t.Parallel()
	db := outbox(t, 5)
	if early := claim(t, db, at(1), 10); len(early) != 0 {
		t.Errorf("%d claimed before they are due", len(early))
	}
	first := claim(t, db, at(2), 3)
	settle(t, db,
		tidings.Outcome{Delivery: first[0].ID, State: tidings.DeliveryUncertain, Next: at(3), At: at(2)},
		tidings.Outcome{Delivery: first[1].ID, State: tidings.DeliveryDeferred, Next: at(20), Attempts: 1, Reply: "451 later", At: at(2)},
		tidings.Outcome{Delivery: first[2].ID, State: tidings.DeliveryPending, Next: at(4), At: at(2)})
	for _, step := range []struct {
		now   time.Time
		next  time.Time
		limit int
		want  string
	}{
		{at(2), at(2), 1, "s4 pending"},
		{at(10), at(2), 10, "s5 pending, s3 pending, s1 uncertain"},
		{at(10), at(20), 10, ""},
		{at(30), at(20), 10, "s2 deferred"},
	} {
		if next, err := db.NextDue(t.Context()); err != nil || !next.Equal(step.next) {
			t.Errorf("next due %v, %v; want %v", next, err, step.next)
		}
		var got []string
		for _, d := range claim(t, db, step.now, step.limit) {
			got = append(got, strings.TrimSuffix(d.Address, "@example.org")+" "+string(d.State))
		}
		if got := strings.Join(got, ", "); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
	}
	if next, err := db.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("nothing waits, but %v is due, %v", next, err)
	}
}

func TestDeliveryIsTheSameMailOnEveryClaim(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	first := claim(t, db, at(2), 1)[0]
	if first.Cadence != tidings.Daily || first.Date.Nanosecond() != 0 || !strings.HasSuffix(first.MessageID, "@news.example.org") {
		t.Errorf("%+v", first)
	}
	settle(t, db, tidings.Outcome{
		Delivery: first.ID, State: tidings.DeliveryDeferred, Next: at(20), Attempts: 1, Reply: "451 later", At: at(3),
	})
	want := first
	want.State, want.Next, want.Attempts, want.LastReply, want.Claimed = tidings.DeliveryDeferred, at(20), 1, "451 later", at(20)
	if diff := cmp.Diff(want, claim(t, db, at(20), 1)[0]); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

func TestEndStateIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	d := claim(t, db, at(2), 2)
	sent := tidings.Outcome{Delivery: d[0].ID, State: tidings.DeliverySent, Attempts: 1, Reply: "250 taken", At: at(3)}
	settle(t, db, sent)
	settle(t, db, sent) // of a commit of unknown fate: written down already
	late := sent
	late.State = tidings.DeliveryFailed
	other := tidings.Outcome{Delivery: d[1].ID, State: tidings.DeliveryFailed, Attempts: 1, Reply: "550 no", At: at(3)}
	none := sent
	none.Delivery = 99
	err := db.Settle(t.Context(), []tidings.Outcome{late, other, none})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("delivery %d: is sent", d[0].ID)) ||
		!strings.Contains(err.Error(), "delivery 99") {
		t.Errorf("got %v, want an error that names both", err)
	}
	if got := states(t, db, 2); got != "sent failed" {
		t.Errorf("got %s: the good outcome must be written, the bad ones not", got)
	}
	if past, err := db.Deliveries(t.Context(), 1, 0); err != nil || !past[0].Settled.Equal(at(3)) || past[0].LastReply != "250 taken" {
		t.Errorf("%+v, %v", past, err)
	}
	sending := sent
	sending.State = tidings.DeliverySending
	if err := db.Settle(t.Context(), []tidings.Outcome{sending}); err == nil {
		t.Error("sending passes for an outcome")
	}
}

func TestWhatWasOnTheWireAtACrashIsUncertain(t *testing.T) {
	t.Parallel()
	db := outbox(t, 3)
	claim(t, db, at(2), 2)
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	if got := states(t, db, 3); got != "uncertain uncertain pending" {
		t.Errorf("got %s", got)
	}
	if got := claim(t, db, at(19), 9); len(got) != 1 {
		t.Errorf("%d claimed, want the pending one alone", len(got))
	}
	if got := claim(t, db, at(20), 9); len(got) != 2 {
		t.Errorf("%d claimed after 15 minutes, want 2", len(got))
	}
}

func TestUnsentDeliveriesFollowTheirSubscriber(t *testing.T) {
	t.Parallel()
	db := outbox(t, 3)
	for i, state := range []tidings.SubscriberState{tidings.Left, tidings.Suppressed, tidings.Paused} {
		setState(t, db, fmt.Sprint(i+1), at(3), state)
	}
	if got := states(t, db, 3); got != "suppressed suppressed held" {
		t.Errorf("got %s", got)
	}
	if next, err := db.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("due %v, %v", next, err)
	}
	setState(t, db, "3", at(4), tidings.Active)
	if got := states(t, db, 3); got != "suppressed suppressed pending" {
		t.Errorf("back from a pause: %s", got)
	}
}

func TestDeliveryOnTheWireFollowsWhenItComesBack(t *testing.T) {
	t.Parallel()
	db := outbox(t, 4)
	d := claim(t, db, at(2), 4)
	setState(t, db, "1", at(3), tidings.Left)
	setState(t, db, "2", at(3), tidings.Paused)
	setState(t, db, "3", at(3), tidings.Left)
	settle(t, db,
		tidings.Outcome{Delivery: d[0].ID, State: tidings.DeliveryDeferred, Next: at(9), At: at(4)},
		tidings.Outcome{Delivery: d[1].ID, State: tidings.DeliveryDeferred, Next: at(9), At: at(4)},
		tidings.Outcome{Delivery: d[2].ID, State: tidings.DeliverySent, At: at(4)}, // too late to stop
		tidings.Outcome{Delivery: d[3].ID, State: tidings.DeliveryHeld, At: at(4)})
	if got := states(t, db, 4); got != "suppressed held sent held" {
		t.Errorf("got %s", got)
	}
	setState(t, db, "2", at(5), tidings.Active)
	setState(t, db, "4", at(5), tidings.Paused)
	setState(t, db, "4", at(6), tidings.Active)
	if got := states(t, db, 4); got != "suppressed pending sent held" {
		t.Errorf("got %s: the end of a pause must free what it held, and only that", got)
	}
}

func TestPauseEndsByItself(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	for i, until := range []time.Time{at(10), {}} {
		err := db.UpdateSubscriber(t.Context(), fmt.Sprint(i+1), at(3), "test", func(s *tidings.Subscriber) error {
			s.State, s.PausedUntil = tidings.Paused, until
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := db.ResumeDue(t.Context(), at(9)); err != nil || n != 0 {
		t.Errorf("too early: %d, %v", n, err)
	}
	if n, err := db.ResumeDue(t.Context(), at(10)); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if got := states(t, db, 2); got != "pending held" {
		t.Errorf("got %s", got)
	}
}

func TestMailsOfARunAreClaimedInTheOrderOfTheirReaders(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for i := range 6 {
		s := storetest.Subscribe(t, db, at(0), fmt.Sprintf("s%d@example.org", i), storetest.To(t, tidings.Daily, ""))
		err := db.UpdateSubscriber(t.Context(), s.Address, at(0), "test", func(s *tidings.Subscriber) error {
			s.Language = []string{"en", "ko"}[i%2]
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	var readers []int64
	for _, d := range claim(t, db, at(3), 10) {
		readers = append(readers, d.Subscriber)
	}
	if len(readers) != 6 || readers[0] == readers[5] || !slices.IsSorted(readers) {
		t.Errorf("claimed in the order of readers %v", readers)
	}
}

func TestRecoverHeedsWhatTheReaderDidMeanwhile(t *testing.T) {
	t.Parallel()
	db := outbox(t, 5)
	claim(t, db, at(3), 5)
	setState(t, db, "s2@example.org", at(4), tidings.Left)
	setState(t, db, "s3@example.org", at(4), tidings.Paused)
	setState(t, db, "s4@example.org", at(4), tidings.Suppressed)
	if err := db.RemoveSubscriber(t.Context(), "s5@example.org", at(4), "test"); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 5 {
		t.Fatalf("%d, %v", n, err)
	}
	if got := states(t, db, 5); got != "uncertain suppressed held suppressed suppressed" {
		t.Errorf("got %s", got)
	}
	setState(t, db, "s3@example.org", at(6), tidings.Active)
	if got := states(t, db, 3); got != "uncertain suppressed pending" {
		t.Errorf("after the pause: %s", got)
	}
}

func TestWhoComesBackGetsNothingThatWasUnsentWhenTheyLeft(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	d := claim(t, db, at(3), 1)[0]
	was, err := db.Subscriber(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	setState(t, db, "1", at(4), tidings.Left)
	settle(t, db, tidings.Outcome{Delivery: d.ID, State: tidings.DeliveryHeld, At: at(5)}) // for a person to look at
	storetest.Subscribe(t, db, at(6), "s1@example.org", storetest.To(t, tidings.Daily, ""))
	if got := states(t, db, 1); got != "suppressed" {
		t.Errorf("got %s", got)
	}
	if s, err := db.Subscriber(t.Context(), "1"); err != nil || !s.Created.Equal(was.Created) {
		t.Errorf("created %v, %v; want %v as before", s.Created, err, was.Created)
	}
}

func TestHardBounceSuppressesTheAddressForGood(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	storetest.Save(t, db, at(3), tidings.Release{Slug: "b"})
	openRun(t, db, tidings.Daily, at(4))
	d := claim(t, db, at(4), 1)[0]
	settle(t, db, tidings.Outcome{
		Delivery: d.ID, State: tidings.DeliveryFailed, Attempts: 1, Reply: "550 5.1.1", Bounced: "5.1.1", At: at(5),
	})
	if got := states(t, db, 1); got != "suppressed failed" {
		t.Errorf("got %s", got)
	}
	s, err := db.Subscriber(t.Context(), "1")
	if err != nil || s.State != tidings.Suppressed {
		t.Errorf("%s, %v", s.State, err)
	}
	err = db.AddSubscriber(t.Context(), &tidings.Subscriber{Address: "s1@example.org", State: tidings.Active}, at(6), "test")
	if !errors.Is(err, tidings.ErrSuppressed) || !strings.Contains(err.Error(), "bounced: 5.1.1") {
		t.Errorf("got %v", err)
	}
	address, since, err := db.SubscriberSince(t.Context(), d.Subscriber)
	if err != nil || address != s.Address || !since.Equal(at(0)) || !d.Since.Equal(since) {
		t.Errorf("the leave link: %s since %v, a mail to who is here since %v, %v", address, since, d.Since, err)
	}
}

func TestOnlyOneSendsFromADatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "t.db"), filepath.Join(dir, "link.db")
	if err := os.Symlink(path, link); err != nil { // to nothing yet
		t.Fatal(err)
	}
	first, second := storetest.Open(t, link), storetest.Open(t, path)
	release, err := first.LockSender()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.LockSender(); !errors.Is(err, tidings.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	release()
	release, err = second.LockSender()
	if err != nil {
		t.Fatal(err)
	}
	release()
}
