package metrics

import (
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

func TestOutcomesAreCountedByTheRelaysClass(t *testing.T) {
	t.Parallel()
	for reply, class := range map[string]string{
		"550 5.1.1 no such user":                                   "5.1.1",
		"550 5.7.509 access denied":                                "5.7.x",
		"550-5.7.26 unauthenticated":                               "5.7.26",
		"452 full":                                                 "4xx",
		"given up after 6 attempts: 452 4.2.2 full":                "4.2.2",
		"no reply after the dot: i/o timeout":                      "none",
		"dial tcp 10.5.1.1:25: connection refused":                 "none",
		"554 from 10.5.1.1":                                        "5xx",
		"550 5.9.1 of no subject that there is (RFC 3463 §3.1: 7)": "5xx",
	} {
		if got := classOf(tidings.DeliveryFailed, reply); got != class {
			t.Errorf("%s is of class %s, want %s", reply, got, class)
		}
	}
	now := at(0)
	m := watched(storetest.New(t), &now)
	m.Settled(tidings.Outcome{State: tidings.DeliverySent, Reply: "250 2.0.0 queued"})
	m.Settled(tidings.Outcome{State: tidings.DeliveryFailed, Letter: true, Reply: "550 5.1.1 no"})
	want(t, scrape(t, m),
		`tidings_outcomes_total{class="2xx",kind="digest",outcome="sent"} 1`,
		`tidings_outcomes_total{class="5.1.1",kind="letter",outcome="failed"} 1`,
		`tidings_outcomes_total{class="none",kind="digest",outcome="uncertain"} 0`)
}

func TestEveryOutcomeIsThereBeforeTheFirstMail(t *testing.T) {
	t.Parallel()
	now := at(0)
	m := watched(storetest.New(t), &now)
	for _, outcome := range []string{"sent", "deferred", "failed", "uncertain", "held", "recalled", "suppressed", "pending"} {
		want(t, scrape(t, m), `tidings_mails_total{kind="digest",outcome="`+outcome+`"} 0`, `tidings_mails_total{kind="letter",outcome="`+outcome+`"} 0`)
	}
	m.Settled(tidings.Outcome{State: tidings.DeliveryFailed, Reply: "550 5.7.1 no"})
	m.Settled(tidings.Outcome{State: tidings.DeliveryFailed, Reply: "554 no"})
	want(t, scrape(t, m), `tidings_mails_total{kind="digest",outcome="failed"} 2`)
}

func TestWhatFailedAndIsHeldAfterAllIsCountedAsTakenBack(t *testing.T) {
	t.Parallel()
	now := at(0)
	m := watched(storetest.New(t), &now)
	m.Settled(tidings.Outcome{State: tidings.DeliveryFailed, Reply: "554 5.7.1 Relay access denied"})
	m.Settled(tidings.Outcome{State: tidings.DeliveryHeld, Recalled: true, Reply: "the relay refused all mails of this run"})
	m.Settled(tidings.Outcome{State: tidings.DeliveryHeld, Reply: "the relay refused all mails of this run"})
	want(t, scrape(t, m),
		`tidings_mails_total{kind="digest",outcome="failed"} 1`,
		`tidings_mails_total{kind="digest",outcome="recalled"} 1`,
		`tidings_mails_total{kind="digest",outcome="held"} 1`,
		`tidings_outcomes_total{class="none",kind="digest",outcome="recalled"} 1`)
}

func TestWhatWaitsForAPersonIsToldApartFromWhatWaitsForItsReader(t *testing.T) {
	t.Parallel()
	db, now := sent(t), at(10)
	m := watched(db, &now)
	want(t, scrape(t, m),
		`tidings_queue_mails{kind="digest",state="held"} 0`,
		`tidings_queue_mails{kind="digest",state="paused"} 0`)
	d, err := db.Claim(t.Context(), at(10), 1)
	if err != nil || len(d) != 1 {
		t.Fatal(d, err)
	}
	held := tidings.Outcome{Delivery: d[0].ID, State: tidings.DeliveryHeld, Attempts: 1, Reply: "no reply", At: at(10)}
	if err := db.Settle(t.Context(), []tidings.Outcome{held}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"a", "b", "c", "d"} { // the one whose mail waits for a person is among them
		if err := db.UpdateSubscriber(t.Context(), who+"@example.org", at(11), "test", func(s *tidings.Subscriber) error {
			s.State, s.PausedUntil = tidings.Paused, at(11).Add(48*time.Hour)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	now = at(12)
	want(t, scrape(t, m),
		`tidings_queue_mails{kind="digest",state="held"} 1`,
		`tidings_queue_mails{kind="digest",state="paused"} 1`)
}
