package mailer

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store/storetest"
)

// The lock file is removed while mails are on the wire, and a second process begins to send before they are answered: what the first has in
// its hands, the second has put back into the queue.
func TestASecondSenderEndsTheFirstAndNobodyGetsACopy(t *testing.T) {
	t.Parallel()
	const readers = 60
	var second *Mailer
	var taken, before atomic.Int64
	begun := make(chan error, 1)
	o := overTCP(t, readers, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
		if p == mailbox.Dot && taken.Add(1) == 20 {
			err := second.Begin(t.Context())
			before.Store(taken.Load())
			begun <- err
		}
		return nil
	}})
	first := o.mailer(2)
	o.db = storetest.Open(t, o.path)
	o.outbox = o.db
	second = o.mailer(2)
	if err := first.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(o.path + ".sender.lock"); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Drain(t.Context()); !errors.Is(err, tidings.ErrNotSender) {
		t.Errorf("the first one ends with %v", err)
	}
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	if n := taken.Load() - before.Load(); n > 2 { // what was on the wire, on each connection
		t.Errorf("the first one sent %d more", n)
	}
	if _, err := second.Drain(t.Context()); err != nil {
		t.Errorf("the second: %v", err)
	}
	got := map[string]int{}
	for _, m := range o.box.Mails() {
		got[m.To]++
	}
	if len(got) != readers || len(o.box.Mails()) != readers {
		t.Errorf("%d mails to %d readers", len(o.box.Mails()), len(got))
	}
	for n := int64(1); n <= readers; n++ {
		if d := o.delivery(n); d.State != tidings.DeliverySent {
			t.Errorf("delivery %d is %s: %s", n, d.State, d.LastReply)
		}
	}
}

func TestADaemonThatIsNoMoreTheSenderSaysSoAndTakesNothing(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 3, mailbox.Options{})
	first := o.mailer(1)
	if err := first.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(o.path + ".sender.lock"); err != nil {
		t.Fatal(err)
	}
	o.db = storetest.Open(t, o.path)
	o.outbox = o.db
	if err := o.mailer(1).Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := first.Run(ctx); !errors.Is(err, tidings.ErrNotSender) {
		t.Errorf("it ends with %v", err)
	}
	if n := len(o.box.Mails()); n != 0 {
		t.Errorf("%d mails", n)
	}
}
