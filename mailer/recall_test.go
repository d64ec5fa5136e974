package mailer

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// TestMailsThatWereRefusedOnTheWayToAHoldAreTriedAgainOnce has a relay that refuses whatever comes until it is mended. One reader leaves
// meanwhile, and gets nothing.
func TestMailsThatWereRefusedOnTheWayToAHoldAreTriedAgainOnce(t *testing.T) {
	t.Parallel()
	for phase, no := range map[mailbox.Phase]error{
		mailbox.To: mailbox.Refusal(550, "5.7.1", "not permitted"), mailbox.Dot: mailbox.Refusal(554, "5.6.0", "spam"),
	} {
		const readers, connections = 40, 4
		var mended atomic.Bool
		o := overTCP(t, readers, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
			if p == phase && !mended.Load() {
				return no
			}
			return nil
		}})
		sum, err := o.mailer(connections).Drain(t.Context())
		if err != nil || sum.Failed != 0 || sum.Held != readers {
			t.Fatalf("%s: %+v, %v", phase, sum, err)
		}
		refused := 0
		for i := int64(1); i <= readers; i++ {
			d := o.delivery(i)
			if d.State != tidings.DeliveryHeld || !strings.HasPrefix(d.LastReply, "the relay refused ") ||
				d.Attempts > 0 && !strings.Contains(strings.Replace(d.LastReply, " at example.com", "", 1), "of this run: 55") || !d.Settled.IsZero() {
				t.Errorf("%s: delivery %d is %s: %q", phase, i, d.State, d.LastReply)
			}
			if d.Attempts > 0 {
				refused++
			}
		}
		if refused < recipientsFew || refused > recipientsFew+2*connections {
			t.Errorf("%s: %d were refused", phase, refused)
		}
		run := o.delivery(1).RunID
		if err := o.db.UpdateSubscriber(t.Context(), "reader0000@example.com", time.Now(), "test", func(s *tidings.Subscriber) error {
			s.State = tidings.Left
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		mended.Store(true)
		if n, err := o.db.Retry(t.Context(), run, time.Now(), "test"); err != nil || n != readers-1 {
			t.Errorf("%s: %d are back, %v", phase, n, err)
		}
		if sum, err := o.mailer(connections).Drain(t.Context()); err != nil || sum.Sent != readers-1 {
			t.Errorf("%s: %+v, %v", phase, sum, err)
		}
		got := map[string]int{}
		for _, m := range o.box.Mails() {
			got[m.To]++
		}
		if len(got) != readers-1 || len(o.box.Mails()) != readers-1 || got["reader0000@example.com"] > 0 {
			t.Errorf("%s: %d mails to %d readers", phase, len(o.box.Mails()), len(got))
		}
	}
}
