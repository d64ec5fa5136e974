package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func TestLiftedAddressHasLeftAndCanBeAddedAgain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	update(t, db, at(1), func(s *tidings.Subscriber) { s.State = tidings.Suppressed })
	if err := db.LiftSuppression(t.Context(), "KIM@example.org", "she called", at(2), "desk"); err != nil {
		t.Fatal(err)
	}
	if s := get(t, db); s.State != tidings.Left || !s.Left.Equal(at(2)) {
		t.Errorf("lifted: %s at %v", s.State, s.Left)
	}
	wantLifted(t, db, "subscriber:1")
	storetest.Subscribe(t, db, at(3), kim, storetest.To(t, tidings.Daily, ""))
	if s := get(t, db); s.State != tidings.Active {
		t.Errorf("added again: %s", s.State)
	}
}

func TestLiftReachesTheAddressOfSomebodyErased(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim)
	update(t, db, at(1), func(s *tidings.Subscriber) { s.State = tidings.Suppressed })
	if err := db.RemoveSubscriber(t.Context(), kim, at(2), "test"); err != nil {
		t.Fatal(err)
	}
	if err := db.LiftSuppression(t.Context(), kim, "she called", at(3), "desk"); err != nil {
		t.Fatal(err)
	}
	wantLifted(t, db, "suppression")
	storetest.Subscribe(t, db, at(4), kim)
}

func TestLiftOfWhatIsNotSuppressedIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim)
	before := footprint(t, db)
	for _, address := range []string{kim, "nobody@example.org"} {
		err := db.LiftSuppression(t.Context(), address, "she called", at(1), "desk")
		if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "is not suppressed") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if after := footprint(t, db); len(after) != len(before) || get(t, db).State != tidings.Active {
		t.Errorf("before %v, after %v", before, after)
	}
}

// wantLifted wants the newest audit record to tell of a lift, and of no address.
func wantLifted(t *testing.T, db *store.DB, subject string) {
	t.Helper()
	records, err := db.Audit(t.Context(), 1)
	if err != nil || len(records) != 1 {
		t.Fatalf("%v, %v", records, err)
	}
	r := records[0]
	if r.Action != "suppression.lift" || r.Subject != subject || r.Actor != "desk" || string(r.Detail) != `{"reason":"she called"}` {
		t.Errorf("audit: %+v %s", r, r.Detail)
	}
}
