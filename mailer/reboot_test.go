package mailer

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings/mailer/faulty"
)

func TestARelayThatIsBackIsFoundThoughAConnectionFromBeforeHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 40)
		var dots atomic.Int64
		began := time.Now()
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			switch now := time.Since(began); {
			case at.Phase == faulty.Dot && now < time.Minute:
				if dots.Add(1) == 4 { // its host was switched off: nobody says that the connection has ended
					return faulty.Hang
				}
				<-time.After(time.Second)
				if dots.Load() > 4 {
					return faulty.Close
				}
			case at.Phase == faulty.Connect && dots.Load() > 4 && now < time.Minute:
				return faulty.Close
			}
			return faulty.None
		}})
		m := f.mailer(3)
		stop := running(t, m)
		<-time.After(3 * time.Minute)
		if n := f.server.Taken(); n < 25 {
			t.Errorf("%d mails, two minutes after it came back", n)
		}
		postConfirm(t, f.db, visitor)
		m.Post()
		before := f.server.Taken()
		<-time.After(2 * time.Second)
		if n := f.server.Taken(); n <= before {
			t.Errorf("the letter waits: %d mails", n)
		}
		<-time.After(30 * time.Minute)
		stop()
		f.part()
	})
}
