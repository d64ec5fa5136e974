package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

const year = 365 * 24 * 60 // in minutes

// whoPutsRight are those who do.
func whoPutsRight(t *testing.T) map[string]func(db *store.DB, now time.Time) {
	t.Helper()
	do := func(who string, f func(context.Context) error) {
		if err := f(t.Context()); err != nil {
			t.Errorf("%s: %v", who, err)
		}
	}
	return map[string]func(*store.DB, time.Time){
		"a sender that starts": func(db *store.DB, now time.Time) {
			do("start", func(ctx context.Context) error { _, err := db.TakeInstance(ctx, now); return err })
		},
		"a daemon that runs": func(db *store.DB, now time.Time) {
			do("run", func(ctx context.Context) error { _, err := db.Forget(ctx, tidings.Retention{}, now); return err })
		},
	}
}

func TestAClockThatRanAheadOnceKeepsNoMailBack(t *testing.T) {
	t.Parallel()
	for who, putRight := range whoPutsRight(t) {
		db := outbox(t, 5)
		store.Post(t, db, at(2), confirming(t, "new@example.net"))
		for i, d := range claim(t, db, at(3), 4) {
			settle(t, db, tidings.Outcome{
				Delivery: d.ID, Letter: d.Letter != nil, Attempts: 1, Next: at(year + 5), At: at(year), State: []tidings.DeliveryState{
					tidings.DeliveryDeferred, tidings.DeliveryDeferred, tidings.DeliveryUncertain, tidings.DeliveryPending,
				}[i],
			})
		}
		fourth := claim(t, db, at(4), 1)[0] // waits for an hour, and does so still
		settle(t, db, tidings.Outcome{Delivery: fourth.ID, Attempts: 1, Next: at(64), At: at(4), State: tidings.DeliveryDeferred})
		putRight(db, at(4))
		for _, c := range []struct{ minute, want int }{{63, 1}, {64, 1}, {4 + 8*60 - 1, 0}, {4 + 8*60, 4}} {
			if got := claim(t, db, at(c.minute), 9); len(got) != c.want {
				t.Errorf("%s: %d mails in minute %d, want %d", who, len(got), c.minute, c.want)
			}
		}
	}
}

func TestARunOfAClockThatRanAheadGoesUnlessThePressOfficeIsToSeeIt(t *testing.T) {
	t.Parallel()
	for who, putRight := range whoPutsRight(t) {
		db := storetest.New(t)
		storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""), storetest.To(t, tidings.Weekly, "lang:en"))
		storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
		openRun(t, db, tidings.Daily, at(year))
		seen := newRun(tidings.Weekly, at(year))
		seen.Goes = at(year + 30)
		if opened, err := db.OpenRun(t.Context(), seen, takeAll(&seen.UpTo)); err != nil || !opened {
			t.Fatal(opened, err)
		}
		for range 2 {
			putRight(db, at(10))
		}
		if got := claim(t, db, at(11), 9); len(got) != 1 || got[0].Cadence != tidings.Daily {
			t.Errorf("%s: %+v", who, got)
		}
		if r, err := db.Run(t.Context(), seen.ID); err != nil || !r.Run.Goes.Equal(at(year+30)) {
			t.Errorf("%s: %+v, %v", who, r, err)
		}
	}
}
