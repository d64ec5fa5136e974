package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

// fates are the shares of a release among daily readers.
func (n *newsroom) fates(r *tidings.Release) map[Fate]int {
	n.Helper()
	now, err := releaseByID(n.Context(), n.db.readers, r.ID)
	n.must(err)
	doc := tidings.NewDoc(&now, time.UTC)
	shares, err := n.db.Audience(n.Context(), &now, func(f tidings.Filter) bool { return f.MatchDoc(doc) }, nil, 0)
	n.must(err)
	found := map[Fate]int{}
	for _, s := range shares {
		found[s.Fate] = s.Subscribers
	}
	return found
}

func TestAudienceSaysWhatBecomesOfARelease(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, "kim", "lee")
	n.join("park", "hydrogen")
	steel := n.save("steel", "en", "Steel", "")
	want := func(r *tidings.Release, want map[Fate]int) {
		t.Helper()
		if diff := cmp.Diff(want, n.fates(r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.Slug, diff)
		}
	}
	want(&steel, map[Fate]int{FateDue: 2, FateMismatch: 1})
	n.join("choi", "")
	n.run(tidings.DeliveryDeferred)
	want(&steel, map[Fate]int{FateWaiting: 3, FateLate: 1}) // this fixture's runs ask no filter
	korean := n.save("철강", "ko", "철강", "")
	want(&korean, map[Fate]int{FateTranslation: 3, FateDue: 1})
	n.must(n.db.Withdraw(t.Context(), steel.ID, tidings.Withdrawal{}, at(n.now), "test"))
	want(&steel, map[Fate]int{FatePulled: 3, FateWithdrawn: 1})
	want(&korean, map[Fate]int{FateDue: 3, FateMismatch: 1}) // they will never see the other version
	n.must(n.db.RemoveSubscriber(t.Context(), "kim@example.org", at(n.now), "test"))
	want(&steel, map[Fate]int{FatePulled: 2, FateWithdrawn: 1})
}

// The mailer finds nothing left of a mail, since what was in it is withdrawn: that is not the reader's doing.
func TestWhoLeftIsToldFromWhoseMailBecameEmpty(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, "kim", "lee", "park", "choi", "han")
	steel := n.save("steel", "en", "Steel", "")
	n.run(tidings.DeliveryDeferred)
	n.now++
	n.must(n.db.Withdraw(t.Context(), steel.ID, tidings.Withdrawal{}, at(n.now), "test"))
	leave := func(name string, state tidings.SubscriberState) {
		t.Helper()
		n.must(n.db.UpdateSubscriber(t.Context(), name+"@example.org", at(n.now), "test", func(s *tidings.Subscriber) error {
			s.State = state
			return nil
		}))
	}
	want := func(want map[Fate]int) {
		t.Helper()
		if diff := cmp.Diff(want, n.fates(&steel)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	want(map[Fate]int{FatePulled: 5})
	leave("lee", tidings.Left)
	leave("park", tidings.Suppressed)
	want(map[Fate]int{FatePulled: 3, FateDropped: 2})
	claimed, err := n.db.Claim(t.Context(), at(n.now), 100)
	n.must(err)
	outcomes := make([]tidings.Outcome, len(claimed))
	for i, d := range claimed {
		outcomes[i] = tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySuppressed, At: at(n.now)}
	}
	n.must(n.db.Settle(t.Context(), outcomes))
	want(map[Fate]int{FatePulled: 3, FateDropped: 2})
	n.now++
	leave("choi", tidings.Left) // long after the mail had come to its end
	want(map[Fate]int{FatePulled: 3, FateDropped: 2})
}

// What went out whole, and of which nobody knows whether it came, is no "no", whatever was withdrawn since.
func TestWhatMayHaveComeIsNotToldAsPulled(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, "kim")
	steel := n.save("steel", "en", "Steel", "")
	n.run(tidings.DeliveryUncertain)
	n.now++
	n.must(n.db.Withdraw(t.Context(), steel.ID, tidings.Withdrawal{}, at(n.now), "test"))
	for _, state := range []tidings.DeliveryState{"", tidings.DeliveryUncertain, tidings.DeliveryHeld} {
		if state != "" {
			n.now += 60
			claimed, err := n.db.Claim(t.Context(), at(n.now), 100)
			n.must(err)
			n.must(n.db.Settle(t.Context(), []tidings.Outcome{{
				Delivery: claimed[0].ID, State: state, At: at(n.now), Reply: "no reply after the dot: EOF", Next: at(n.now),
			}}))
		}
		if diff := cmp.Diff(map[Fate]int{FateWaiting: 1}, n.fates(&steel)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", state, diff)
		}
	}
}

func TestAnAudienceIsCountedByIndex(t *testing.T) {
	t.Parallel()
	got := plan(t, open(t).writer, audienceQuery, 1, "[]", "[]", 0)
	for _, step := range []string{
		"SEARCH x USING INDEX run_entries_release (release_id=?)", "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		"SEARCH p USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH h USING AUTOMATIC", "SEARCH t USING AUTOMATIC",
	} {
		if !strings.Contains(got, step) {
			t.Errorf("no %s:\n%s", step, got)
		}
	}
}
