package mailer

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
)

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
			f.hasty("reader@example.com")
			_, stop := f.hastyDaemon()
			for n := range 2 {
				<-time.After(20 * time.Minute)
				publish(t, f.db, n+1, time.Now())
				<-time.After(5 * time.Minute) // what the one that hangs was given first is late by its minute, thrice at the most
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

// Whoever looks is not told for days that a relay is away, because there is no mail for it.
func TestARelayThatGetsNoMailsIsFoundToBeBackToo(t *testing.T) {
	t.Parallel()
	for name, spare := range map[string]bool{"beside the other": false, "a fallback": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				away := &outage{phase: faulty.Greeting, fault: faulty.Temporary}
				away.set(true)
				f := newFire(t, 0)
				f.meet(faulty.Options{})
				f.second(faulty.Options{Script: away.script})
				f.more[0].Fallback = spare
				m := f.mailer(2)
				for range breakerFaults {
					m.routes[1].breaker.fault(ErrRelay, time.Now())
				}
				stop := running(t, m)
				began := time.Now()
				<-time.After(2 * time.Hour)
				if gap, dials := away.closest(began.Add(30 * time.Minute)); gap < probeMost || dials < 12 || m.Relays()[1].Troubled.IsZero() {
					t.Errorf("%d dials in an hour and a half, %s apart at the least; %+v", dials, gap, m.Relays())
				}
				away.set(false)
				<-time.After(10 * time.Minute)
				if s := m.Relays()[1]; !s.Troubled.IsZero() {
					t.Errorf("%+v", s)
				}
				if n := len(f.log.with("lets us in again")); n != 1 {
					t.Errorf("said %d times", n)
				}
				stop()
				f.part()
			})
		})
	}
}

func TestThatDigestsWaitForARelayThatHangsIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := &outage{phase: faulty.Greeting, fault: faulty.Hang}
		away.set(true)
		f := newFire(t, 0)
		f.meet(faulty.Options{Script: away.script})
		f.hasty("reader@example.com")
		m := f.mailer(1)
		var log bytes.Buffer
		m.Logger = slog.New(slog.NewTextHandler(&log, nil))
		m.Planner = hastyPlanner(f.db)
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

// Who was about to get the mail as its release was withdrawn gets it no more, and is not told of what they never had.
func TestOnlyWhoseMailHadTheReleaseIsToldOfItsWithdrawal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 0)
		f.hasty("first@example.com", "second@example.com", "third@example.com")
		f.meet(faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if at.Phase == faulty.Dot && at.Message == 1 {
				<-time.After(2 * time.Minute) // meanwhile runs are planned
			}
			return faulty.None
		}})
		m := f.mailer(1)
		m.Planner = hastyPlanner(f.db)
		publish(t, f.db, 1, time.Now())
		stop := running(t, m)
		<-time.After(10 * time.Second)
		r := must(f.db.Release(t.Context(), "release-number-1"))(t)
		if err := f.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Notify: true}, time.Now(), "test"); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Minute)
		publish(t, f.db, 2, time.Now())
		<-time.After(10 * time.Minute)
		stop()
		mails := map[string]int{}
		for _, got := range f.server.Receipts() {
			mails[got.To]++
		}
		if len(mails) != 3 || len(f.server.Receipts()) != 5 { // one had the release and the word, and all have the second release
			t.Errorf("%v", mails)
		}
		f.part()
	})
}
