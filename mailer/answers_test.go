package mailer

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

func TestAHoldByAnotherProcessStopsARunningMailerAndItsEndLetsItGoOnWithinAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const second = 1 // a mail, and one in the worker's hands
		o := newOffice(t, 25, mailbox.Options{})
		m := o.mailer(1)
		m.routes[0].pace = newPace(1)
		stop := running(t, m)
		<-time.After(4500 * time.Millisecond)
		hold := tidings.Hold{Run: 1, By: tidings.HeldByDesk, Reason: "a wrong figure"}
		if err := o.db.Hold(t.Context(), hold, time.Now(), "test"); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		if n := len(o.box.Mails()); n < 5 || n > 5+second+1 {
			t.Errorf("%d mails, want the 5 that went before the hold, and a second's worth", n)
		}
		if _, err := o.db.Lift(t.Context(), 1, "", time.Now(), "test"); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute + 20*time.Second)
		o.want(tidings.DeliverySent, 1, 25)
		stop()
	})
}

func TestWhoWatchesIsToldOfEachOutcomeAndOfTheRelaysTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 3, mailbox.Options{Reply: at(mailbox.To, mailbox.Refusal(451, "4.3.0", "later"))})
		works, back := o.relay.Dial, time.Now().Add(time.Hour)
		o.relay.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if time.Now().Before(back) {
				return nil, errors.New("connection refused")
			}
			return works(ctx, network, addr)
		}
		m := o.mailer(1)
		var mu sync.Mutex
		told := map[tidings.DeliveryState]int{}
		m.Settled = func(o tidings.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			told[o.State]++
		}
		began := time.Now()
		stop := running(t, m)
		<-time.After(30 * time.Minute)
		if since := m.Relays()[0].Troubled; since.Before(began) || since.After(began.Add(time.Minute)) {
			t.Errorf("in trouble since %v, want about %v", since, began)
		}
		<-time.After(40 * time.Minute)
		if since := m.Relays()[0].Troubled; !since.IsZero() {
			t.Errorf("it works again, and is in trouble since %v", since)
		}
		stop()
		if told[tidings.DeliverySent] != 3 || told[tidings.DeliveryDeferred] != 1 || told[tidings.DeliveryPending] == 0 {
			t.Errorf("told of %v", told)
		}
	})
}
