package mailer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

func TestAfterAHoldNoMoreThanAboutASecondsWorthGoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rate        float64 // 0: the relay's own, which takes its time
		slow        time.Duration
		connections int
		readers     int
		most        int
	}{
		"a hundred a second": {rate: 100, connections: 2, readers: 420, most: 105},
		"forty a second":     {rate: 40, connections: 8, readers: 160, most: 45},
		"four a second":      {rate: 4, connections: 4, readers: 50, most: 6},
		"a slow relay":       {slow: 100 * time.Millisecond, connections: 8, readers: 600, most: 130},
		"a slow connection":  {slow: 50 * time.Millisecond, connections: 1, readers: 160, most: 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, c.readers, mailbox.Options{Reply: slowAtDot(c.slow)})
				m := o.mailer(c.connections)
				m.routes[0].pace = newPace(c.rate)
				stop := running(t, m)
				<-time.After(3 * time.Second)
				before := len(o.box.Mails())
				if err := o.db.Hold(t.Context(), tidings.Hold{Run: 1, By: tidings.HeldByDesk}, time.Now(), "test"); err != nil {
					t.Fatal(err)
				}
				<-time.After(time.Minute)
				stop()
				if after := len(o.box.Mails()) - before; before < 10 || before > c.readers*4/5 || after > c.most {
					t.Errorf("%d went, and %d after the hold", before, after)
				}
			})
		})
	}
}
