package mailer

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

func TestWhatGoesBeyondADaysQuotaArrivesTheNextDay(t *testing.T) {
	t.Parallel()
	for _, phase := range []mailbox.Phase{mailbox.From, mailbox.To, mailbox.Dot} {
		t.Run(string(phase), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const mails, quota = 12, 8
				var asked atomic.Int64
				tomorrow := time.Now().Add(24 * time.Hour)
				o := newOffice(t, mails, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
					if p != phase || time.Now().After(tomorrow) {
						return nil
					}
					if asked.Add(1) > quota {
						return mailbox.Refusal(550, "5.4.5", "Daily user sending limit exceeded")
					}
					return nil
				}})
				o.idle = true
				stop := running(t, o.mailer(1))
				<-time.After(36 * time.Hour)
				stop()
				for n := range mails {
					if d := o.delivery(int64(n + 1)); d.State != tidings.DeliverySent {
						t.Errorf("a mail is %s after %d attempts: %s", d.State, d.Attempts, d.LastReply)
					}
				}
			})
		})
	}
}
