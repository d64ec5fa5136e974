package store_test

import (
	"testing"

	"github.com/tidings/tidings"
)

func TestAPauseDoesNotTakeAMailOutOfTheWindowOfItsRun(t *testing.T) {
	t.Parallel()
	db := desk(t)
	for range 2 {
		setState(t, db, "s1@example.org", at(5), tidings.Paused)
		setState(t, db, "s1@example.org", at(6), tidings.Active)
	}
	setState(t, db, "s2@example.org", at(6), tidings.Paused)
	if n := waiting(t, db, 7); n != 0 {
		t.Errorf("%d mails may be sent before the window ends", n)
	}
	drop(t, db, 8, 1, 1)
	if n := len(claim(t, db, at(30), 9)); n != 2 {
		t.Errorf("%d claimed at its end, want those of the two who are there", n)
	}
	setState(t, db, "s2@example.org", at(31), tidings.Active)
	if n := len(claim(t, db, at(31), 9)); n != 1 {
		t.Errorf("%d claimed, want that of the one who is back", n)
	}
}

func TestAPauseDoesNotTakeAMailOutOfARunThatIsBeingDecided(t *testing.T) {
	t.Parallel()
	db := inParts(t, 7)
	apart(t, db, 7)
	cutOff(t, db, at(10), 2)
	setState(t, db, "s0@example.org", at(11), tidings.Paused)
	setState(t, db, "s0@example.org", at(12), tidings.Active)
	if n := waiting(t, db, 13); n != 0 {
		t.Errorf("%d mails of a run that is not decided", n)
	}
	run := newRun(tidings.Daily, at(14))
	if opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo)); err != nil || !opened || waiting(t, db, 15) != 7 {
		t.Errorf("opened %t, %v, or not all may be sent", opened, err)
	}
}

func TestWhoComesBackWhileTheirRunIsSentIsNotForgotten(t *testing.T) {
	t.Parallel()
	db := outbox(t, 4)
	for _, who := range []string{"s1@example.org", "s4@example.org"} {
		setState(t, db, who, at(3), tidings.Paused)
	}
	if n := len(claim(t, db, at(4), 1)); n != 1 { // it has come to s2
		t.Fatalf("%d claimed", n)
	}
	for _, who := range []string{"s1@example.org", "s4@example.org"} {
		setState(t, db, who, at(5), tidings.Active)
	}
	if n := waiting(t, db, 6); n != 3 {
		t.Errorf("%d may be sent, want 3", n)
	}
}
