package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// erasures are the ways to erase kim, by what their suppression says.
var erasures = map[string]func(*testing.T, *store.DB){
	"erased: they were removed": func(t *testing.T, db *store.DB) {
		t.Helper()
		if err := db.RemoveSubscriber(t.Context(), kim, hour(1), "test"); err != nil {
			t.Fatal(err)
		}
	},
	"erased: they had left, and were forgotten": func(t *testing.T, db *store.DB) {
		t.Helper()
		update(t, db, hour(1), func(s *tidings.Subscriber) { s.State = tidings.Left })
		f, err := db.Forget(t.Context(), tidings.Retention{Left: time.Minute}, hour(2))
		if err != nil || f.Subscribers != 1 {
			t.Fatal(f, err)
		}
	},
}

func TestWhoeverWasErasedIsBroughtBackByNoListAndNoDesk(t *testing.T) {
	t.Parallel()
	for reason, erase := range erasures {
		db := storetest.New(t)
		storetest.Subscribe(t, db, hour(0), kim)
		erase(t, db)
		for _, state := range []tidings.SubscriberState{tidings.Active, tidings.Left} {
			if got := enrolled(t, db, listed(t, "KIM@example.org", state)); got[0] != tidings.FateBarred {
				t.Errorf("%s: a list that says %s: %v", reason, state, got)
			}
		}
		add := tidings.Subscriber{Address: kim, Language: "en", State: tidings.Active, Subscriptions: []tidings.Subscription{storetest.To(t, tidings.Daily, "")}}
		err := db.AddSubscriber(t.Context(), &add, hour(4), "desk")
		if !errors.Is(err, tidings.ErrSuppressed) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: added by the desk: %v", reason, err)
		}
		all, err := db.Suppressions(t.Context(), hour(5))
		if err != nil || len(all) != 1 || all[0].Reason != reason || !all[0].Erased || all[0].Address != "" {
			t.Errorf("%s: %+v, %v", reason, all, err)
		}
		if err := db.LiftSuppression(t.Context(), kim, "she called", hour(5), "desk"); err != nil {
			t.Errorf("%s: lifted: %v", reason, err)
		}
		if err := db.AddSubscriber(t.Context(), &add, hour(6), "desk"); err != nil {
			t.Errorf("%s: lifted, and added: %v", reason, err)
		}
	}
}

func TestErasingWeakensNoSuppressionAndIsNoneThatKeepsAnotherAway(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, hour(0), kim)
	update(t, db, hour(1), func(s *tidings.Subscriber) { s.State = tidings.Suppressed })
	if err := db.RemoveSubscriber(t.Context(), kim, hour(2), "test"); err != nil {
		t.Fatal(err)
	}
	storetest.Subscribe(t, db, hour(0), "lee@example.org")
	storetest.Subscribe(t, db, hour(0), "park@example.org")
	for _, address := range []string{"lee@example.org", "park@example.org"} {
		if err := db.RemoveSubscriber(t.Context(), address, hour(3), "test"); err != nil {
			t.Fatal(err)
		}
	}
	if fresh, err := db.Suppress(t.Context(), "lee@example.org", "wrote a letter", time.Time{}, hour(4), "desk"); err != nil || !fresh {
		t.Errorf("by the desk: %v, %v", fresh, err)
	}
	if got := enrolled(t, db, listed(t, "park@example.org", tidings.Suppressed)); got[0] != tidings.FateSuppressed {
		t.Errorf("by a list: %v", got)
	}
	all, err := db.Suppressions(t.Context(), hour(5))
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, s := range all {
		if s.Erased {
			t.Errorf("%+v is no more than an erasure", s)
		}
	}
}
