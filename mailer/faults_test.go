package mailer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// states counts the deliveries of the first n subscribers by state.
func (o *office) states(n int64) map[tidings.DeliveryState]int {
	o.t.Helper()
	found := map[tidings.DeliveryState]int{}
	for i := int64(1); i <= n; i++ {
		found[o.delivery(i).State]++
	}
	return found
}

// suppressed counts the first n subscribers whom nothing is sent to any more.
func (o *office) suppressed(n int) (found int) {
	o.t.Helper()
	for i := range n {
		s := must(o.db.Subscriber(o.t.Context(), fmt.Sprintf("reader%04d@example.com", i)))(o.t)
		if s.State == tidings.Suppressed {
			found++
		}
	}
	return found
}

func TestRelayThatRefusesEverybodyFailsNobodyAndSuppressesNobody(t *testing.T) {
	t.Parallel()
	for text, status := range map[string]string{
		"relay not permitted": "", "not in my list of allowed rcpthosts (#5.7.1)": "", "User unknown": "5.1.1", "no relaying": "5.7.1",
	} {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t, 60, mailbox.Options{Reply: always(mailbox.To, mailbox.Refusal(550, status, text))})
			if got := o.drain(); got.Failed != 0 || got.Held != 60 {
				t.Errorf("%s: %+v", text, got)
			}
			if n := o.suppressed(60); n != 0 {
				t.Errorf("%s: %d addresses are suppressed", text, n)
			}
			if n := len(o.log.with("most recipients of this run")); n != 1 {
				t.Errorf("%s: said %d times", text, n)
			}
		})
	}
}

func TestRelayThatBeginsToRefuseEverybodySuppressesFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		o := newOffice(t, 140, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.To && asked.Add(1) > 60 {
				return mailbox.Refusal(550, "5.1.1", "User unknown")
			}
			return nil
		}})
		got := o.drain()
		if got.Sent != 60 || got.Failed != recipientsFew || got.Held != 140-60-recipientsFew {
			t.Errorf("%+v", got)
		}
		if n := o.suppressed(140); n != got.Failed { // until then it was believed
			t.Errorf("%d addresses are suppressed, and %d mails have failed", n, got.Failed)
		}
	})
}

func TestFewRefusedRecipientsHoldNoRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		o := newOffice(t, 100, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.To && asked.Add(1)%3 == 0 {
				return mailbox.Refusal(550, "", "relay not permitted")
			}
			return nil
		}})
		if got := o.drain(); got.Sent != 67 || got.Failed != 33 {
			t.Errorf("%+v", got)
		}
	})
}

func TestDeliveryThatWaitedForDaysIsNotGivenUpAtItsFirstFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: at(mailbox.To, mailbox.Refusal(451, "4.7.1", "greylisted"))})
		<-time.After(6 * 24 * time.Hour) // the relay was away, and weekly mails are given up after five days
		stop := running(t, o.mailer(1))
		<-time.After(time.Minute)
		o.want(tidings.DeliveryDeferred, 1, 0)
		<-time.After(5 * time.Minute)
		o.want(tidings.DeliverySent, 2, 1)
		stop()
	})
}

func TestDeliveryWhoseTimeIsOverIsGivenUpAfterSixAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: always(mailbox.To, mailbox.Refusal(451, "4.2.2", "full"))})
		<-time.After(6 * 24 * time.Hour)
		stop := running(t, o.mailer(1))
		<-time.After(3 * time.Hour)
		o.want(tidings.DeliveryDeferred, giveUpAttempts-1, 0)
		<-time.After(time.Hour) // 5 m, 15 m, 30 m, 1 h and 2 h are over
		o.want(tidings.DeliveryFailed, giveUpAttempts, 0)
		stop()
	})
}

func TestMessageThatAloneIsRefusedAtMailIsGivenUpAsItsOwnFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		o := newOffice(t, 30, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p != mailbox.From {
				return nil
			}
			if n := asked.Add(1); n == 3 || n > 30 { // the third, and whoever comes when the others are sent: it alone
				return mailbox.Refusal(552, "5.3.4", "too big")
			}
			return nil
		}})
		m := o.mailer(1)
		m.GiveUp = map[string]time.Duration{tidings.Weekly: 12 * time.Hour}
		stop := running(t, m)
		<-time.After(time.Minute)
		if got := o.states(30); got[tidings.DeliverySent] != 29 || got[tidings.DeliveryDeferred] != 1 {
			t.Errorf("%v", got)
		}
		<-time.After(12 * time.Hour)
		if d := o.delivery(3); d.State != tidings.DeliveryFailed || d.Attempts < giveUpAttempts {
			t.Errorf("it is %s after %d attempts", d.State, d.Attempts)
		}
		stop()
	})
}

func TestRefusingEverySenderIsTheRelaysFaultAfterAFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		o := newOffice(t, 40, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.From && asked.Add(1) > 10 {
				return mailbox.Refusal(550, "5.4.5", "quota exceeded")
			}
			return nil
		}})
		sum, err := o.mailer(1).Drain(t.Context())
		if !errors.Is(err, ErrRelay) || sum != (Summary{Sent: 10, Deferred: breakerFaults}) {
			t.Errorf("%+v, %v", sum, err)
		}
		if got := o.states(40); got[tidings.DeliveryPending] != 27 {
			t.Errorf("%v", got)
		}
	})
}

func TestConnectionLostInTheBodyIsTheRelaysFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5, mailbox.Options{Reply: always(mailbox.Body, mailbox.ErrHangUp)})
		if sum, err := o.mailer(1).Drain(t.Context()); !errors.Is(err, ErrRelay) || sum != (Summary{}) {
			t.Errorf("%+v, %v", sum, err)
		}
		o.want(tidings.DeliveryPending, 0, 0)
	})
}

func TestBodyCutOffByOurOwnStopCountsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		o := newOffice(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.Body {
				<-hang
			}
			return nil
		}})
		stop := running(t, o.mailer(1))
		<-time.After(time.Second)
		stop()
		o.want(tidings.DeliveryPending, 0, 0)
		close(hang)
	})
}

func TestSilenceThatFollowsASilenceHoldsOnceThreeAttemptsCount(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		before   tidings.DeliveryState
		attempts int
		want     tidings.DeliveryState
	}{
		{tidings.DeliveryPending, 0, tidings.DeliveryUncertain},
		{tidings.DeliveryUncertain, 1, tidings.DeliveryUncertain},
		{tidings.DeliveryUncertain, 2, tidings.DeliveryHeld},
		{tidings.DeliveryDeferred, 5, tidings.DeliveryUncertain}, // the first silence, however often it was deferred
		{tidings.DeliveryUncertain, 6, tidings.DeliveryHeld},
	} {
		d := testDelivery(1, "reader@example.com")
		d.State, d.Attempts = c.before, c.attempts
		got, _ := judge(d, &result{phase: atDot, err: context.DeadlineExceeded}, time.Hour, now)
		if got.State != c.want || got.Attempts != c.attempts+1 {
			t.Errorf("%s with %d attempts becomes %s with %d", c.before, c.attempts, got.State, got.Attempts)
		}
	}
}

func TestProbeThatProvesNothingSetsNobodyElseToWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var dots, probes atomic.Int64
		o := newOffice(t, 30, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			switch {
			case p == mailbox.Dot:
				dots.Add(1)
				return mailbox.ErrHangUp
			case p == mailbox.To && dots.Load() >= breakerFaults:
				probes.Add(1)
				return mailbox.Refusal(451, "4.7.1", "greylisted")
			}
			return nil
		}})
		stop := running(t, o.mailer(1))
		<-time.After(10 * time.Second)
		for n := int64(1); n <= 3; n++ {
			<-time.After(probeFirst)
			if got := probes.Load(); got != n {
				t.Errorf("%d recipients were asked after %d probes", got, n)
			}
		}
		stop()
	})
}

func TestDrainThatEndsEarlySaysWhatItSent(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]error{"stopped": context.Canceled, "relay": ErrRelay} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var dots atomic.Int64
			o := newOffice(t, 10, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
				if p != mailbox.Dot {
					return nil
				}
				n := dots.Add(1)
				if n == 4 && name == "stopped" {
					cancel()
				}
				if n > 4 {
					return mailbox.Refusal(421, "4.3.2", "closing")
				}
				return nil
			}})
			sum, err := o.mailer(1).Drain(ctx)
			if !errors.Is(err, want) || sum != (Summary{Sent: 4}) {
				t.Errorf("%s: %+v, %v", name, sum, err)
			}
		})
	}
}
