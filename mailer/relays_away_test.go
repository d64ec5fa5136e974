package mailer

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/store/storetest"
)

// awaited has a reader for whom digests are decided at once.
func (f *underFire) awaited(connections int) *Mailer {
	f.t.Helper()
	s := storetest.To(f.t, tidings.Immediate, "")
	s.Zone = "UTC"
	storetest.Subscribe(f.t, f.db, time.Now(), "reader@example.com", s)
	m := f.mailer(connections)
	m.Planner = &digest.Planner{Ledger: f.db, Site: testSite(), Cadences: tidings.Cadences{{Name: tidings.Immediate}}}
	return m
}

// The one of two that works is enough for digests to be decided, whatever the other does.
func TestDigestsAreDecidedWhileOneRelayWorks(t *testing.T) {
	t.Parallel()
	for phase, fault := range map[faulty.Phase]faulty.Fault{faulty.Connect: faulty.Close, faulty.Greeting: faulty.Hang} {
		synctest.Test(t, func(t *testing.T) {
			away := &outage{phase: phase, fault: fault}
			away.set(true)
			f := newFire(t, 0)
			f.meet(faulty.Options{Script: away.script})
			other := f.second(faulty.Options{})
			stop := running(t, f.awaited(1))
			for n := range 2 {
				<-time.After(20 * time.Minute)
				publish(t, f.db, n+1, time.Now())
				<-time.After(2 * time.Minute)
				if other.Taken() != n+1 {
					t.Errorf("%s: %d releases, %d mails", phase, n+1, other.Taken())
				}
			}
			stop()
			f.part()
		})
	}
}

func TestASpareRelayTakesOverFromOneThatHangsWithinMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 20)
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if at.Phase == faulty.Greeting {
				return faulty.Hang
			}
			return faulty.None
		}})
		spare := f.second(faulty.Options{})
		f.more[0].Fallback = true
		stop := running(t, f.mailer(2))
		<-time.After(3 * time.Minute)
		if spare.Taken() != 20 {
			t.Errorf("%d mails of 20", spare.Taken())
		}
		stop()
		f.part()
	})
}

func TestThatDigestsWaitForARelayThatHangsIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := &outage{phase: faulty.Greeting, fault: faulty.Hang}
		away.set(true)
		f := newFire(t, 0)
		f.meet(faulty.Options{Script: away.script})
		m := f.awaited(1)
		var log bytes.Buffer
		m.Logger = slog.New(slog.NewTextHandler(&log, nil))
		stop := running(t, m)
		publish(t, f.db, 1, time.Now())
		<-time.After(3 * time.Minute)
		away.set(false)
		<-time.After(8 * time.Minute)
		stop()
		if n := strings.Count(log.String(), "takes its time to let us in"); n != 1 {
			t.Errorf("said %d times:\n%s", n, log.String())
		}
		if f.server.Taken() != 1 {
			t.Errorf("%d mails of 1", f.server.Taken())
		}
		f.part()
	})
}
