package mailer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/mailer/mailbox"
)

// twoBoxes is an office whose relays take addresses outside ASCII or do not, with readers of whom every second has one.
type twoBoxes struct {
	*underFire
	boxes [2]*mailbox.Box
	down  func() bool // the second relay is
}

func newTwoBoxes(t *testing.T, readers int, lacks [2]bool) *twoBoxes {
	t.Helper()
	b := &twoBoxes{underFire: newFire(t, 0), down: func() bool { return false }}
	now := time.Now()
	part := make([]tidings.Enrolment, readers)
	for i := range part {
		part[i].Subscriber = tidings.Subscriber{
			Address: fmt.Sprintf("%s%d@example%d.com", []string{"한국", "reader"}[i%2], i, i), Language: "en", State: tidings.Active,
			Consent:       tidings.Consent{Basis: "asked", By: "test", At: now},
			Subscriptions: []tidings.Subscription{{Cadence: tidings.Weekly, Zone: "UTC", Hour: tidings.AnyHour}},
		}
	}
	must(b.db.Enrol(t.Context(), part, now, "test"))(t)
	b.readers = readers
	var relays [2]*Relay
	for i := range relays {
		listener := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
		b.boxes[i] = mailbox.Serve(listener, mailbox.Options{NoUTF8: lacks[i], Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.Dot {
				<-time.After(100 * time.Millisecond)
			}
			return nil
		}})
		t.Cleanup(closing(b.boxes[i]))
		relays[i] = &Relay{Host: "localhost", Port: 25 + i, Security: Plain, Dial: listener.dial}
	}
	works := relays[1].Dial
	relays[1].Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if b.down() {
			return nil, errors.New("connection refused")
		}
		return works(ctx, network, addr)
	}
	b.scene(1, faulty.Options{}) // for its run
	b.relay, b.more = relays[0], relays[1:]
	return b
}

// took is how many mails a relay took, and how many of them to addresses outside ASCII.
func (b *twoBoxes) took(relay int) (all, international int) {
	mails := b.boxes[relay].Mails()
	for _, m := range mails {
		if strings.HasPrefix(m.To, "한국") {
			international++
		}
	}
	return len(mails), international
}

func TestAMailToAnInternationalAddressGoesByTheRelayThatCanTakeIt(t *testing.T) {
	t.Parallel()
	for name, spare := range map[string]bool{"beside the other": false, "which is a fallback": true} {
		for domains, perDomain := range map[string]int{"": 0, ", with a limit for each domain": 1} {
			t.Run(name+domains, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newTwoBoxes(t, 60, [2]bool{true, false})
					b.more[0].Fallback = spare
					m := b.mailer(2)
					m.PerDomain = perDomain
					b.drainWith(m, nil)
					b.sent()
					first, none := b.took(0)
					second, international := b.took(1)
					if first+second != 60 || none != 0 || international != 30 || spare && second != 30 {
						t.Errorf("the one took %d and %d, the other %d and %d", first, none, second, international)
					}
					b.part()
				})
			})
		}
	}
}

// The relay that can take it has found nothing to do, and left, before the other knows that it cannot.
func TestOneMailToAnInternationalAddressIsEnoughToCallTheRelayThatCanTakeIt(t *testing.T) {
	t.Parallel()
	for n := range 6 { // whichever of the two gets it first
		synctest.Test(t, func(t *testing.T) {
			b := newTwoBoxes(t, 1, [2]bool{n%2 == 0, n%2 != 0})
			b.drainWith(b.mailer(1), nil)
			b.sent()
			b.part()
		})
	}
}

func TestAMailToAnInternationalAddressFailsOnlyWhenNoRelayCanTakeIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newTwoBoxes(t, 20, [2]bool{true, true})
		b.drainWith(b.mailer(2), nil)
		if states := b.states(20); states[tidings.DeliverySent] != 10 || states[tidings.DeliveryFailed] != 10 {
			t.Errorf("%v", states)
		}
		b.part()
	})
}

func TestAMailToAnInternationalAddressWaitsForARelayThatIsAway(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"and was never seen": false, "and could not when it was last seen": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newTwoBoxes(t, 40, [2]bool{true, false})
				back := time.Now().Add(10 * time.Minute)
				b.down = func() bool { return time.Now().Before(back) }
				m := b.mailer(2)
				m.routes[1].noUTF8.Store(known)
				if known {
					for range breakerFaults {
						m.routes[1].breaker.fault(ErrRelay, time.Now())
					}
				}
				stop := running(t, m)
				<-time.After(9*time.Minute + 30*time.Second)
				if all, _ := b.took(0); all != 20 {
					t.Errorf("the one that works took %d", all)
				}
				for n := range 20 {
					if d := b.delivery(int64(2*n + 1)); d.State != tidings.DeliveryDeferred || d.Attempts != 0 || d.LastReply != needsOther {
						t.Errorf("%s is %s after %d attempts: %s", d.Address, d.State, d.Attempts, d.LastReply)
					}
				}
				<-time.After(8 * time.Minute)
				stop()
				b.sent()
				if _, n := b.took(1); n != 20 {
					t.Errorf("the other took %d", n)
				}
				b.part()
			})
		})
	}
}
