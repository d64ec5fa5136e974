package mailer

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
)

func TestOneMailThatARelayIsSlowWithKeepsNoLetterAndNoRunWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 1)
		var dots atomic.Int64
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if at.Phase == faulty.Dot && dots.Add(1) == 1 {
				<-time.After(9 * time.Minute) // it looks at the mail before it answers
			}
			return faulty.None
		}})
		m := f.mailer(3)
		stop := running(t, m)
		<-time.After(30 * time.Second)
		postConfirm(t, f.db, visitor)
		m.Post()
		<-time.After(2 * time.Second)
		if n := f.server.Taken(); n != 1 {
			t.Errorf("the letter waits: %d mails", n)
		}
		f.news++
		publish(t, f.db, f.news, time.Now())
		must(planner(t, f.db).Force(t.Context(), time.Now(), tidings.Weekly))(t)
		<-time.After(2 * time.Second)
		if n := f.server.Taken(); n != 2 {
			t.Errorf("the next run waits: %d mails", n)
		}
		<-time.After(10 * time.Minute)
		stop()
		f.sent()
		f.part()
	})
}
