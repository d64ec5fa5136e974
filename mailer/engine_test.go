package mailer

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// running runs a mailer until stop, which waits for its end.
func running(t *testing.T, m *Mailer) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestDeferredDeliveryArrivesAfterItsBackOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := mailbox.Refusal(451, "4.3.0", "later")
		o := newOffice(t, 1, mailbox.Options{Reply: at(mailbox.To, busy, busy)})
		started := time.Now()
		stop := running(t, o.mailer(2))
		<-time.After(19 * time.Minute)
		o.want(tidings.DeliveryDeferred, 2, 0)
		<-time.After(2 * time.Minute) // 5 and 15 minutes are over
		d := o.want(tidings.DeliverySent, 3, 1)
		if after := d.Settled.Sub(started).Round(time.Second); after != 20*time.Minute {
			t.Errorf("it arrived after %v", after)
		}
		stop()
	})
}

func TestDeliveryIsGivenUpWhenItsCadenceSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: always(mailbox.Dot, mailbox.Refusal(452, "4.2.2", "full"))})
		o.idle = true
		m := o.mailer(1)
		days, least := 5, 15
		if testing.Short() { // under the race detector: see Makefile
			days, least = 2, 8
			m.GiveUp[tidings.Weekly] = 48 * time.Hour
		}
		stop := running(t, m)
		<-time.After(time.Duration(days-1) * 24 * time.Hour)
		if d := o.delivery(1); d.State != tidings.DeliveryDeferred {
			t.Errorf("a day before its time it is %s", d.State)
		}
		<-time.After(24 * time.Hour)
		if d := o.delivery(1); d.State != tidings.DeliveryFailed || d.Attempts < least {
			t.Errorf("after %d days it is %s after %d attempts", days, d.State, d.Attempts)
		}
		stop()
	})
}

func TestRelayAwayCountsNoAttemptAndIsProbedEverLessOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5, mailbox.Options{})
		works, dial := o.relay.Dial, atomic.Int64{}
		back := time.Now().Add(time.Hour)
		o.relay.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dial.Add(1); time.Now().Before(back) {
				return nil, errors.New("connection refused")
			}
			return works(ctx, network, addr)
		}
		stop := running(t, o.mailer(1))
		<-time.After(59 * time.Minute)
		o.want(tidings.DeliveryPending, 0, 0)
		// 3 at once, then after 15 s, 30 s, 1, 2, 4 minutes, and every 5 from there
		if n := dial.Load(); n < 15 || n > 20 {
			t.Errorf("%d connections were tried", n)
		}
		<-time.After(6 * time.Minute)
		o.want(tidings.DeliverySent, 1, 5)
		stop()
	})
}

func TestServiceClosingAtAnyPhaseIsTheRelaysFault(t *testing.T) {
	t.Parallel()
	for _, phase := range []mailbox.Phase{mailbox.Hello, mailbox.From, mailbox.To, mailbox.Dot} {
		t.Run(string(phase), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				closing := mailbox.Refusal(421, "4.3.2", "closing")
				o := newOffice(t, 1, mailbox.Options{Reply: at(phase, closing, closing, closing)})
				sum, err := o.mailer(1).Drain(t.Context())
				if phase == mailbox.Hello && err == nil { // go-mail tries HELO after EHLO: half as many faults
					o.want(tidings.DeliverySent, 1, 1)
					return
				}
				if !errors.Is(err, ErrRelay) || sum != (Summary{}) {
					t.Errorf("%+v, %v", sum, err)
				}
				o.want(tidings.DeliveryPending, 0, 0)
				if got := o.drain(); got.Sent != 1 {
					t.Errorf("later: %+v", got)
				}
			})
		})
	}
}

func TestSilenceAfterTheDotIsTriedAgainWithTheSameOctets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: at(mailbox.Dot, mailbox.ErrHangUp)})
		stop := running(t, o.mailer(2))
		<-time.After(14 * time.Minute)
		o.want(tidings.DeliveryUncertain, 1, 1)
		<-time.After(2 * time.Minute)
		o.want(tidings.DeliverySent, 2, 2)
		stop()
		mails := o.box.Mails()
		if !bytes.Equal(mails[0].Data, mails[1].Data) {
			t.Error("the copy differs")
		}
		if v := must(mailbox.Read(mails[1].Data))(t); v.MessageID != o.delivery(1).MessageID {
			t.Errorf("Message-ID %s", v.MessageID)
		}
	})
}

func TestThirdSilenceWaitsForAPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: always(mailbox.Dot, mailbox.ErrHangUp)})
		o.idle = true
		stop := running(t, o.mailer(1))
		<-time.After(24 * time.Hour)
		o.want(tidings.DeliveryHeld, 3, 3)
		stop()
	})
}

func TestRelaySilentAfterEveryDotIsLeftAloneAfterThree(t *testing.T) {
	t.Parallel()
	for _, connections := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			mended := time.Now().Add(10 * time.Minute)
			o := newOffice(t, 60, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
				if p == mailbox.Dot && time.Now().Before(mended) {
					return mailbox.ErrHangUp
				}
				return nil
			}})
			stop := running(t, o.mailer(connections))
			<-time.After(10 * time.Second) // before the first probe
			if n := len(o.box.Mails()); n < breakerFaults || n > breakerFaults+connections-1 {
				t.Errorf("%d connections: %d mails arrived before it was left alone", connections, n)
			}
			o.want(tidings.DeliveryUncertain, 1, len(o.box.Mails()))
			<-time.After(9 * time.Minute) // probes after 15 s, 30 s, 1, 2 and 4 minutes
			if n := len(o.box.Mails()); n > 2*breakerFaults+connections+1 {
				t.Errorf("%d connections: %d mails arrived after ten minutes of probes", connections, n)
			}
			<-time.After(time.Hour)
			stop()
			for n := int64(1); n <= 60; n++ {
				if d := o.delivery(n); d.State != tidings.DeliverySent {
					t.Errorf("%d connections: delivery %d is %s", connections, n, d.State)
				}
			}
		})
	}
}

func TestSilenceNowAndThenIsNoFaultOfTheRelay(t *testing.T) {
	t.Parallel()
	var dots atomic.Int64
	o := overTCP(t, 30, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
		if p == mailbox.Dot && dots.Add(1)%3 != 0 { // two in a row, and no third
			return mailbox.ErrHangUp
		}
		return nil
	}})
	if got := o.drain(); got.Sent != 10 || got.Uncertain != 20 {
		t.Errorf("%+v", got)
	}
}

func TestHungRelayIsLeftAtItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		o := newOffice(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.Dot {
				<-hang
				return mailbox.Refusal(451, "4.0.0", "too late")
			}
			return nil
		}})
		started := time.Now()
		if got := o.drain(); got.Uncertain != 1 || time.Since(started) != dotTimeout {
			t.Errorf("%+v after %v", got, time.Since(started))
		}
		close(hang)
	})
}

func TestAddressThatIsGoneIsSuppressed(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]tidings.SubscriberState{
		"5.1.1": tidings.Suppressed, "5.1.10": tidings.Suppressed, "5.2.1": tidings.Suppressed,
		"5.2.2": tidings.Active, "5.7.1": tidings.Active, "": tidings.Active,
	} {
		t.Run(reply, func(t *testing.T) {
			t.Parallel()
			no := mailbox.Refusal(550, reply, "no, says 5.1.1")
			o := overTCP(t, 2, mailbox.Options{Reply: at(mailbox.To, nil, no)})
			o.drain()
			if d := o.delivery(2); d.State != tidings.DeliveryFailed || d.Attempts != 1 {
				t.Errorf("it is %s after %d attempts", d.State, d.Attempts)
			}
			if s := must(o.db.Subscriber(t.Context(), "reader0001@example.com"))(t); s.State != want {
				t.Errorf("%q makes the subscriber %s, not %s", reply, s.State, want)
			}
		})
	}
}

func TestRunIsHeldWhenTheRelayRefusesItsMessages(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 40, mailbox.Options{Reply: always(mailbox.Dot, mailbox.Refusal(554, "5.6.0", "spam"))})
	if got := o.drain(); got.Failed != 0 || got.Held != 40 {
		t.Errorf("%+v", got)
	}
}

func TestOneConnectionCarriesManyMessages(t *testing.T) {
	t.Parallel()
	var hellos atomic.Int64
	o := overTCP(t, 50, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
		if p == mailbox.Hello {
			hellos.Add(1)
		}
		return nil
	}})
	if got := o.drain(); got.Sent != 50 || hellos.Load() != 1 {
		t.Errorf("%+v over %d connections", got, hellos.Load())
	}
}

func TestWithdrawnReleaseIsInNoMessageMadeAfterwards(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 3, mailbox.Options{})
	var sent atomic.Int64
	hook := func(d string) {
		r := must(o.db.Release(t.Context(), d))(t)
		if err := o.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "wrong"}, time.Now(), "test"); err != nil {
			t.Error(err)
		}
	}
	o.box = must(mailbox.Listen("127.0.0.1:0", mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
		if p != mailbox.To { // RCPT is answered before the message is made
			return nil
		}
		switch sent.Add(1) {
		case 2:
			hook("release-number-1")
		case 3:
			hook("release-number-2")
		}
		return nil
	}}))(t)
	t.Cleanup(closing(o.box))
	o.relay = relayTo(t, o.box.Addr())
	if got := o.drain(); got.Sent != 2 || got.Suppressed != 1 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []int{2, 1} {
		v := must(mailbox.Read(o.box.Mails()[i].Data))(t)
		if got := len(linksIn(v.Text)); got != want {
			t.Errorf("mail %d has %d releases, want %d", i+1, got, want)
		}
	}
}
