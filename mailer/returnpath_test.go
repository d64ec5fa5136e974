package mailer

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

func TestEachMailHasASenderOfItsOwnWhichIsTheSameOnEveryRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		refused := map[string]string{}
		o := newOffice(t, 2, mailbox.Options{Reply: func(p mailbox.Phase, from, to string) error {
			mu.Lock()
			defer mu.Unlock()
			if p == mailbox.To && refused[to] == "" {
				refused[to] = from
				return mailbox.Refusal(450, "4.2.0", "later")
			}
			return nil
		}})
		defer func() { _ = o.box.Close() }()
		m := o.mailer(1)
		own := *m.Composer // other tests have the same
		own.sender.BounceDomain = "bounce.example.org"
		m.Composer, m.forms.composer = &own, &own
		for range 2 {
			if _, err := m.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := sleep(t.Context(), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		mails := o.box.Mails()
		if len(mails) != 2 || mails[0].From == mails[1].From {
			t.Fatalf("%d mails", len(mails))
		}
		for _, got := range mails {
			if first := refused[got.To]; first != got.From {
				t.Errorf("%s: first from %s, then from %s", got.To, first, got.From)
			}
			local, ours := strings.CutSuffix(got.From, "@bounce.example.org")
			path, err := testKeys(t).VerifyReturn(local, func(p tidings.ReturnPath) (time.Time, error) {
				address, date, err := o.db.MailOf(t.Context(), p)
				if address != got.To {
					t.Errorf("%s leads to %s, not to %s", got.From, address, got.To)
				}
				return date, err
			})
			if err != nil || !ours || path.Kind != tidings.DeliveryMail {
				t.Errorf("%s: %v, %v", got.From, path, err)
			}
		}
	})
}
