package mailer

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// What a connection had chosen before its relay hung for minutes goes to nobody who was erased or has left meanwhile, and not at all when
// its run was cancelled.
func TestWhatWaitedBehindARelayThatHangsIsAskedForAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var dots atomic.Int64
		o := newOffice(t, 6, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.Dot && dots.Add(1) == 1 {
				<-time.After(9 * time.Minute)
			}
			return nil
		}})
		o.idle = true
		stop := running(t, o.mailer(2))
		<-time.After(time.Minute)
		if err := o.db.RemoveSubscriber(t.Context(), "reader0003@example.com", time.Now(), "test"); err != nil {
			t.Fatal(err)
		}
		if err := o.db.UpdateSubscriber(t.Context(), "reader0004@example.com", time.Now(), "test", func(s *tidings.Subscriber) error {
			s.State = tidings.Left
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		<-time.After(20 * time.Minute)
		var to []string
		for _, m := range o.box.Mails() {
			to = append(to, m.To)
		}
		slices.Sort(to)
		want := []string{"reader0000@example.com", "reader0001@example.com", "reader0002@example.com", "reader0005@example.com"}
		if len(to) == 6 || !slices.Equal(to, want) {
			t.Errorf("mails went to %v, want %v", to, want)
		}
		stop()
	})
}

// Nor does what waited while the relay took minutes to greet.
func TestWhatWaitedForAGreetingIsAskedForAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hellos atomic.Int64
		o := newOffice(t, 3, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == mailbox.Hello && hellos.Add(1) == 1 {
				<-time.After(4 * time.Minute)
			}
			return nil
		}})
		o.idle = true
		stop := running(t, o.mailer(1))
		<-time.After(time.Minute)
		for _, address := range []string{"reader0000@example.com", "reader0001@example.com"} {
			if err := o.db.RemoveSubscriber(t.Context(), address, time.Now(), "test"); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(10 * time.Minute)
		if mails := o.box.Mails(); len(mails) != 1 || mails[0].To != "reader0002@example.com" {
			t.Errorf("%d mails, the first to %v", len(mails), mails)
		}
		stop()
	})
}

// A relay that was away, and greets slowly since it is back, is tried by what is claimed anew.
func TestARelayThatGreetsSlowlyIsFoundToWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hellos atomic.Int64
		o := newOffice(t, 3, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			switch {
			case p != mailbox.Hello:
			case hellos.Add(1) <= 4:
				return mailbox.ErrHangUp
			default:
				<-time.After(time.Minute)
			}
			return nil
		}})
		o.idle = true
		stop := running(t, o.mailer(1))
		<-time.After(2 * time.Hour)
		if mails := o.box.Mails(); len(mails) != 3 || hellos.Load() < 5 {
			t.Errorf("%d mails, %d greetings", len(mails), hellos.Load())
		}
		stop()
	})
}
