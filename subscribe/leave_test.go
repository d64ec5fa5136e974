package subscribe_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

func TestNobodyIsWokenByResumeAfterLeaving(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	if err := d.Leave(t.Context(), "min@example.org", d.now, subscribe.CommandLine); err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]func(context.Context) error{
		"resume": func(ctx context.Context) error { return d.Resume(ctx, "min@example.org", d.now, "test") },
		"pause":  func(ctx context.Context) error { return d.Pause(ctx, "min@example.org", time.Time{}, d.now, "test") },
	} {
		if err := step(t.Context()); err == nil || d.stored(t).State != tidings.Left {
			t.Errorf("%s after leaving: %v, and is %q", name, err, d.stored(t).State)
		}
	}
}

func TestLeavingTwiceIsAKindSuccess(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	if l, err := d.Leaving(t.Context(), token); l.Test || l.Gone || err != nil || d.stored(t).State != tidings.Active {
		t.Fatalf("asking gave %+v, %v and left %q", l, err, d.stored(t).State)
	}
	for i := range 2 {
		now := d.now.Add(time.Duration(i) * time.Hour)
		if test, err := d.LeaveByToken(t.Context(), token, now, "test"); test || err != nil {
			t.Fatalf("time %d: %v, %v", i+1, test, err)
		}
	}
	if sub := d.stored(t); sub.State != tidings.Left || !sub.Left.Equal(d.now) {
		t.Errorf("%q at %v, want left at %v", sub.State, sub.Left, d.now)
	}
}

func TestLeavingDoesNotLiftASuppression(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	err := d.db.UpdateSubscriber(t.Context(), "min@example.org", d.now, "test", func(s *tidings.Subscriber) error {
		s.State = tidings.Suppressed
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.LeaveByToken(t.Context(), token, d.now, "test"); err != nil {
		t.Fatal(err)
	}
	if got := d.stored(t).State; got != tidings.Suppressed {
		t.Errorf("became %q", got)
	}
}

func TestTheErasedMayLeaveToo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	if err := d.Remove(t.Context(), "min@example.org", d.now, subscribe.CommandLine); err != nil {
		t.Fatal(err)
	}
	if test, err := d.LeaveByToken(t.Context(), token, d.now, "test"); test || err != nil {
		t.Errorf("got %v, %v", test, err)
	}
}

func TestATestMailUnsubscribesNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.Keyring.Mint(tidings.PurposeLeave, subscribe.TestDelivery, 0, time.Time{})
	test, err := d.LeaveByToken(t.Context(), token, d.now, "test")
	if !test || err != nil || d.stored(t).State != tidings.Active {
		t.Errorf("got %v, %v, and %q", test, err, d.stored(t).State)
	}
}

func TestAForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	since := d.stored(t).Created
	other := d.Keyring.Mint("confirm", 1, 1, since)
	stranger := d.Keyring.Mint(tidings.PurposeLeave, 1, 2, since)
	former := d.Keyring.Mint(tidings.PurposeLeave, 1, 1, since.Add(time.Millisecond)) // had the number before a restore
	for _, forged := range []string{"", "x", token[:42], token + "A", "A" + token[1:42] + "A", other, stranger, former} {
		if _, err := d.LeaveByToken(t.Context(), forged, d.now, "test"); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("%q: %v, want ErrBadToken", forged, err)
		}
		if _, err := d.Leaving(t.Context(), forged); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("asking, %q: %v, want ErrBadToken", forged, err)
		}
	}
	if got := d.stored(t).State; got != tidings.Active {
		t.Errorf("became %q", got)
	}
}

func TestALinkOfBeforeLeavingWorksAfterTheReturn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	for i := range 2 {
		d.now = d.now.Add(time.Hour)
		if test, err := d.LeaveByToken(t.Context(), token, d.now, "test"); test || err != nil {
			t.Errorf("time %d: %v, %v", i+1, test, err)
		}
		if got := d.stored(t).State; got != tidings.Left {
			t.Errorf("time %d: %s", i+1, got)
		}
		d.add(t)
	}
}

func TestLiftAsksForAReasonAndTheWayBackIsAConsent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	lift := func(address, reason string) error {
		return d.Lift(t.Context(), address, reason, d.now, subscribe.CommandLine)
	}
	wantInvalid := func(err error, want string) {
		t.Helper()
		if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an InvalidError with %q", err, want)
		}
	}
	wantInvalid(lift("Min@Example.org", "she called"), "is not suppressed")
	err := d.db.UpdateSubscriber(t.Context(), "min@example.org", d.now, "test", func(s *tidings.Subscriber) error {
		s.State = tidings.Suppressed
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantInvalid(lift("min@example.org", " "), "reason: say how you know")
	wantInvalid(lift("min@example.org", "MIN@example.org wrote"), "reason: write it without the address")
	wantInvalid(lift("min", "she called"), "address: ")
	if _, err := d.Add(t.Context(), join(), d.now, "test"); !errors.Is(err, tidings.ErrSuppressed) {
		t.Errorf("not lifted, and added: %v", err)
	}
	if err := lift("Min@EXAMPLE.org", "she called"); err != nil {
		t.Fatal(err)
	}
	if got := d.stored(t).State; got != tidings.Left {
		t.Errorf("lifted, and %s", got)
	}
	d.add(t)
}
