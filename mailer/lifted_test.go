package mailer

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
)

func TestWhatAPersonHasTriedAgainIsNotHeldForWhatTheRelaySaidBefore(t *testing.T) {
	t.Parallel()
	for _, mends := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			const refused = 30
			var mended atomic.Bool
			var asked atomic.Int64
			o := newOffice(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
				slow := strings.HasSuffix(to, "@example.com")
				switch {
				case p == mailbox.Dot && slow: // so that one pass sees it all
					<-time.After(9 * time.Minute)
				case p == mailbox.To && !slow && !mended.Load():
					asked.Add(1)
					return mailbox.Refusal(550, "5.7.1", "not permitted")
				}
				return nil
			}})
			for n := range refused {
				weekly(t, o.db, fmt.Sprintf("reader%d@domain%d.example", n, n%5))
			}
			run := o.release(3)[0].ID
			o.idle = true
			stop := running(t, o.mailer(4))
			<-time.After(time.Minute)
			first, before := must(o.db.HeldMails(t.Context(), run))(t), asked.Load()
			if first.Mails < refused/2 { // the others are behind the slow one
				t.Errorf("%+v", first)
			}
			mended.Store(mends)
			must(o.db.Retry(t.Context(), run, time.Now(), "test"))(t)
			<-time.After(time.Minute)
			held := must(o.db.HeldMails(t.Context(), run))(t)
			if n := asked.Load() - before; mends && held.Mails != 0 || !mends && (held.Mails < first.Mails || n < recipientsFew || n > 2*recipientsFew) {
				t.Errorf("mended %v: %+v, and %d were refused again", mends, held, n)
			}
			<-time.After(20 * time.Minute)
			stop()
		})
	}
}
