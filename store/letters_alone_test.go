package store_test

import (
	"testing"

	"github.com/tidings/tidings/store"
)

func TestWhoAsksForLettersAloneGetsNothingElse(t *testing.T) {
	t.Parallel()
	db := outbox(t, 3)
	if next, err := db.NextLetter(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("no letter waits, but %v is due, %v", next, err)
	}
	store.Post(t, db, at(30), confirming(t, "one@example.net"), confirming(t, "two@example.net"))
	if next, err := db.NextLetter(t.Context()); err != nil || !next.Equal(at(30)) {
		t.Errorf("next due %v, %v", next, err)
	}
	got, err := db.ClaimLetters(t.Context(), at(31), 10)
	if err != nil || len(got) != 2 || got[0].Letter == nil || got[1].Letter == nil || !got[1].Claimed.Equal(at(31)) {
		t.Errorf("claimed %+v, %v", got, err)
	}
	if again, err := db.ClaimLetters(t.Context(), at(32), 10); err != nil || len(again) != 0 {
		t.Errorf("claimed again %+v, %v", again, err)
	}
	if rest := claim(t, db, at(32), 10); len(rest) != 3 {
		t.Errorf("claimed %d of 3 deliveries afterwards", len(rest))
	}
}
