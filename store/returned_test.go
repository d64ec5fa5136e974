package store_test

import (
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// TestWhatCameBackAfterItWasSentIsToldFromWhatTheRelayRefused has three mails of one run: one came back, one its reader complained of, and one the
// relay refused at first, and took later.
func TestWhatCameBackAfterItWasSentIsToldFromWhatTheRelayRefused(t *testing.T) {
	t.Parallel()
	db := outbox(t, 3)
	mailOn(t, db, 0)
	mails := pathsOf(2, 3)
	take(t, db, mails[0], "5.2.2", day(1))
	take(t, db, mails[1], "", day(1))
	refused := tidings.Bounce{Mail: mails[2], Kind: tidings.Bounced, Status: "4.2.2", Via: "relay"}
	if _, err := db.TakeBounce(t.Context(), refused, day(0)); err != nil {
		t.Fatal(err)
	}
	if bounced, complained, err := db.RunReturns(t.Context(), 2); bounced != 1 || complained != 1 || err != nil {
		t.Errorf("%d came back, %d complained, %v", bounced, complained, err)
	}
	for i, want := range []int{1, 1, 0} {
		if said, err := db.Returns(t.Context(), mails[i].ID); len(said) != want || err != nil {
			t.Errorf("of mail %d: %+v, %v", i+1, said, err)
		}
	}
	r, err := db.DeskRelease(t.Context(), "day-0")
	if err != nil {
		t.Fatal(err)
	}
	shares, err := db.Audience(t.Context(), &r, func(tidings.Filter) bool { return true }, nil, 0)
	fates := map[store.Fate]int{}
	for _, s := range shares {
		fates[s.Fate] = s.Subscribers
	}
	if err != nil || fates[store.FateReturned] != 1 || fates[store.FateSent] != 2 {
		t.Errorf("%v, %v", fates, err)
	}
}

// pathsOf are the mails of a run to so many subscribers.
func pathsOf(run, n int64) (mails []tidings.ReturnPath) {
	for i := range n {
		mails = append(mails, tidings.ReturnPath{Kind: tidings.DeliveryMail, ID: run<<25 + i + 1})
	}
	return mails
}
