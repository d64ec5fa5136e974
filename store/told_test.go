package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// changeTold changes the one subscriber, and tells them.
func changeTold(t *testing.T, db *store.DB, minute int, change func(*tidings.Subscriber) error) *tidings.Letter {
	t.Helper()
	l := ticketed(t, tidings.ChangedLetter, tidings.PurposeManage)
	if _, err := db.Step(t.Context(), nil, l, "1", at(minute), "own page by a mail", change); err != nil {
		t.Fatal(err)
	}
	return l
}

func speaking(language string) func(*tidings.Subscriber) error {
	return func(s *tidings.Subscriber) error {
		s.Language = language
		return nil
	}
}

func TestTheFirstChangeOfAnHourIsTold(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), "kim@example.org", storetest.To(t, tidings.Daily, "topic:energy"))
	for _, step := range []struct {
		minute   int
		language string
		told     bool
	}{
		{1, "ko", true}, {1, "en", false}, {60, "ko", false}, {61, "en", true}, {120, "ko", false}, {121, "ko", false}, {122, "en", true},
	} {
		if l := changeTold(t, db, step.minute, speaking(step.language)); (l.ID != 0) != step.told {
			t.Errorf("minute %d: letter %d", step.minute, l.ID)
		}
	}
	if l := changeTold(t, db, 300, func(s *tidings.Subscriber) error { // of which the record of consent says nothing
		s.Offered = at(300)
		return nil
	}); l.ID != 0 {
		t.Error("what changes nothing was told")
	}
	// Whoever was told meanwhile by the site's other letters is told all the same, and none of them counts what was told.
	limits := tidings.Limits{AddressHour: 1, SiteHour: 1}
	r := tidings.Request{Kind: tidings.LinkRequest, Address: "kim@example.org", Limits: limits}
	link := ticketed(t, tidings.LinkLetter, tidings.PurposeManage)
	if a, err := db.AdmitLink(t.Context(), &r, link, at(122)); err != nil || a != tidings.Admitted || link.ID == 0 {
		t.Errorf("%s, letter %d, %v", a, link.ID, err)
	}
}

func TestAChangeIsToldInTheirLanguageAndAsItWasHoweverItGoesOn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), "kim@example.org", storetest.To(t, tidings.Daily, `topic:energy OR "cold fusion"`))
	before, err := db.Subscriber(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	until := at(5000)
	l := changeTold(t, db, 1, func(s *tidings.Subscriber) error {
		s.Language, s.State, s.PausedUntil = "fr", tidings.Paused, until
		return nil
	})
	changeTold(t, db, 2, func(s *tidings.Subscriber) error {
		s.Subscriptions = []tidings.Subscription{storetest.To(t, tidings.Weekly, "")}
		return nil
	})
	first := claim(t, db, at(3), 9)
	if len(first) != 1 {
		t.Fatalf("%d letters", len(first))
	}
	got := first[0].Letter
	if got.Address != "kim@example.org" || got.Language != before.Language || got.Subscriber != 1 || got.Purpose != tidings.PurposeManage {
		t.Errorf("%+v", got)
	}
	if b := got.Became; b.State != tidings.Paused || !b.PausedUntil.Equal(until) || len(b.Subscriptions) != 1 ||
		b.Subscriptions[0].Cadence != tidings.Daily || b.Subscriptions[0].Filter.String() != before.Subscriptions[0].Filter.String() {
		t.Errorf("became %+v", b)
	}
	if _, err := db.Ticket(t.Context(), l.TicketHash, tidings.PurposeManage); err != nil {
		t.Error(err)
	}
	settle(t, db, tidings.Outcome{Delivery: got.ID, Letter: true, State: tidings.DeliveryDeferred, Next: at(20), Attempts: 1, At: at(4)})
	if diff := cmp.Diff(got, claim(t, db, at(20), 1)[0].Letter, cmp.Comparer(sameFilter)); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

func TestWhoWasMadeToLeaveIsToldOnceAndWhoIsErasedOrSuppressedNever(t *testing.T) {
	t.Parallel()
	leave := func(s *tidings.Subscriber) error {
		s.State = tidings.Left
		return nil
	}
	for name, then := range map[string]func(*store.DB) error{
		"": func(*store.DB) error { return nil },
		"erased": func(db *store.DB) error {
			return db.RemoveSubscriber(t.Context(), "1", at(2), "test")
		},
		"suppressed": func(db *store.DB) error {
			return db.UpdateSubscriber(t.Context(), "1", at(2), "test", func(s *tidings.Subscriber) error {
				s.State = tidings.Suppressed
				return nil
			})
		},
	} {
		db := storetest.New(t)
		storetest.Subscribe(t, db, at(0), "kim@example.org", storetest.To(t, tidings.Daily, ""))
		changeTold(t, db, 1, leave)
		if l := changeTold(t, db, 100, leave); l.ID != 0 {
			t.Errorf("%q: told twice", name)
		}
		if err := then(db); err != nil {
			t.Fatal(err)
		}
		got := claim(t, db, at(200), 9)
		if name != "" {
			if len(got) != 0 || letterStates(t, db) != "suppressed" {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Letter.Became.State != tidings.Left || got[0].Letter.Became.Subscriptions != nil {
			t.Errorf("%+v", got)
		}
	}
}

func TestAChangeThatFailsTellsNobody(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), "kim@example.org", storetest.To(t, tidings.Daily, ""))
	fault := errors.New("no")
	l := ticketed(t, tidings.ChangedLetter, tidings.PurposeManage)
	if _, err := db.Step(t.Context(), nil, l, "1", at(1), "test", func(*tidings.Subscriber) error { return fault }); !errors.Is(err, fault) {
		t.Error(err)
	}
	if _, err := db.Step(t.Context(), nil, l, "2", at(1), "test", speaking("ko")); !errors.Is(err, tidings.ErrNotFound) {
		t.Error(err)
	}
	if next, err := db.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("due %v, %v", next.Format(time.RFC3339), err)
	}
}
