package subscribe_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// audited counts what the audit log has.
func (d *desk) audited(t *testing.T) int {
	t.Helper()
	all, err := d.db.Audit(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestOwnPageChangesSixtyTimesAnHourAndLeavesAlways(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.own(t)
	steps := []func() error{
		func() error { return d.PauseVisit(t.Context(), token, time.Time{}, d.now) },
		func() error { return d.ResumeVisit(t.Context(), token, d.now) },
		func() error { return d.ResetFeed(t.Context(), token, d.now) },
		func() error {
			return d.Choose(t.Context(), token, tidings.Wish{Choices: []tidings.Choice{weekly("topic:trade")}}, d.now)
		},
		func() error {
			return d.Choose(t.Context(), token, tidings.Wish{Choices: []tidings.Choice{daily("topic:energy")}}, d.now)
		},
		func() error { return d.Choose(t.Context(), token, tidings.Wish{Zone: "Europe/Paris"}, d.now) },
	}
	for i := range 60 {
		if err := steps[i%len(steps)](); err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
		d.pass(time.Second)
	}
	said, audited, requests := len(d.record(t)), d.audited(t), d.rows(t)["requests"]
	for _, step := range append(steps[:1:1], steps[2:]...) { // not paused, there is nothing to resume
		invalid := (*tidings.InvalidError)(nil)
		if err := step(); !errors.As(err, &invalid) || invalid.Reason != "too many changes in an hour" {
			t.Errorf("over the limit: %v", err)
		}
	}
	if a, b, c := len(d.record(t)), d.audited(t), d.rows(t)["requests"]; a != said || b != audited || c != requests {
		t.Errorf("what was refused has written: %d %d %d, want %d %d %d", a, b, c, said, audited, requests)
	}
	d.pass(time.Hour)
	if err := steps[2](); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	for range 59 {
		if err := steps[2](); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.LeaveVisit(t.Context(), token, d.now); err != nil || d.stored(t).State != tidings.Left {
		t.Errorf("leaving: %v", err)
	}
}

func TestAStepThatChangesNothingWritesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.own(t)
	both := []tidings.Choice{daily("topic:energy"), weekly("topic:trade")}
	until := d.now.Add(48 * time.Hour)
	choose := func(w tidings.Wish) func() error {
		return func() error { return d.Choose(t.Context(), token, w, d.now) }
	}
	pause := func() error { return d.PauseVisit(t.Context(), token, until, d.now) }
	for _, step := range []func() error{choose(tidings.Wish{Choices: both, Language: "en", Zone: "Asia/Seoul"}), pause} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	said, audited, requests := len(d.record(t)), d.audited(t), d.rows(t)["requests"]
	for name, step := range map[string]func() error{
		"the same choices":     choose(tidings.Wish{Choices: both, Zone: "Asia/Seoul"}),
		"in another order":     choose(tidings.Wish{Choices: []tidings.Choice{both[1], both[0]}}),
		"the same one":         choose(tidings.Wish{Swap: &tidings.Swap{Was: tidings.Daily, Wanted: &both[0]}}),
		"the same zone":        choose(tidings.Wish{Zone: "Asia/Seoul"}),
		"the same language":    choose(tidings.Wish{Language: "en"}),
		"nothing":              choose(tidings.Wish{}),
		"paused until the day": pause,
	} {
		for range 70 {
			if err := step(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if a, b, c := len(d.record(t)), d.audited(t), d.rows(t)["requests"]; a != said || b != audited || c != requests {
			t.Errorf("%s: %d entries of consent, %d of the audit log, %d requests, want %d %d %d", name, a, b, c, said, audited, requests)
		}
	}
}
