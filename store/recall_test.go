package store_test

import (
	"testing"

	"github.com/tidings/tidings"
)

func TestWhatIsRecalledWaitsUnlessItsReaderIsGoneOrItHasNotFailed(t *testing.T) {
	t.Parallel()
	db := outbox(t, 5)
	wire := claim(t, db, at(3), 5)
	for i, state := range []tidings.DeliveryState{
		tidings.DeliveryFailed, tidings.DeliveryFailed, tidings.DeliveryFailed, tidings.DeliverySent, tidings.DeliveryDeferred,
	} {
		settle(t, db, tidings.Outcome{Delivery: wire[i].ID, State: state, Attempts: 1, Reply: "550 no", At: at(4)})
	}
	setState(t, db, "s2@example.org", at(5), tidings.Left)
	setState(t, db, "s3@example.org", at(5), tidings.Paused)
	for range 2 { // a Settle of unknown fate is repeated
		for i := range wire {
			settle(t, db, tidings.Outcome{Delivery: wire[i].ID, State: tidings.DeliveryHeld, Recalled: true, Reply: "it refused most", At: at(6)})
		}
	}
	if got := states(t, db, 5); got != "held failed held sent deferred" {
		t.Errorf("got %s", got)
	}
	d, err := db.Deliveries(t.Context(), 1, 0)
	if err != nil || d[0].LastReply != "it refused most: 550 no" || d[0].Attempts != 1 || !d[0].Settled.IsZero() {
		t.Errorf("%+v, %v", d, err)
	}
	if n, err := db.Retry(t.Context(), 1, at(7), "test"); err != nil || n != 2 {
		t.Errorf("%d are back: %v", n, err)
	}

	cancelled := outbox(t, 1)
	wire = claim(t, cancelled, at(3), 1)
	settle(t, cancelled, tidings.Outcome{Delivery: wire[0].ID, State: tidings.DeliveryFailed, Attempts: 1, Reply: "550 no", At: at(4)})
	if _, err := cancelled.Cancel(t.Context(), 1, "wrong", at(5), "test"); err != nil {
		t.Fatal(err)
	}
	settle(t, cancelled, tidings.Outcome{Delivery: wire[0].ID, State: tidings.DeliveryHeld, Recalled: true, At: at(6)})
	if got := states(t, cancelled, 1); got != "failed" {
		t.Errorf("of a run that was cancelled: %s", got)
	}
}
