package subscribe_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// erased is a desk that has erased min at their wish.
func erased(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.confirm(t, d.ask(t, tidings.PurposeErase, d.add(t).ID, ""))
	d.pass(2 * time.Hour)
	if _, err := d.Add(t.Context(), join(), d.now, "test"); !errors.Is(err, tidings.ErrSuppressed) || !strings.Contains(err.Error(), "they asked for it") {
		t.Fatalf("added again by the desk: %v", err)
	}
	return d
}

// pardoned wants nothing to be left of the erasure.
func (d *desk) pardoned(t *testing.T) {
	t.Helper()
	if all, err := d.db.Suppressions(t.Context(), d.now); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if s := d.stored(t); s.State != tidings.Active {
		t.Errorf("%+v", s)
	}
}

func TestWhoeverWasErasedComesBackByConfirmingALetterLikeAnyOther(t *testing.T) {
	t.Parallel()
	d := erased(t)
	token := d.signUp(t, form("MIN@example.org"))
	claimed, err := d.db.Claim(t.Context(), d.now, 10)
	if err != nil || len(claimed) != 1 || claimed[0].Letter.Kind != tidings.ConfirmLetter {
		t.Fatalf("sent: %+v, %v", claimed, err)
	}
	if all, err := d.db.Suppressions(t.Context(), d.now); err != nil || len(all) != 1 {
		t.Errorf("by asking alone: %+v, %v", all, err)
	}
	d.confirm(t, token)
	d.pardoned(t)
}

func TestASubscriberMovesToTheAddressOfWhoeverWasErased(t *testing.T) {
	t.Parallel()
	d := erased(t)
	lee := join()
	lee.Address = "lee@example.org"
	sub, err := d.Add(t.Context(), lee, d.now, "test")
	if err != nil {
		t.Fatal(err)
	}
	d.confirm(t, d.ask(t, tidings.PurposeMove, sub.ID, "min@example.org"))
	d.pardoned(t)
}

// TestWhoeverWasSuppressedUntilADayJoinsAfterIt has nobody sweep up what is over.
func TestWhoeverWasSuppressedUntilADayJoinsAfterIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	if fresh, err := d.db.Suppress(t.Context(), "min@example.org", "away", d.now.Add(time.Hour), d.now, "test"); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	if _, err := d.Add(t.Context(), join(), d.now, "test"); !errors.Is(err, tidings.ErrSuppressed) || !strings.Contains(err.Error(), "suppressed until 2026-03-02 10:00 UTC: away") {
		t.Errorf("before it: %v", err)
	}
	d.pass(2 * time.Hour)
	d.confirm(t, d.signUp(t, form("MIN@example.org")))
	d.pardoned(t)
}
