package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// daily has some readers of a daily digest, and two who get each release at once.
func daily(t *testing.T, readers int) *store.DB {
	t.Helper()
	db := storetest.New(t)
	for n := range readers {
		storetest.Subscribe(t, db, at(0), fmt.Sprintf("daily%d@example.org", n), storetest.To(t, tidings.Daily, ""))
	}
	for n := range 2 {
		storetest.Subscribe(t, db, at(0), fmt.Sprintf("hasty%d@example.org", n), storetest.To(t, tidings.Immediate, ""))
	}
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	return db
}

// later defers these, until a minute.
func later(t *testing.T, db *store.DB, minute int, all ...tidings.Delivery) {
	t.Helper()
	for _, d := range all {
		settle(t, db, tidings.Outcome{
			Delivery: d.ID, State: tidings.DeliveryDeferred, Attempts: 1, Next: at(minute), Reply: "451 greylisted", At: at(2),
		})
	}
}

// kinds are who is claimed, one after the other, by the first letter.
func kinds(t *testing.T, db *store.DB, minute, limit, times int) (got string) {
	t.Helper()
	for range times {
		for _, d := range claim(t, db, at(minute), limit) {
			got += d.Address[:1]
		}
		got += " "
	}
	return strings.TrimSpace(got)
}

func TestWhatWasToGoOutAtOnceAndCameBackGoesBeforeDigestsThatNobodyTried(t *testing.T) {
	t.Parallel()
	db := daily(t, 6)
	openRun(t, db, tidings.Immediate, at(2))
	later(t, db, 7, claim(t, db, at(2), 2)...)
	openRun(t, db, tidings.Daily, at(3))
	if got := kinds(t, db, 6, 2, 1) + " " + kinds(t, db, 7, 1, 3) + " " + kinds(t, db, 7, 5, 1); got != "dd h h d ddd" {
		t.Errorf("%s", got)
	}
}

func TestWhatIsToGoOutAtOnceGoesBeforeDigestsThatCameBack(t *testing.T) {
	t.Parallel()
	db := daily(t, 4)
	openRun(t, db, tidings.Daily, at(2))
	later(t, db, 3, claim(t, db, at(2), 4)...)
	openRun(t, db, tidings.Immediate, at(5))
	if got := kinds(t, db, 6, 1, 3) + " " + kinds(t, db, 6, 5, 1); got != "h h d ddd" {
		t.Errorf("%s", got)
	}
}

// Of what goes out at once, what waited before a run was made still goes before that.
func TestWhatWaitedLongestGoesFirstOfWhatGoesOutAtOnce(t *testing.T) {
	t.Parallel()
	db := daily(t, 1)
	openRun(t, db, tidings.Immediate, at(2))
	first := claim(t, db, at(2), 2)
	later(t, db, 3, first[1])
	later(t, db, 9, first[0])
	storetest.Save(t, db, at(5), tidings.Release{Slug: "b"})
	run, _ := openRun(t, db, tidings.Immediate, at(5))
	openRun(t, db, tidings.Daily, at(6))
	got := ""
	for _, d := range claim(t, db, at(10), 10) {
		got += fmt.Sprintf("%s%v ", d.Address[:6], d.RunID == run.ID)
	}
	if got != "hasty1false hasty0true hasty1true hasty0false daily0false " {
		t.Errorf("%s", got)
	}
}
