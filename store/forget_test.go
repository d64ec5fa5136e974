package store

import (
	"errors"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestForgetKeepsWhatItsTimeIsNotUpFor(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	db := open(t)
	forget := func(r tidings.Retention, now time.Time) tidings.Forgotten {
		t.Helper()
		f, err := db.Forget(t.Context(), r, now)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	start := at(0)
	signedUp(t, db, "early@example.org", "narwhals", start)
	gone := added(t, db, "gone@example.org", daily(t, "otters"))
	added(t, db, "kim@example.org", daily(t, "otters"))
	if err := db.UpdateSubscriber(t.Context(), "gone@example.org", start, "web", func(s *tidings.Subscriber) error {
		s.State = tidings.Left
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.ExecContext(t.Context(), `
		UPDATE letters SET state = 'sent', next_at = NULL, settled = ?1, nonce = NULL, reply = '250 early@example.org'`,
		start.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	keeps := tidings.Retention{Unconfirmed: 7 * day, Left: 30 * day, Details: 90 * day}
	if f := forget(keeps, start.Add(2*day)); f != (tidings.Forgotten{}) {
		t.Errorf("after two days: %+v", f)
	}
	if f := forget(keeps, start.Add(2*day+time.Second)); f != (tidings.Forgotten{Requests: 1}) {
		t.Errorf("a second later: %+v", f)
	}
	if f := forget(keeps, start.Add(7*day+time.Second)); f != (tidings.Forgotten{SignUps: 1}) {
		t.Errorf("after seven days: %+v", f)
	}
	if f := forget(keeps, start.Add(30*day+time.Second)); f != (tidings.Forgotten{Subscribers: 1}) {
		t.Errorf("after thirty days: %+v", f)
	}
	if _, err := db.Subscriber(t.Context(), "gone@example.org"); err == nil {
		t.Error("who left is still there")
	}
	if got := count(t, db, `consents WHERE subscriber_id = ?`, gone.ID); got != 0 {
		t.Errorf("%d entries of who left are still there", got)
	}
	if f := forget(keeps, start.Add(90*day+time.Second)); f != (tidings.Forgotten{Letters: 1, Tickets: 1}) {
		t.Errorf("after ninety days: %+v", f)
	}
	if got := count(t, db, `letters WHERE address = '' AND reply = ''`); got != 1 {
		t.Error("the letter is still there")
	}
	if f := forget(keeps, start.Add(900*day)); f != (tidings.Forgotten{}) {
		t.Errorf("once more: %+v", f)
	}
}

func TestForgetKeepsForEverWhatHasNoTerm(t *testing.T) {
	t.Parallel()
	db := open(t)
	signedUp(t, db, "early@example.org", "narwhals", at(0))
	added(t, db, "gone@example.org")
	if err := db.UpdateSubscriber(t.Context(), "gone@example.org", at(0), "web", func(s *tidings.Subscriber) error {
		s.State = tidings.Left
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	f, err := db.Forget(t.Context(), tidings.Retention{}, at(0).AddDate(20, 0, 0))
	if want := (tidings.Forgotten{Requests: 1, Tickets: 1}); err != nil || f != want {
		t.Errorf("%+v, %v; want %+v", f, err, want)
	}
}

func TestForgetClearsWhatRelaysSaidInManySteps(t *testing.T) {
	t.Parallel()
	path := firstDatabase(t, firstNewsroom+`
		WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO runs (cadence, zone, hour, due, kind, upto, created, domain) SELECT 'weekly', 'UTC', -1, i, 'scheduled', 3, i, 'x.org' FROM n;
		INSERT INTO deliveries (run_id, edition_id, subscriber_id, state, attempts, reply, settled)
			SELECT id, 1, 1, 'sent', 1, '250 kim@example.org', due FROM runs WHERE cadence = 'weekly';`)
	db := openAt(t, path)
	f, err := db.Forget(t.Context(), tidings.Retention{Details: time.Second}, time.UnixMilli(1000+4501))
	if err != nil || f.Replies != 4500 {
		t.Errorf("%+v, %v", f, err)
	}
	if got := count(t, db, `deliveries WHERE reply <> ''`); got != 500 {
		t.Errorf("%d replies are left, want 500", got)
	}
}

func TestForgetErasesWhoIsSuppressedForLongAndTheSuppressionStays(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i, address := range []string{"early@example.org", "late@example.org", "kim@example.org"} {
		added(t, db, address, daily(t, "otters"))
		if i == 2 {
			continue
		}
		if err := db.UpdateSubscriber(t.Context(), address, at(i), "test", func(s *tidings.Subscriber) error {
			s.State = tidings.Suppressed
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := db.Forget(t.Context(), tidings.Retention{Left: time.Minute}, at(1).Add(time.Second))
	if want := (tidings.Forgotten{Subscribers: 1}); err != nil || f != want {
		t.Errorf("%+v, %v; want %+v", f, err, want)
	}
	if found := wherever(t, db, "early@"); len(found) != 0 {
		t.Errorf("%q", found)
	}
	if n := count(t, db, `subscribers WHERE address IS NOT NULL`); n != 2 {
		t.Errorf("%d people are left, want 2", n)
	}
	again := tidings.Subscriber{Address: "Early@example.org", State: tidings.Active}
	if err := db.AddSubscriber(t.Context(), &again, at(3), "test"); !errors.Is(err, tidings.ErrSuppressed) {
		t.Errorf("added again: %v", err)
	}
}

func TestForgetEmptiesTheLogThatReadersKeptFull(t *testing.T) {
	t.Parallel()
	db := open(t)
	if err := db.emptyLog(t.Context()); err != nil || db.unemptied.Load() {
		t.Fatal(err)
	}
	db.unemptied.Store(true) // as when a reader was busy
	added(t, db, "kim@example.org")
	if _, err := db.Forget(t.Context(), tidings.Retention{}, at(1)); err != nil || db.unemptied.Load() {
		t.Errorf("still %v, %v", db.unemptied.Load(), err)
	}
	if log := contentsOf(t, db.path+"-wal"); log != "" {
		t.Errorf("%d octets are in the log", len(log))
	}
}
