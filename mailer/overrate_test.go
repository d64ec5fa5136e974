package mailer

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// perSecond refuses at the dot, as Amazon SES does, what goes beyond so many mails a second.
func perSecond(most int) func(mailbox.Phase, string, string) error {
	var mu sync.Mutex
	var second time.Time
	n := 0
	return func(p mailbox.Phase, _, _ string) error {
		if p != mailbox.Dot {
			return nil
		}
		<-time.After(100 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now().Truncate(time.Second); now != second {
			second, n = now, 0
		}
		if n++; n > most {
			return mailbox.Refusal(454, "", "Throttling failure: Maximum sending rate exceeded.")
		}
		return nil
	}
}

func TestARelayThatRefusesWhatGoesBeyondItsRateGetsAllOfThemInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mails := 1500
		if testing.Short() { // under the race detector: see Makefile
			mails = 300
		}
		o := newOffice(t, mails, mailbox.Options{Reply: perSecond(14)})
		o.idle = true
		m := o.mailer(8)
		m.GiveUp[tidings.Weekly] = 24 * time.Hour
		stop := running(t, m)
		<-time.After(time.Hour)
		if n := len(o.box.Mails()); n != mails {
			t.Errorf("%d of %d have arrived after an hour", n, mails)
		}
		<-time.After(29 * time.Hour)
		stop()
		for n := range mails {
			if d := o.delivery(int64(n + 1)); d.State != tidings.DeliverySent {
				t.Errorf("a mail is %s after %d attempts: %s", d.State, d.Attempts, d.LastReply)
			}
		}
	})
}
