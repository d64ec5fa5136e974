package store_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

const kim = "Kim@example.org"

func update(t *testing.T, db *store.DB, now time.Time, change func(*tidings.Subscriber)) tidings.Subscriber {
	t.Helper()
	err := db.UpdateSubscriber(t.Context(), kim, now, "test", func(s *tidings.Subscriber) error {
		change(s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return get(t, db)
}

func get(t *testing.T, db *store.DB) tidings.Subscriber {
	t.Helper()
	s, err := db.Subscriber(t.Context(), kim)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSubscriberComesOutAsTheyWentIn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	in := storetest.Subscribe(t, db, at(0), kim,
		storetest.To(t, tidings.Daily, "topic:energy"), storetest.To(t, tidings.Weekly, ""))
	for _, ref := range []string{kim, "KIM@EXAMPLE.ORG", strconv.FormatInt(in.ID, 10)} {
		got, err := db.Subscriber(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in, got, sameFilters()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ref, diff)
		}
	}
	storetest.Subscribe(t, db, at(1), "lee@example.org")
	all, err := db.Subscribers(t.Context(), tidings.Active)
	if err != nil || len(all) != 2 || len(all[0].Subscriptions) != 2 || len(all[1].Subscriptions) != 0 {
		t.Errorf("listed: %v, %v", all, err)
	}
	if none, err := db.Subscribers(t.Context(), tidings.Left); err != nil || len(none) != 0 {
		t.Errorf("left: %v, %v", none, err)
	}
	if _, err := db.Subscriber(t.Context(), "park@example.org"); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
}

func sameFilters() cmp.Option {
	return cmp.Comparer(func(a, b tidings.Filter) bool { return a.String() == b.String() })
}

func TestAddressIsTakenOnceAndComesBackAfterLeaving(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""), storetest.To(t, tidings.Weekly, ""))
	again := tidings.Subscriber{
		Address: "kim@EXAMPLE.org", State: tidings.Active, Language: "ko",
		Subscriptions: []tidings.Subscription{storetest.To(t, tidings.Daily, "lang:ko")},
	}
	if err := db.AddSubscriber(t.Context(), &again, at(1), "test"); !errors.Is(err, tidings.ErrExists) {
		t.Errorf("the same address in other letters: %v", err)
	}
	storetest.Save(t, db, at(2), tidings.Release{Slug: "a"})
	left := update(t, db, at(3), func(s *tidings.Subscriber) { s.State = tidings.Left })
	if !left.Left.Equal(at(3)) {
		t.Errorf("left at %v", left.Left)
	}
	if err := db.AddSubscriber(t.Context(), &again, at(4), "test"); err != nil {
		t.Fatal(err)
	}
	got := get(t, db)
	if got.ID != left.ID || got.State != tidings.Active || !got.Left.IsZero() || len(got.Subscriptions) != 1 {
		t.Errorf("came back as %+v", got)
	}
	if s := got.Subscriptions[0]; s.Position != 1 || s.Filter.String() != "lang:ko" {
		t.Errorf("came back to %q at %d, want the new choice at the newest number", s.Filter, s.Position)
	}
}

func TestSuppressedAddressStaysSoUntilAPersonLiftsIt(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim)
	update(t, db, at(1), func(s *tidings.Subscriber) { s.State = tidings.Suppressed })
	add := func() error {
		return db.AddSubscriber(t.Context(), &tidings.Subscriber{Address: "KIM@example.org", State: tidings.Active}, at(2), "test")
	}
	if err := add(); !errors.Is(err, tidings.ErrSuppressed) {
		t.Errorf("got %v, want ErrSuppressed", err)
	}
	if err := db.RemoveSubscriber(t.Context(), kim, at(3), "test"); err != nil {
		t.Fatal(err)
	}
	if err := add(); !errors.Is(err, tidings.ErrSuppressed) {
		t.Errorf("erased: got %v, want ErrSuppressed still", err)
	}
	storetest.Subscribe(t, db, at(4), "lee@example.org")
	err := db.UpdateSubscriber(t.Context(), "lee@example.org", at(5), "test", func(s *tidings.Subscriber) error {
		s.Address = kim
		return nil
	})
	if !errors.Is(err, tidings.ErrSuppressed) {
		t.Errorf("moving to a suppressed address: %v", err)
	}
	for _, state := range []tidings.SubscriberState{tidings.Suppressed, tidings.Active} {
		err := db.UpdateSubscriber(t.Context(), "lee@example.org", at(6), "test", func(s *tidings.Subscriber) error {
			s.State = state
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err = db.AddSubscriber(t.Context(), &tidings.Subscriber{Address: "lee@example.org", State: tidings.Active}, at(7), "test")
	if !errors.Is(err, tidings.ErrExists) {
		t.Errorf("lifted: got %v, want ErrExists", err)
	}
}

func TestPositionOutlivesEveryChangeOfASubscription(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""), storetest.To(t, tidings.Weekly, ""))
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	got := update(t, db, at(2), func(s *tidings.Subscriber) {
		a, b := &s.Subscriptions[0], &s.Subscriptions[1]
		a.Cadence, b.Cadence = b.Cadence, a.Cadence // they swap
		a.Filter, a.Zone, a.Hour, a.Position = storetest.To(t, "daily", "lang:ko").Filter, "Asia/Tokyo", 6, 77
		s.Subscriptions = append(s.Subscriptions, storetest.To(t, tidings.Monthly, ""))
	})
	var text []string
	for _, s := range got.Subscriptions {
		text = append(text, s.Cadence+" "+s.Filter.String()+" "+s.Zone+" "+strconv.Itoa(s.Hour)+" "+strconv.FormatInt(s.Position, 10))
	}
	if diff := cmp.Diff([]string{"weekly lang:ko Asia/Tokyo 6 0", "daily  Asia/Seoul -1 0", "monthly   -1 1"}, text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = update(t, db, at(3), func(s *tidings.Subscriber) {
		s.Subscriptions = append(s.Subscriptions[:1], storetest.To(t, tidings.Daily, ""))
	})
	if s := got.Subscriptions; len(s) != 2 || s[0].Position != 0 || s[1].Position != 1 || s[1].Cadence != tidings.Daily {
		t.Errorf("dropped and added anew: %+v", s)
	}
}

func TestOneCadenceOnceAndNobodyElsesSubscription(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	other := storetest.Subscribe(t, db, at(0), "lee@example.org", storetest.To(t, tidings.Daily, ""))
	before := get(t, db)
	for name, spoil := range map[string]func(*tidings.Subscriber){
		"twice": func(s *tidings.Subscriber) {
			s.Subscriptions = append(s.Subscriptions, storetest.To(t, tidings.Daily, "a"))
		},
		"foreign": func(s *tidings.Subscriber) { s.Subscriptions = other.Subscriptions },
		"no name": func(s *tidings.Subscriber) { s.Subscriptions[0].Cadence = "" },
		"hour":    func(s *tidings.Subscriber) { s.Subscriptions[0].Hour = 24 },
		"taken":   func(s *tidings.Subscriber) { s.Address = "LEE@example.org" },
	} {
		err := db.UpdateSubscriber(t.Context(), kim, at(1), "test", func(s *tidings.Subscriber) error {
			spoil(s)
			return nil
		})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if diff := cmp.Diff(before, get(t, db), sameFilters()); diff != "" {
		t.Errorf("a refused change left something behind:\n%s", diff)
	}
}

func TestUpdateThatChangesNothingWritesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	before := footprint(t, db)
	update(t, db, at(1), func(*tidings.Subscriber) {})
	if diff := cmp.Diff(before, footprint(t, db)); diff != "" {
		t.Error(diff)
	}
}

func TestErasedAddressIsNowhereInTheFiles(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/t.db"
	db := storetest.Open(t, path)
	other := storetest.Open(t, path) // as the daemon has it, while the command line removes
	s := storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	update(t, db, at(0), func(s *tidings.Subscriber) { s.Consent.Basis = "a mail from " + kim })
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	d := claim(t, db, at(2), 1)[0]
	settle(t, db, tidings.Outcome{
		Delivery: d.ID, State: tidings.DeliveryDeferred, Attempts: 1, Next: at(9), Reply: "450 <" + kim + "> busy", At: at(3),
	})
	if err := db.RemoveSubscriber(t.Context(), kim, at(4), "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Subscriber(t.Context(), strconv.FormatInt(s.ID, 10)); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("by number: %v", err)
	}
	if all, err := db.Subscribers(t.Context(), ""); err != nil || len(all) != 0 {
		t.Errorf("listed: %v, %v", all, err)
	}
	if address, since, err := db.SubscriberSince(t.Context(), s.ID); address != "" || !since.Equal(at(0)) || err != nil {
		t.Errorf("by leave link: %q since %v, %v", address, since, err)
	}
	if _, _, err := db.SubscriberSince(t.Context(), s.ID+1); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("a stranger's leave link: %v", err)
	}
	past, err := db.Deliveries(t.Context(), s.ID, 0)
	if err != nil || len(past) != 1 || past[0].State != tidings.DeliverySuppressed || past[0].Address+past[0].LastReply != "" {
		t.Errorf("deliveries: %+v, %v", past, err)
	}
	if err := other.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, ending := range []string{"", "-wal", "-shm"} {
		if strings.Contains(strings.ToLower(readFile(t, path+ending)), strings.ToLower(kim)) {
			t.Errorf("the address is still in the file %q", ending)
		}
	}
	if err := other.LiftSuppression(t.Context(), kim, "asked to be back", at(5), "test"); err != nil {
		t.Fatal(err)
	}
	if again := storetest.Subscribe(t, storetest.Open(t, path), at(5), kim); again.ID == s.ID {
		t.Error("came back as who they were, not as a stranger")
	}
}

func TestReplyThatComesAfterTheErasureIsNotKept(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	d := claim(t, db, at(2), 1)[0]
	if err := db.RemoveSubscriber(t.Context(), kim, at(3), "test"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time says nothing new
		settle(t, db, tidings.Outcome{
			Delivery: d.ID, State: tidings.DeliveryFailed, Attempts: 1, Reply: "554 <" + kim + "> no", At: at(4),
		})
	}
	past, err := db.Deliveries(t.Context(), s.ID, 0)
	if err != nil || len(past) != 1 || past[0].State != tidings.DeliveryFailed || past[0].LastReply != "" {
		t.Errorf("deliveries: %+v, %v", past, err)
	}
}
