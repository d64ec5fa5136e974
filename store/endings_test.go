package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func suppress(t *testing.T, db *store.DB, address string, until, now time.Time) (fresh bool) {
	t.Helper()
	fresh, err := db.Suppress(t.Context(), address, "asked for silence", until, now, "desk")
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

// barred reports whether an address may not be added.
func barred(t *testing.T, db *store.DB, address string, now time.Time) bool {
	t.Helper()
	s := tidings.Subscriber{Address: address, Language: "en", State: tidings.Active, Consent: tidings.Consent{Basis: "asked", By: "test", At: now}}
	err := db.AddSubscriber(t.Context(), &s, now, "test")
	if err != nil && !errors.Is(err, tidings.ErrSuppressed) {
		t.Fatal(err)
	}
	return err != nil
}

func suppressions(t *testing.T, db *store.DB, now time.Time) []store.Suppression {
	t.Helper()
	all, err := db.Suppressions(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestASuppressionBarsUntilItsEndAndItsSubscriberHasLeftThen has nobody but time end it.
func TestASuppressionBarsUntilItsEndAndItsSubscriberHasLeftThen(t *testing.T) {
	t.Parallel()
	end := at(9)
	for what, ask := range map[string]func(t *testing.T, db *store.DB, now time.Time) bool{
		"add": func(t *testing.T, db *store.DB, now time.Time) bool {
			t.Helper()
			return barred(t, db, kim, now)
		},
		"import": func(t *testing.T, db *store.DB, now time.Time) bool {
			t.Helper()
			n := tidings.Enrolment{Subscriber: tidings.Subscriber{
				Address: kim, Language: "en", State: tidings.Active, Consent: tidings.Consent{Basis: "asked", By: "test", At: now},
			}}
			became, err := db.Enrol(t.Context(), []tidings.Enrolment{n}, now, "test")
			if err != nil {
				t.Fatal(err)
			}
			return became[0].Fate == tidings.FateBarred
		},
		"the daily forgetting": func(t *testing.T, db *store.DB, now time.Time) bool {
			t.Helper()
			f, err := db.Forget(t.Context(), tidings.Retention{}, now)
			if err != nil {
				t.Fatal(err)
			}
			return f.Suppressions == 0
		},
		"the schedule": func(t *testing.T, db *store.DB, now time.Time) bool {
			t.Helper()
			if n, err := db.ResumeDue(t.Context(), now); err != nil || n != 0 {
				t.Errorf("%d resumed, %v", n, err)
			}
			return len(suppressions(t, db, at(2))) > 0
		},
		"a change": func(t *testing.T, db *store.DB, now time.Time) bool {
			t.Helper()
			err := db.UpdateSubscriber(t.Context(), kim, now, "test", func(s *tidings.Subscriber) error {
				s.Language = "ko" + string(rune('a'+now.Minute()%26))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return len(suppressions(t, db, at(2))) > 0
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
			if !suppress(t, db, kim, end, at(1)) || get(t, db).State != tidings.Suppressed {
				t.Fatal("not suppressed")
			}
			if all := suppressions(t, db, at(2)); len(all) != 1 || !all[0].Until.Equal(end) || all[0].Address != kim {
				t.Errorf("%+v", all)
			}
			if !ask(t, db, end.Add(-time.Second)) || get(t, db).State != tidings.Suppressed {
				t.Errorf("over before its end: %s", get(t, db).State)
			}
			if ask(t, db, end) {
				t.Error("still there at its end")
			}
			if s := get(t, db); what != "add" && (s.State != tidings.Left && what != "import" || s.State == tidings.Active) {
				t.Errorf("the subscriber is %s", s.State)
			}
			if what == "import" { // who is known stays as they are: nothing changed, and nothing was written
				return
			}
			if all := suppressions(t, db, at(2)); len(all) != 0 {
				t.Errorf("left: %+v", all)
			}
			records, err := db.Audit(t.Context(), 0)
			n := 0
			for _, r := range records {
				if r.Action == "suppression.end" && r.Subject == "subscriber:1" {
					n++
				}
			}
			if err != nil || n != 1 {
				t.Errorf("%d in the audit log, %v", n, err)
			}
		})
	}
}

func TestOfTwoSuppressionsTheLongerOneHolds(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	p := mailOn(t, db, 0)
	if !suppress(t, db, "s1@example.org", day(9), day(1)) || suppress(t, db, "s1@example.org", day(8), day(1)) ||
		!suppress(t, db, "s1@example.org", day(10), day(1)) {
		t.Error("a shorter one counted, or a longer one did not")
	}
	if r := take(t, db, p, "", day(2)); !r.Suppressed { // a complaint holds for ever
		t.Errorf("%+v", r)
	}
	if suppress(t, db, "s1@example.org", day(400), day(3)) || !barred(t, db, "s1@example.org", day(300)) {
		t.Error("a complaint was forgotten")
	}
	if all := suppressions(t, db, at(2)); len(all) != 1 || !all[0].Until.IsZero() || all[0].Reason != "complained" {
		t.Errorf("%+v", all)
	}
}

// TestWhoIsErasedWhileSuppressedStaysErasedAfterTheEnd: no list brings them back, though they may come by themselves.
func TestWhoIsErasedWhileSuppressedStaysErasedAfterTheEnd(t *testing.T) {
	t.Parallel()
	for what, prepare := range map[string]func(db *store.DB) error{
		"suppressed, then erased": func(db *store.DB) error {
			suppress(t, db, kim, at(9), at(1))
			return db.RemoveSubscriber(t.Context(), kim, at(2), "test")
		},
		"erased, then suppressed": func(db *store.DB) error {
			err := db.RemoveSubscriber(t.Context(), kim, at(1), "test")
			suppress(t, db, kim, at(9), at(2))
			return err
		},
	} {
		db := storetest.New(t)
		storetest.Subscribe(t, db, at(0), kim)
		if err := prepare(db); err != nil {
			t.Fatal(err)
		}
		if all := suppressions(t, db, at(2)); len(all) != 1 || all[0].Erased {
			t.Errorf("%s: it bars also themselves: %+v", what, all)
		}
		if f, err := db.Forget(t.Context(), tidings.Retention{}, at(9)); err != nil || f.Suppressions != 1 {
			t.Errorf("%s: %+v, %v", what, f, err)
		}
		if all := suppressions(t, db, at(2)); len(all) != 1 || !all[0].Erased || !all[0].Until.IsZero() || !barred(t, db, kim, at(10)) {
			t.Errorf("%s: after its end: %+v", what, all)
		}
	}
}

func TestWhoIsErasedAfterTheEndWasNotSuppressed(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim)
	suppress(t, db, kim, at(2), at(1))
	if err := db.RemoveSubscriber(t.Context(), kim, at(3), "test"); err != nil {
		t.Fatal(err)
	}
	if all := suppressions(t, db, at(2)); len(all) != 1 || !all[0].Erased {
		t.Errorf("%+v", all)
	}
}

// TestASuppressionThatIsOverIsNeitherListedNorCounted looks before anything has swept it away; who was erased meanwhile stays so.
func TestASuppressionThatIsOverIsNeitherListedNorCounted(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim)
	suppress(t, db, kim, at(9), at(1))
	if err := db.RemoveSubscriber(t.Context(), kim, at(2), "test"); err != nil {
		t.Fatal(err)
	}
	suppress(t, db, "until@example.org", at(9), at(3))
	suppress(t, db, "ever@example.org", time.Time{}, at(4))
	for _, look := range []struct {
		at   time.Time
		want []store.Suppression
	}{
		{at(9).Add(-time.Millisecond), []store.Suppression{
			{Reason: "asked for silence", At: at(4)}, {Reason: "asked for silence", At: at(3), Until: at(9)}, {Reason: "asked for silence", At: at(1), Until: at(9)},
		}},
		{at(9), []store.Suppression{{Reason: "asked for silence", At: at(4)}, {Reason: "erased: they were suppressed", At: at(1), Erased: true}}},
	} {
		if all := suppressions(t, db, look.at); !slices.Equal(all, look.want) {
			t.Errorf("%v: %+v", look.at, all)
		}
		if r, err := db.Returned(t.Context(), at(0), look.at); err != nil || r.Suppressions != len(look.want) {
			t.Errorf("%v: %d are counted, %v", look.at, r.Suppressions, err)
		}
	}
	before := suppressions(t, db, at(9))
	if f, err := db.Forget(t.Context(), tidings.Retention{}, at(9)); err != nil || f.Suppressions != 2 {
		t.Errorf("%+v, %v", f, err)
	}
	if after := suppressions(t, db, at(9)); !slices.Equal(after, before) {
		t.Errorf("sweeping changed what is in force: %+v", after)
	}
}
