package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// listed is somebody on a list.
func listed(t testing.TB, address string, state tidings.SubscriberState) tidings.Enrolment {
	t.Helper()
	e := tidings.Enrolment{
		Subscriber: tidings.Subscriber{
			Address: address, Language: "en", State: state, Consent: tidings.Consent{Basis: "a list", By: "test", At: hour(0)},
		},
		Reason: "bounced",
	}
	if state == tidings.Active {
		e.Subscriber.Subscriptions = []tidings.Subscription{storetest.To(t, tidings.Weekly, "topic:energy"), storetest.To(t, tidings.Daily, "수소")}
	}
	return e
}

func enrolled(t testing.TB, db *store.DB, part ...tidings.Enrolment) []tidings.Fate {
	t.Helper()
	became, err := db.Enrol(t.Context(), part, hour(1), "test")
	if err != nil {
		t.Fatal(err)
	}
	var fates []tidings.Fate
	for _, b := range became {
		fates = append(fates, b.Fate)
	}
	return fates
}

func hour(hours int) time.Time { return time.Date(2026, 11, 23, 8+hours, 0, 0, 0, time.UTC) }

func TestAListIsTakenInOnceWithOneRecordForAllAndAConsentForEach(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Save(t, db, hour(0), tidings.Release{Slug: "old", Published: hour(0)})
	part := []tidings.Enrolment{
		listed(t, "a@example.org", tidings.Active), listed(t, "b@example.org", tidings.Left), listed(t, "c@example.org", tidings.Suppressed),
		listed(t, "d@example.org", tidings.Active), listed(t, "A@example.org", tidings.Active), listed(t, "C@example.org", tidings.Active),
	}
	before := audits(t, db)
	want := []tidings.Fate{tidings.FateAdded, tidings.FateLeft, tidings.FateSuppressed, tidings.FateAdded, tidings.FateKnown, tidings.FateBarred}
	if got := enrolled(t, db, part...); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if n := audits(t, db) - before; n != 1 {
		t.Errorf("%d records in the audit log", n)
	}
	a, err := db.Subscriber(t.Context(), "a@example.org")
	if err != nil || len(a.Subscriptions) != 2 || a.Subscriptions[0].Position != 1 || a.Subscriptions[0].Filter.String() != "topic:energy" || !a.Created.Equal(hour(1)) {
		t.Errorf("%+v, %v", a, err)
	}
	if consents, err := db.Consents(t.Context(), a.ID); err != nil || len(consents) != 1 || consents[0].Kind != tidings.ConsentRecorded {
		t.Errorf("%+v, %v", consents, err)
	}
	if _, err := db.Subscriber(t.Context(), "c@example.org"); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("of a suppressed address more is kept: %v", err)
	}
	for i, fate := range enrolled(t, db, part...) {
		if fate != tidings.FateKnown && fate != tidings.FateBarred {
			t.Errorf("%s is %s the second time", part[i].Subscriber.Address, fate)
		}
	}
	if n := audits(t, db) - before; n != 1 {
		t.Errorf("%d records in the audit log, though nothing changed", n)
	}
}

func audits(t testing.TB, db *store.DB) int {
	t.Helper()
	all, err := db.Audit(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestForeseeingLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	part := []tidings.Enrolment{listed(t, "a@example.org", tidings.Active), listed(t, "c@example.org", tidings.Suppressed)}
	became, err := db.ForeseeEnrol(t.Context(), part, hour(1), "test")
	if err != nil || became[0].Fate != tidings.FateAdded || became[1].Fate != tidings.FateSuppressed {
		t.Fatalf("%+v, %v", became, err)
	}
	all, err := db.Subscribers(t.Context(), "")
	if err != nil || len(all) != 0 || audits(t, db) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if got := enrolled(t, db, part...); got[0] != tidings.FateAdded || got[1] != tidings.FateSuppressed {
		t.Error(got)
	}
}

func TestAPartOfAListIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	bad := listed(t, "b@example.org", tidings.Active)
	bad.Subscriber.Subscriptions[1].Cadence = bad.Subscriber.Subscriptions[0].Cadence
	if _, err := db.Enrol(t.Context(), []tidings.Enrolment{listed(t, "a@example.org", tidings.Active), bad}, hour(1), "test"); err == nil {
		t.Error("two subscriptions of one cadence were taken")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := db.Enrol(stopped, []tidings.Enrolment{listed(t, "a@example.org", tidings.Active)}, hour(1), "test"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if all, err := db.Subscribers(t.Context(), ""); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestTheRollIsReadPageByPage(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var part []tidings.Enrolment
	for i := range 2500 {
		state := tidings.Active
		if i%3 == 0 {
			state = tidings.Left
		}
		part = append(part, listed(t, "reader"+string(rune('a'+i%26))+time.Duration(i).String()+"@example.org", state))
	}
	enrolled(t, db, part...)
	for state, want := range map[tidings.SubscriberState]int{"": 2500, tidings.Left: 834, tidings.Active: 1666, tidings.Paused: 0} {
		n, last := 0, int64(0)
		for s, err := range db.EachSubscriber(t.Context(), state, at(1)) {
			if err != nil {
				t.Fatal(err)
			}
			wanted := 2
			if s.State == tidings.Left {
				wanted = 0
			}
			if n++; s.ID <= last || len(s.Subscriptions) != wanted {
				t.Fatalf("%d after %d with %d subscriptions", s.ID, last, len(s.Subscriptions))
			}
			last = s.ID
		}
		if n != want {
			t.Errorf("%d are %q, want %d", n, state, want)
		}
	}
	n := 0
	for range db.EachConsent(t.Context(), 0) {
		n++
	}
	if n != 2500 {
		t.Errorf("%d consents", n)
	}
}

func TestSuppressingByHandEndsWhatIsSent(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, hour(0), "a@example.org", storetest.To(t, tidings.Daily, ""))
	for i, want := range []bool{true, false} {
		if fresh, err := db.Suppress(t.Context(), "A@example.org", "asked by letter", time.Time{}, hour(i+1), "test"); err != nil || fresh != want {
			t.Errorf("%v, %v", fresh, err)
		}
	}
	if fresh, err := db.Suppress(t.Context(), "nobody@example.org", "a trap", time.Time{}, hour(3), "test"); err != nil || !fresh {
		t.Errorf("%v, %v", fresh, err)
	}
	s, err := db.Subscriber(t.Context(), "a@example.org")
	if err != nil || s.State != tidings.Suppressed {
		t.Errorf("%+v, %v", s, err)
	}
	all, err := db.Suppressions(t.Context(), at(0))
	want := []store.Suppression{{Reason: "a trap", At: hour(3)}, {Address: "a@example.org", Reason: "asked by letter", At: hour(1)}}
	if err != nil || !slices.Equal(all, want) {
		t.Errorf("%+v, %v", all, err)
	}
}
