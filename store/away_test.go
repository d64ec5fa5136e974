package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestANoteOfRelaysThatAreAwayIsBelievedForAWhile(t *testing.T) {
	t.Parallel()
	db := open(t)
	ask := func(now time.Time) RelaysAway {
		t.Helper()
		away, err := db.RelaysAway(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		return away
	}
	if got := ask(at(0)); got.All || got.Relays != nil {
		t.Errorf("nobody has said anything: %+v", got)
	}
	want := RelaysAway{Relays: []RelayAway{{Relay: "relay.example.org:587", Since: at(0), Until: at(15), Why: "refused"}}, All: true}
	if err := db.NoteRelaysAway(t.Context(), at(1), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, ask(at(1).Add(AwayGood-time.Second))); diff != "" {
		t.Error(diff)
	}
	if got := ask(at(1).Add(AwayGood)); got.Relays != nil {
		t.Errorf("whoever said so is silent for long: %+v", got)
	}
	if err := db.NoteRelaysAway(t.Context(), at(99), want); err != nil {
		t.Fatal(err)
	}
	if got := ask(at(2)); got.Relays != nil {
		t.Errorf("whoever said so had a clock that ran ahead: %+v", got)
	}
	if err := db.NoteRelaysAway(t.Context(), at(2), RelaysAway{}); err != nil {
		t.Fatal(err)
	}
	if got := ask(at(2)); got.Relays != nil || got.All {
		t.Errorf("all work again: %+v", got)
	}
}
