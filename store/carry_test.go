package store_test

import (
	"cmp"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// replaced puts a backup into the place of the database, with what came since about whom nobody may write to.
func (s *service) replaced(file string, now time.Time) (c store.Carried) {
	s.t.Helper()
	s.must(s.db.Close())
	r, err := store.PrepareRestore(s.t.Context(), file, s.path, now)
	s.must(err)
	c, err = r.CarryOver(s.t.Context(), now, store.Volatile(), store.Keyed(storetest.Keys(s.t)))
	s.must(err)
	_, err = r.Place(s.t.Context(), now, true)
	s.must(errors.Join(err, r.Close()))
	s.open(now)
	return c
}

// becomes changes a subscriber.
func (s *service) becomes(address string, now time.Time, change func(*tidings.Subscriber)) {
	s.t.Helper()
	s.must(s.db.UpdateSubscriber(s.t.Context(), address, now, "web", func(p *tidings.Subscriber) error {
		change(p)
		return nil
	}))
}

func (s *service) leaves(address string, now time.Time) {
	s.t.Helper()
	s.becomes(address, now, func(p *tidings.Subscriber) { p.State = tidings.Left })
}

func (s *service) suppresses(address string, until, now time.Time) {
	s.t.Helper()
	_, err := s.db.Suppress(s.t.Context(), address, "bounced: 5.1.1", until, now, "test")
	s.must(err)
}

// states are those of all who are not erased, by the names in their addresses.
func (s *service) states() map[string]tidings.SubscriberState {
	s.t.Helper()
	all, err := s.db.Subscribers(s.t.Context(), "")
	s.must(err)
	states := map[string]tidings.SubscriberState{}
	for i := range all {
		name, _, _ := strings.Cut(all[i].Address, "@")
		states[name] = all[i].State
	}
	return states
}

func (s *service) expectStates(want map[string]tidings.SubscriberState) {
	s.t.Helper()
	got := s.states()
	for name, state := range want {
		if got[name] != state {
			s.t.Errorf("%s is %q, not %q", name, got[name], state)
		}
	}
	if len(got) != len(want) {
		s.t.Errorf("there are %v", got)
	}
}

func TestWhoLeftBouncedOrWasErasedSinceABackupIsNotWrittenToAfterItsRestore(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, name := range []string{"stays", "leaves", "bounces", "erased", "back", "moves", "moved", "until", "over", "pauses", "gone", "weeded"} {
		storetest.Subscribe(t, s.db, at(0), name+"@example.org", storetest.To(t, tidings.Daily, ""))
	}
	s.leaves("gone@example.org", at(1))
	s.leaves("weeded@example.org", at(1))
	backup := s.backup(at(5))

	s.leaves("leaves@example.org", at(6))
	s.suppresses("BOUNCES@example.org", time.Time{}, at(6))
	s.suppresses("stranger@example.org", time.Time{}, at(6))
	s.must(s.db.RemoveSubscriber(t.Context(), "erased@example.org", at(6), "test"))
	s.must(s.db.RemoveSubscriber(t.Context(), "weeded@example.org", at(6), "test"))
	s.leaves("back@example.org", at(6))
	storetest.Subscribe(t, s.db, at(7), "back@example.org", storetest.To(t, tidings.Daily, ""))
	for from, to := range map[string]string{"moves": "elsewhere", "moved": "away"} {
		s.becomes(from+"@example.org", at(6), func(p *tidings.Subscriber) { p.Address = to + "@example.org" })
	}
	s.leaves("away@example.org", at(7))
	s.suppresses("until@example.org", at(1000), at(6))
	s.suppresses("over@example.org", at(10), at(6))
	s.becomes("pauses@example.org", at(6), func(p *tidings.Subscriber) { p.State = tidings.Paused })
	storetest.Subscribe(t, s.db, at(6), "new@example.org", storetest.To(t, tidings.Daily, ""))

	want := map[string]tidings.SubscriberState{
		"stays": tidings.Active, "leaves": tidings.Left, "bounces": tidings.Suppressed, "back": tidings.Active, "moves": tidings.Active,
		"moved": tidings.Left, "until": tidings.Suppressed, "over": tidings.Left, "pauses": tidings.Active, "gone": tidings.Left,
	}
	for again := range 2 { // what was restored knows it by now, and tells the next
		got := s.replaced(backup, at(20+again))
		if got != (store.Carried{Left: 3, Suppressed: 2, Erased: 2, Addresses: 5}) {
			t.Errorf("carried over %+v", got)
		}
		s.expectStates(want)
		p, err := s.db.Subscriber(t.Context(), "leaves@example.org")
		s.must(err)
		if !p.Left.Equal(at(6)) {
			t.Errorf("left %v", p.Left)
		}
		entries, err := s.db.Consents(t.Context(), p.ID)
		s.must(err)
		last := entries[len(entries)-1]
		if last.Kind != tidings.ConsentLeft || last.Actor != "restore" || !strings.Contains(last.Detail, "2026-03-02T09:06:00Z") {
			t.Errorf("the record says %+v", last)
		}
		if log, err := s.db.Audit(t.Context(), 0); err != nil || !carriedIn(log) {
			t.Errorf("the audit log says nothing of it: %v", err)
		}
		for _, address := range []string{"stranger@example.org", "erased@example.org", "bounces@example.org", "weeded@example.org"} {
			add := tidings.Subscriber{Address: address, Language: "en", State: tidings.Active}
			if err := s.db.AddSubscriber(t.Context(), &add, at(21), "desk"); !errors.Is(err, tidings.ErrSuppressed) {
				t.Errorf("%s can be added: %v", address, err)
			}
		}
		s.must(s.db.Check(t.Context()))
	}
}

func carriedIn(log []store.AuditRecord) bool {
	for _, a := range log {
		if a.Action == "restore.carry" && a.Actor == "restore" && strings.Contains(string(a.Detail), `"left":3`) {
			return true
		}
	}
	return false
}

func TestABackupThatIsNewerThanTheDatabaseIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, name := range []string{"back", "lifted"} {
		storetest.Subscribe(t, s.db, at(0), name+"@example.org", storetest.To(t, tidings.Daily, ""))
	}
	s.leaves("back@example.org", at(1))
	s.suppresses("lifted@example.org", time.Time{}, at(1))
	earlier := s.backup(at(2))
	storetest.Subscribe(t, s.db, at(3), "back@example.org", storetest.To(t, tidings.Daily, ""))
	s.must(s.db.LiftSuppression(t.Context(), "lifted@example.org", "she called", at(3), "desk"))
	storetest.Subscribe(t, s.db, at(4), "lifted@example.org", storetest.To(t, tidings.Daily, ""))
	later := s.backup(at(5))
	s.must(s.db.Close())
	text, err := os.ReadFile(earlier)
	s.must(err)
	s.must(os.WriteFile(s.path, text, 0o600)) // an earlier state, put there by hand
	s.db, err = store.Open(t.Context(), s.path, store.Volatile())
	s.must(err)
	both := map[string]tidings.SubscriberState{"back": tidings.Active, "lifted": tidings.Active}
	for again := range 2 { // from itself, too
		if got := s.replaced(later, at(20+again)); got != (store.Carried{}) {
			t.Errorf("carried over %+v", got)
		}
		s.expectStates(both)
	}
}

// TestWhoSaidSomethingLaterThanThatTheyLeftHasNotLeft is of two databases that went on from one backup.
func TestWhoSaidSomethingLaterThanThatTheyLeftHasNotLeft(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, name := range []string{"back", "leaves"} {
		storetest.Subscribe(t, s.db, at(0), name+"@example.org", storetest.To(t, tidings.Daily, ""))
	}
	first := s.backup(at(2))
	s.leaves("back@example.org", at(3))
	storetest.Subscribe(t, s.db, at(5), "back@example.org", storetest.To(t, tidings.Daily, ""))
	second := s.backup(at(6))
	s.restore(first, at(7))
	s.leaves("back@example.org", at(4))
	s.leaves("leaves@example.org", at(7))
	if got := s.replaced(second, at(20)); got != (store.Carried{Left: 1}) {
		t.Errorf("carried over %+v", got)
	}
	s.expectStates(map[string]tidings.SubscriberState{"back": tidings.Active, "leaves": tidings.Left})
}

func TestWhatCannotBeReadOfTheOldDatabaseIsSaidAndStopsNoRestore(t *testing.T) {
	t.Parallel()
	const newest = ` WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`
	for what, spoil := range map[string]func(path string) error{
		"not a database":  func(path string) error { return os.WriteFile(path, []byte("SQLite format 3\x00 no more"), 0o600) },
		"is damaged":      func(path string) error { return os.WriteFile(path, []byte("something else"), 0o600) },
		"an earlier":      func(path string) error { return change(path, `DELETE FROM goose_db_version`+newest) },
		"another program": func(path string) error { return change(path, `PRAGMA application_id = 7`) },
		"schema version 9": func(path string) error {
			return change(path, `UPDATE goose_db_version SET version_id = 999`+newest)
		},
	} {
		s := newService(t)
		storetest.Subscribe(t, s.db, at(0), "leaves@example.org", storetest.To(t, tidings.Daily, ""))
		backup := s.backup(at(5))
		s.leaves("leaves@example.org", at(6))
		s.must(s.db.Close())
		s.must(spoil(s.path))
		s.db, _ = store.Open(t.Context(), filepath.Join(t.TempDir(), "other.db"), store.Volatile())
		if got := s.replaced(backup, at(20)); !strings.Contains(got.Unread, what) || got.Left != 0 {
			t.Errorf("%s: %+v", what, got)
		}
		s.expectStates(map[string]tidings.SubscriberState{"leaves": tidings.Active})
	}
}

func change(path, statement string) error {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	_, err = db.Exec(statement) //nolint:noctx // a test's
	return cmp.Or(err, db.Close())
}
