package store_test

import (
	"fmt"
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

// service is a database that sends, is backed up, and put back.
type service struct {
	t    *testing.T
	path string
	db   *store.DB
	got  map[string][]string // by address: each release that a mail brought, as often as it did
}

func newService(t *testing.T, opts ...store.Option) *service {
	t.Helper()
	s := &service{t: t, path: filepath.Join(t.TempDir(), "t.db"), got: map[string][]string{}}
	s.open(at(0), opts...)
	return s
}

func (s *service) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *service) open(now time.Time, opts ...store.Option) {
	s.t.Helper()
	storetest.Make(s.t, s.path)
	db, err := store.Open(s.t.Context(), s.path, append(opts, store.Volatile(), store.Keyed(storetest.Keys(s.t)))...)
	s.must(err)
	s.t.Cleanup(func() { _ = db.Close() }) // it may be closed already
	s.db = db
	_, err = s.db.TakeInstance(s.t.Context(), now)
	s.must(err)
	_, err = s.db.Recover(s.t.Context(), now)
	s.must(err)
}

func (s *service) backup(now time.Time) (file string) {
	s.t.Helper()
	file = filepath.Join(s.t.TempDir(), "backup.db")
	s.must(s.db.Backup(s.t.Context(), file, now))
	return file
}

// restore puts a backup into the place of the database, and opens it.
func (s *service) restore(file string, now time.Time, opts ...store.Option) {
	s.t.Helper()
	s.must(s.db.Close())
	r, err := store.PrepareRestore(s.t.Context(), file, s.path, now)
	s.must(err)
	_, err = r.Place(s.t.Context(), now, true)
	s.must(err)
	s.must(r.Close())
	s.open(now, opts...)
}

// send has the relay take what is due for the readers named; for the others it is put off. The journal has all of it.
func (s *service) send(now time.Time, readers ...string) {
	s.t.Helper()
	for _, d := range claim(s.t, s.db, now, 100) {
		s.must(s.db.Trace(s.t.Context(), []tidings.Trace{{Step: tidings.TraceBegun, MessageID: d.MessageID, Run: d.RunID}}))
		name, _, _ := strings.Cut(d.Address, "@")
		if !slices.Contains(readers, name) {
			s.must(s.db.Trace(s.t.Context(), []tidings.Trace{{Step: tidings.TraceEnded, MessageID: d.MessageID}}))
			settle(s.t, s.db, tidings.Outcome{Delivery: d.ID, State: tidings.DeliveryDeferred, Next: now.Add(time.Hour), Attempts: 1, At: now})
			continue
		}
		s.must(s.db.Trace(s.t.Context(), []tidings.Trace{{Step: tidings.TraceSent, MessageID: d.MessageID, At: now, Attempts: 1, Reply: "250 ok"}}))
		settle(s.t, s.db, tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySent, At: now})
		e, err := s.db.Edition(s.t.Context(), d.EditionID)
		s.must(err)
		for i := range e.Releases {
			s.got[name] = append(s.got[name], e.Releases[i].Slug)
		}
	}
}

func (s *service) reconcile(now time.Time, write bool) store.Reconciled {
	s.t.Helper()
	sent, err := s.db.Sent()
	s.must(err)
	r, err := s.db.Reconcile(s.t.Context(), now, sent.Has, write)
	s.must(err)
	return r
}

// resume says that this is the one and only database, and how many readers had a digest of a run that it does not know.
func (s *service) resume(now time.Time) (readers int) {
	s.t.Helper()
	if looked := s.reconcile(now, false); looked != s.reconcile(now, false) {
		s.t.Error("looking changes what there is to see")
	}
	want := s.reconcile(now, false)
	got := s.reconcile(now, true)
	if got != want {
		s.t.Errorf("settled %+v, where %+v was said", got, want)
	}
	_, err := s.db.ResumeAll(s.t.Context(), now, "test")
	s.must(err)
	return got.Readers
}

func (s *service) publish(now time.Time, slug string) {
	s.t.Helper()
	storetest.Save(s.t, s.db, now, tidings.Release{Slug: slug})
}

func (s *service) join(now time.Time, name string, subscriptions ...tidings.Subscription) {
	s.t.Helper()
	if len(subscriptions) == 0 {
		subscriptions = []tidings.Subscription{storetest.To(s.t, tidings.Daily, "")}
	}
	storetest.Subscribe(s.t, s.db, now, name+"@example.org", subscriptions...)
}

func (s *service) run(now time.Time, cadence string) tidings.Run {
	s.t.Helper()
	run, opened := openRun(s.t, s.db, cadence, now)
	if !opened {
		s.t.Fatal("no run was made")
	}
	return run
}

func (s *service) expect(want map[string][]string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.got); diff != "" {
		s.t.Error(diff)
	}
}

func (s *service) position(name, cadence string) int64 {
	s.t.Helper()
	who, err := s.db.Subscriber(s.t.Context(), name+"@example.org")
	s.must(err)
	for _, sub := range who.Subscriptions {
		if sub.Cadence == cadence {
			return sub.Position
		}
	}
	return -1
}

func TestWhoGotADigestOfALostRunDoesNotGetItsReleasesAgain(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.join(at(0), "kim")
	s.join(at(0), "lee")
	s.publish(at(1), "old")
	s.run(at(2), tidings.Daily)
	s.send(at(3), "kim", "lee")
	s.publish(at(4), "known")
	backup := s.backup(at(5))
	s.join(at(6), "park") // number 3, which is given again
	s.publish(at(7), "unknown")
	s.run(at(10), tidings.Daily)
	s.send(at(11), "kim", "park")

	s.restore(backup, at(20))
	s.join(at(21), "choi")
	store.Exec(t, s.db, `UPDATE positions SET position = 0 WHERE subscription_id = 3`) // as if from the very beginning
	s.publish(at(22), "new")                                                           // under the number that "unknown" had
	if n := s.resume(at(23)); n != 1 {
		t.Errorf("%d readers had a digest of a lost run, not kim alone", n)
	}
	if resumed, err := s.db.ResumedAt(t.Context()); err != nil || !resumed.Equal(at(23)) {
		t.Errorf("resumed at %s, %v", resumed, err)
	}
	if s.position("choi", tidings.Daily) != 0 || s.position("lee", tidings.Daily) != 1 {
		t.Error("somebody was moved who got nothing")
	}
	s.run(at(30), tidings.Daily)
	s.send(at(31), "kim", "lee", "choi")
	s.expect(map[string][]string{
		"kim":  {"old", "known", "unknown", "new"},
		"lee":  {"old", "known", "new"},
		"park": {"unknown"}, // has never joined, as far as this database knows
		"choi": {"old", "known", "new"},
	})
}

// Whoever publishes "unknown" again mails it again: to kim and to park, of whom the backup does not know. The run that
// brought nothing but what the backup has is none of those.
func TestWhatLostRunsBroughtThatIsNotPublicHereIsCounted(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.join(at(0), "kim")
	s.join(at(0), "lee", storetest.To(t, tidings.Weekly, ""))
	s.publish(at(1), "known")
	backup := s.backup(at(2))
	s.run(at(3), tidings.Weekly)
	s.send(at(3), "lee")
	s.join(at(6), "park")
	s.publish(at(7), "unknown")
	s.run(at(10), tidings.Daily)
	s.send(at(11), "kim", "park")
	s.publish(at(12), "later")
	s.run(at(13), tidings.Daily)
	s.send(at(14), "park")

	s.restore(backup, at(20))
	s.publish(at(21), "new") // under the number that "unknown" had
	if r := s.reconcile(at(22), false); r.Beyond != 3 || r.BeyondRuns != 2 {
		t.Errorf("%d mails of %d runs", r.Beyond, r.BeyondRuns)
	}
	s.resume(at(23))
	if r := s.reconcile(at(24), false); r.Beyond != 0 {
		t.Errorf("once resumed, %d mails of %d runs are told of", r.Beyond, r.BeyondRuns)
	}
}

// Monday's run was held, or its mails were deferred; Tuesday's went out, and brought nothing of what Monday's was to bring.
func TestALostRunBehindAnotherLostOneMovesNobody(t *testing.T) {
	t.Parallel()
	for _, tried := range []bool{false, true} {
		s := newService(t)
		s.join(at(0), "kim")
		s.publish(at(1), "old")
		s.run(at(2), tidings.Daily)
		s.send(at(3), "kim")
		s.publish(at(4), "monday")
		backup := s.backup(at(5))
		monday := s.run(at(10), tidings.Daily)
		if tried {
			s.send(at(11))
		} else {
			s.must(s.db.Hold(t.Context(), tidings.Hold{Run: monday.ID, By: tidings.HeldByDesk, Reason: "a look"}, at(10), "test"))
		}
		s.publish(at(12), "tuesday")
		s.run(at(13), tidings.Daily)
		s.send(at(14), "kim")

		s.restore(backup, at(20))
		if n := s.resume(at(23)); n != 0 {
			t.Errorf("%d readers", n)
		}
		s.run(at(30), tidings.Daily)
		s.send(at(31), "kim")
		s.expect(map[string][]string{"kim": {"old", "tuesday", "monday"}})
	}
}

func TestARunThatIsNotLostMovesNobody(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.join(at(0), "kim")
	s.publish(at(1), "known")
	s.run(at(2), tidings.Daily)
	s.send(at(3), "kim")
	store.Exec(t, s.db, `UPDATE positions SET position = 0`) // as when a subscription takes over from one that is given up
	if r := s.reconcile(at(4), true); r.Readers != 0 || s.position("kim", tidings.Daily) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestARestoredBackupIsHeldSinceItWasRestored(t *testing.T) {
	t.Parallel()
	for _, restored := range []int{20, 1} { // by a clock that is behind, too
		s := newService(t)
		s.join(at(0), "kim")
		backup := s.backup(at(5))
		s.restore(backup, at(restored))
		if held, err := s.db.HeldAll(t.Context()); err != nil || !held.Since.Equal(at(max(5, restored))) || !strings.Contains(held.Reason, "made at ") {
			t.Errorf("restored at %s, it is held since %s: %s, %v", at(restored), held.Since, held.Reason, err)
		}
	}
}

func TestALostRunOfImmediateMailsCountsToo(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.join(at(0), "kim", storetest.To(t, tidings.Immediate, ""))
	s.join(at(0), "lee", storetest.To(t, tidings.Immediate, ""))
	s.publish(at(1), "known")
	backup := s.backup(at(2))
	s.run(at(3), tidings.Immediate)
	s.send(at(4), "lee")
	s.restore(backup, at(20))
	if n := s.resume(at(23)); n != 1 {
		t.Errorf("%d readers", n)
	}
	s.run(at(30), tidings.Immediate)
	s.send(at(31), "kim", "lee")
	s.expect(map[string][]string{"kim": {"known"}, "lee": {"known"}})
}

// The lost weekly run left what the faster subscription was to bring, and that did not go out.
func TestASlowerSubscriptionIsNotMovedBeforeTheFasterOne(t *testing.T) {
	t.Parallel()
	for _, both := range []bool{false, true} {
		s := newService(t)
		s.join(at(0), "kim", storetest.To(t, tidings.Weekly, ""), storetest.To(t, tidings.Daily, ""))
		s.publish(at(1), "known")
		backup := s.backup(at(2))
		s.run(at(3), tidings.Weekly)
		s.send(at(4), "kim")
		if both {
			s.publish(at(5), "unknown")
			s.run(at(5), tidings.Daily)
			s.send(at(6), "kim")
		}
		s.restore(backup, at(20))
		want, readers := int64(0), 1
		if both {
			want, readers = 1, 2
		}
		if n := s.resume(at(23)); n != readers {
			t.Errorf("%d readers", n)
		}
		if daily, weekly := s.position("kim", tidings.Daily), s.position("kim", tidings.Weekly); daily != want || weekly != want {
			t.Errorf("with both %t: daily at %d, weekly at %d", both, daily, weekly)
		}
	}
}

// The backup has the run in the middle of its planning: those whom it did not come to there got its mails all the same.
func TestALostRestOfARunIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := newService(t, store.Parts(2))
	everybody := []string{"s0", "s1", "s2", "s3", "s4", "s5"}
	for _, name := range everybody {
		s.join(at(0), name)
	}
	apart(t, s.db, len(everybody))
	s.publish(at(1), "known")
	cutOff(t, s.db, at(10), 2)
	backup := s.backup(at(11))
	s.run(at(12), tidings.Daily) // goes on with it
	s.send(at(13), "s0", "s4")
	s.publish(at(14), "unknown")
	s.run(at(15), tidings.Daily) // follows one that the backup does not know to its end
	s.send(at(16), "s5")

	s.restore(backup, at(20), store.Parts(2))
	store.Exec(t, s.db, `UPDATE positions SET position = 0 WHERE subscription_id = 1`) // what the run did with s0 is known
	if n := s.resume(at(23)); n != 1 {
		t.Errorf("%d readers were beyond the middle and had their mail, not s4 alone", n)
	}
	store.Exec(t, s.db, `UPDATE positions SET position = 1 WHERE subscription_id = 1`)
	s.run(at(90), tidings.Daily)
	s.send(at(91), everybody...)
	s.expect(map[string][]string{
		"s0": {"known"}, "s1": {"known"}, "s2": {"known"}, "s3": {"known"}, "s4": {"known"}, "s5": {"unknown", "known"},
	})
}

// Restored the wrong backup first, and sent from it: its runs say nothing of the state that is the right one.
func TestRunsOfAnotherStateThatWasResumedMoveNobody(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.join(at(0), "kim")
	s.publish(at(1), "old")
	s.run(at(2), tidings.Daily)
	s.send(at(3), "kim")
	monday := s.backup(at(4))
	s.publish(at(5), "right")
	tuesday := s.backup(at(6))
	s.restore(monday, at(10))
	s.resume(at(11))
	s.publish(at(12), "wrong")
	s.run(at(13), tidings.Daily)
	s.send(at(14), "kim")
	wednesday := s.backup(at(15))
	s.publish(at(16), "later")
	last := s.backup(at(17))
	s.run(at(18), tidings.Daily)
	s.send(at(19), "kim")

	for i, to := range []struct {
		file    string
		readers int
		got     []string
	}{
		{tuesday, 0, []string{"right"}},
		{wednesday, 0, nil}, // has no release that the lost run had
		{last, 1, nil},
	} {
		day := 100 * (i + 1)
		s.restore(to.file, at(day))
		if n := s.resume(at(day + 1)); n != to.readers {
			t.Errorf("%s: %d readers, not %d", to.file, n, to.readers)
		}
		s.got = map[string][]string{}
		s.run(at(day+2), tidings.Daily)
		s.send(at(day+3), "kim")
		if diff := cmp.Diff(to.got, s.got["kim"]); diff != "" {
			t.Error(diff)
		}
	}
}

func TestALostRunOfAClockThatRanAheadMovesNobody(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.join(at(0), "kim")
	backup := s.backup(at(1))
	s.publish(at(2), "unknown")
	s.run(at(1000), tidings.Daily)
	s.send(at(1000), "kim")
	s.restore(backup, at(20))
	s.publish(at(21), "new")
	if n := s.resume(at(23)); n != 0 {
		t.Errorf("%d readers", n)
	}
	s.run(at(30), tidings.Daily)
	s.send(at(1000), "kim")
	s.expect(map[string][]string{"kim": {"unknown", "new"}})
}

func TestWhoChangesSomethingWhileHeldIsNotMoved(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.join(at(0), "kim")
	s.join(at(0), "lee")
	s.publish(at(1), "a")
	file := s.backup(at(2))
	s.run(at(3), tidings.Daily)
	s.send(at(3), "kim", "lee")
	s.restore(file, at(10))
	s.must(s.db.UpdateSubscriber(t.Context(), "kim@example.org", at(11), "test", func(sub *tidings.Subscriber) error {
		sub.Language = "ko"
		return nil
	}))
	if n := s.resume(at(12)); n != 1 {
		t.Errorf("%d readers were moved, not lee alone", n)
	}
	s.run(at(20), tidings.Daily)
	s.send(at(20), "kim", "lee")
	if got := fmt.Sprint(s.got["kim"], s.got["lee"]); got != "[a a] [a]" {
		t.Error(got)
	}
}
