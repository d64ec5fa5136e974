package store_test

import (
	"testing"

	"github.com/tidings/tidings"
)

func TestWhatMayHaveArrivedIsToldSoHoweverItEnds(t *testing.T) {
	t.Parallel()
	const silence = "no reply after the dot: EOF"
	for _, c := range []struct {
		promise string
		state   tidings.DeliveryState
		reply   string
		want    string // of what is kept, when the run is cancelled
		left    string // likewise, when they leave
	}{
		{
			"nobody knows", tidings.DeliveryUncertain, silence, "it may have arrived before the run was cancelled: a wrong figure",
			"it may have arrived before they were not to be written to any more: " + silence,
		},
		{
			"a person is to look", tidings.DeliveryHeld, silence, "it may have arrived before the run was cancelled: a wrong figure",
			"it may have arrived before they were not to be written to any more: " + silence,
		},
		{"it was refused", tidings.DeliveryHeld, "554 no", "the run was cancelled: a wrong figure", "554 no"},
	} {
		for leaves, want := range map[bool]string{false: c.want, true: c.left} {
			db := outbox(t, 1)
			d := claim(t, db, at(2), 1)[0]
			settle(t, db, tidings.Outcome{Delivery: d.ID, State: c.state, Attempts: 1, Next: at(60), Reply: c.reply, At: at(3)})
			if leaves {
				setState(t, db, "s1@example.org", at(4), tidings.Left)
			} else if _, err := db.Cancel(t.Context(), 1, "a wrong figure", at(4), "test"); err != nil {
				t.Fatal(err)
			}
			past, err := db.Deliveries(t.Context(), 1, 0)
			if err != nil || past[0].State != tidings.DeliverySuppressed || past[0].LastReply != want {
				t.Errorf("%s: %s, %q, %v, want %q", c.promise, past[0].State, past[0].LastReply, err, want)
			}
		}
	}
}

func TestWhatMayHaveArrivedMayStillWhenItsNextAttemptWasCutOffBeforeItBegan(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	if _, err := db.Recover(t.Context(), at(1)); err != nil {
		t.Fatal(err)
	}
	wire := claim(t, db, at(2), 2)
	traced := []tidings.Trace{}
	for _, d := range wire {
		for _, step := range []tidings.TraceStep{tidings.TraceBegun, tidings.TraceEnded} {
			traced = append(traced, tidings.Trace{Run: 1, MessageID: d.MessageID, Step: step})
		}
	}
	if err := db.Trace(t.Context(), traced); err != nil {
		t.Fatal(err)
	}
	settle(t, db,
		tidings.Outcome{Delivery: wire[0].ID, State: tidings.DeliveryUncertain, Attempts: 1, Next: at(20), Reply: "no reply after the dot: EOF", At: at(3)},
		tidings.Outcome{Delivery: wire[1].ID, State: tidings.DeliveryDeferred, Attempts: 1, Next: at(20), Reply: "451 later", At: at(3)})
	if again := claim(t, db, at(30), 2); len(again) != 2 {
		t.Fatalf("%d claimed", len(again))
	}
	if unknown, err := db.Recover(t.Context(), at(31)); err != nil || unknown != 0 {
		t.Errorf("%d unknown, %v", unknown, err)
	}
	if got := states(t, db, 2); got != "uncertain deferred" {
		t.Errorf("got %s", got)
	}
}

func TestWhatMayHaveArrivedMayStillAfterAPause(t *testing.T) {
	t.Parallel()
	db := outbox(t, 3)
	wire := claim(t, db, at(2), 2) // the third is paused before anything of theirs went out
	settle(t, db,
		tidings.Outcome{Delivery: wire[0].ID, State: tidings.DeliveryUncertain, Attempts: 1, Next: at(20), Reply: "no reply after the dot: EOF", At: at(3)},
		tidings.Outcome{Delivery: wire[1].ID, State: tidings.DeliveryDeferred, Attempts: 1, Next: at(20), Reply: "451 later", At: at(3)})
	for _, who := range []string{"s1@example.org", "s2@example.org", "s3@example.org"} {
		setState(t, db, who, at(4), tidings.Paused)
		setState(t, db, who, at(5), tidings.Active)
	}
	if got := states(t, db, 3); got != "uncertain pending pending" {
		t.Errorf("got %s", got)
	}
	if got := claim(t, db, at(30), 9); len(got) != 3 || got[2].Subscriber != 1 {
		t.Errorf("%+v, want three, and last the one that may be there", got)
	}
}
