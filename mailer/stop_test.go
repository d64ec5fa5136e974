package mailer

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store"
)

// slowAtDot answers the dot after so long.
func slowAtDot(d time.Duration) func(mailbox.Phase, string, string) error {
	return func(p mailbox.Phase, _, _ string) error {
		if p == mailbox.Dot {
			<-time.After(d)
		}
		return nil
	}
}

func TestStoppingFinishesWhatIsInFlightAndBeginsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5, mailbox.Options{Reply: slowAtDot(20 * time.Second)})
		stop := running(t, o.mailer(1))
		<-time.After(10 * time.Second)
		stop()
		o.want(tidings.DeliverySent, 1, 1)
		for n := int64(2); n <= 5; n++ {
			if d := o.delivery(n); d.State != tidings.DeliveryPending || d.Attempts != 0 {
				t.Errorf("delivery %d is %s", n, d.State)
			}
		}
	})
}

func TestStoppingWaitsThirtySecondsAndNoLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: slowAtDot(5 * time.Minute)})
		stop := running(t, o.mailer(1))
		<-time.After(time.Second)
		before := time.Now()
		stop()
		if waited := time.Since(before); waited != inFlight {
			t.Errorf("it waited %v", waited)
		}
		o.want(tidings.DeliveryUncertain, 1, 0)
		if said := o.delivery(1).LastReply; said != "no reply after the dot: we were told to stop, and waited no longer" {
			t.Errorf("it is kept as %q", said)
		}
		<-time.After(5 * time.Minute) // the relay's own goroutine ends
	})
}

func TestStoppingWaitsForNoRelayThatHasNotLetUsInYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 3, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.Hello {
				<-time.After(4 * time.Minute)
			}
			return nil
		}})
		m := o.mailer(2)
		stop := running(t, m)
		<-time.After(time.Second)
		before := time.Now()
		stop()
		if waited := time.Since(before); waited > time.Second {
			t.Errorf("it waited %v", waited)
		}
		for n := int64(1); n <= 3; n++ {
			if d := o.delivery(n); d.State != tidings.DeliveryPending || d.Attempts != 0 || d.LastReply != "" {
				t.Errorf("delivery %d is %s, after %d attempts, by %q", n, d.State, d.Attempts, d.LastReply)
			}
		}
		if at, why := m.routes.open(time.Now()); !at.IsZero() {
			t.Errorf("the relay is left alone: %v", why)
		}
		<-time.After(4 * time.Minute) // the relay's own goroutine ends
	})
}

func TestStoppingBeforeItBeganIsNoFault(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := newOffice(t, 1, mailbox.Options{})
	if err := o.mailer(1).Run(ctx); err != nil {
		t.Error(err)
	}
	if d := o.delivery(1); d.State != tidings.DeliveryPending {
		t.Errorf("the delivery is %s", d.State)
	}
}

// fullDisk is an outbox that cannot write results for a while.
type fullDisk struct {
	*store.DB
	failures atomic.Int64
	claims   atomic.Int64
	full     atomic.Bool
	breach   atomic.Bool // something was claimed while a result was not written
}

func (o *fullDisk) Settle(ctx context.Context, outcomes []tidings.Outcome) error {
	if left := o.failures.Add(-1); left >= 0 {
		o.full.Store(left < 3) // by then each connection knows
		return errors.New("database or disk is full")
	}
	o.full.Store(false)
	return o.DB.Settle(ctx, outcomes)
}

func (o *fullDisk) Claim(ctx context.Context, now time.Time, limit int) ([]tidings.Delivery, error) {
	if o.full.Load() {
		o.breach.Store(true)
	}
	o.claims.Add(1)
	return o.DB.Claim(ctx, now, limit)
}

func TestResultThatCannotBeWrittenNeverSendsTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 15, mailbox.Options{})
		disk := &fullDisk{DB: o.db}
		disk.failures.Store(6)
		o.outbox = disk
		if got := must(o.mailer(2).Drain(t.Context()))(t); got.Sent != 15 {
			t.Errorf("%+v", got)
		}
		if n := len(o.box.Mails()); n != 15 || disk.breach.Load() {
			t.Errorf("%d mails; claimed meanwhile: %v", n, disk.breach.Load())
		}
	})
}

func TestDeliveryTakenAwayWhileOnTheWireStopsNobody(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 3, mailbox.Options{})
	var once atomic.Bool
	box, relay := listen(t, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
		if p == mailbox.Dot && once.CompareAndSwap(false, true) {
			return o.db.RemoveSubscriber(context.Background(), to, time.Now(), "test")
		}
		return nil
	}})
	o.relay = relay
	o.drain()
	if n := len(box.Mails()); n != 3 {
		t.Errorf("%d mails", n)
	}
}

func TestOnlyOneSenderForADatabase(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 1, mailbox.Options{})
	release := must(o.db.LockSender())(t)
	if _, err := o.mailer(1).Drain(t.Context()); !errors.Is(err, tidings.ErrLocked) {
		t.Error(err)
	}
	release()
	o.drain()
}

func TestWhoHasBegunIsTheSenderUntilItsRunEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{})
		m := o.mailer(1)
		if err := m.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := o.mailer(1).Begin(t.Context()); !errors.Is(err, tidings.ErrLocked) {
			t.Errorf("beside it began another: %v", err)
		}
		stop := running(t, m)
		<-time.After(time.Second)
		o.want(tidings.DeliverySent, 1, 1)
		stop()
		o.drain()
	})
}

func TestRunOpensWhatIsDueAndSendsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{}) // virtual time begins on a Saturday
		<-time.After(2 * 24 * time.Hour)
		stop := running(t, o.mailer(1))
		synctest.Wait()
		r := testRelease(0, "en", "The week after", "Something else.", "energy")
		r.Slug, r.Source, r.Status, r.Published = "next", "test:next", tidings.Published, time.Now()
		r.Updated = r.Published
		must(o.db.Save(t.Context(), testSite(), &r, time.Now(), "test"))(t)
		<-time.After(8 * time.Hour) // past Monday, 7:00
		stop()
		mails := o.box.Mails()
		if len(mails) != 2 {
			t.Fatalf("%d mails", len(mails))
		}
		v := must(mailbox.Read(mails[1].Data))(t)
		if v.Subject != "The week after" || v.Date.UTC().Format("Mon 15:04") != "Mon 07:00" {
			t.Errorf("%s at %v", v.Subject, v.Date)
		}
	})
}

func TestRateIsKeptOverAllConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 21, mailbox.Options{})
		m := o.mailer(3)
		m.routes[0].pace = newPace(2)
		before := time.Now()
		if got := must(m.Drain(t.Context()))(t); got.Sent != 21 || time.Since(before) != 10*time.Second {
			t.Errorf("%+v in %v", got, time.Since(before))
		}
	})
}

// counting is a planner that counts how often it is asked.
type counting struct {
	Planner
	asked atomic.Int64
}

func (p *counting) Plan(ctx context.Context, now time.Time) ([]tidings.Run, error) {
	p.asked.Add(1)
	return p.Planner.Plan(ctx, now)
}

func TestDueRunsAreLookedForAtTheStartEachMinuteAndWhenWoken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{})
		m := o.mailer(1)
		planner := &counting{Planner: m.Planner}
		m.Planner = planner
		<-time.After(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute + time.Second)))
		stop := running(t, m)
		for _, step := range []struct {
			wake bool
			wait time.Duration
			want int64
		}{{false, 10 * time.Second, 1}, {true, 10 * time.Second, 2}, {false, time.Minute, 3}, {false, 10 * time.Minute, 13}} {
			if step.wake {
				m.Wake()
			}
			<-time.After(step.wait)
			if got := planner.asked.Load(); got != step.want {
				t.Errorf("it was asked %d times, want %d", got, step.want)
			}
		}
		stop()
	})
}
