package mailer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/store/storetest"
)

// outage is a script for a relay that is away for a while, and notes when it is asked.
type outage struct {
	mu    sync.Mutex
	phase faulty.Phase
	fault faulty.Fault
	away  bool
	dials []time.Time
}

func (o *outage) script(at faulty.At) faulty.Fault {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at.Phase == faulty.Connect {
		o.dials = append(o.dials, time.Now())
	}
	if o.away && at.Phase == o.phase {
		return o.fault
	}
	return faulty.None
}

func (o *outage) set(away bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.away = away
}

// closest is the shortest time between two dials since then.
func (o *outage) closest(since time.Time) (gap time.Duration, dials int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	gap = 24 * time.Hour
	for i, at := range o.dials {
		if i > 0 && at.After(since) {
			gap, dials = min(gap, at.Sub(o.dials[i-1])), dials+1
		}
	}
	return gap, dials
}

func TestRelayAwayForADayIsAskedEveryFiveMinutesAndThenEverythingArrives(t *testing.T) {
	t.Parallel()
	ways := []*outage{
		{phase: faulty.Connect, fault: faulty.Close}, {phase: faulty.Greeting, fault: faulty.Hang}, {phase: faulty.Mail, fault: faulty.Temporary},
	}
	if testing.Short() { // under the race detector: see Makefile
		ways = ways[:1]
	}
	for _, away := range ways {
		synctest.Test(t, func(t *testing.T) {
			const readers = 20
			name := fmt.Sprintf("%s at %s", away.fault, away.phase)
			away.set(true)
			f := newFire(t, readers)
			f.scene(1, faulty.Options{Script: away.script})
			letter := postConfirm(t, f.db, visitor)
			stop := running(t, f.mailer(2))
			started := time.Now()
			<-time.After(24 * time.Hour)
			if gap, n := away.closest(started.Add(20 * time.Minute)); gap < 5*time.Minute || n < 100 {
				t.Errorf("%s: %d connections, two of them within %v", name, n, gap)
			}
			for reader := range readers {
				if got := f.short(reader + 1); got != "p0" {
					t.Errorf("%s: while it is away reader %d has %s", name, reader, got)
				}
			}
			if l := f.letter(letter.ID); l.attempts != 0 || !l.nonce {
				t.Errorf("%s: while it is away the letter is %+v", name, l)
			}
			away.set(false)
			<-time.After(11 * time.Minute) // it hangs for five, and is left alone for five
			stop()
			for reader := range readers {
				if got := f.short(reader + 1); got != "s1" {
					t.Errorf("%s: then reader %d has %s", name, reader, got)
				}
			}
			f.wantLetter(letter.ID, tidings.DeliverySent, 1)
			if n := f.server.Taken(); n != readers+1 || f.server.Open() != 0 {
				t.Errorf("%s: %d mails, %d sockets", name, n, f.server.Open())
			}
			f.part()
		})
	}
}

// eachDay publishes a release every eight hours for so many days.
func (f *underFire) eachDay(days int) {
	f.t.Helper()
	for range 3 * days {
		<-time.After(8 * time.Hour)
		f.news++
		publish(f.t, f.db, f.news, time.Now())
	}
}

// TestNineDaysWithoutTheRelayMakeOneDigest has the relay go away between two digests, with nothing that waits, and in the middle
// of one, while logins go on working; and the daemon restarts meanwhile.
func TestNineDaysWithoutTheRelayMakeOneDigest(t *testing.T) {
	t.Parallel()
	cadences := tidings.Cadences{
		{Name: tidings.Immediate},
		{Name: tidings.Daily, Schedule: must(tidings.ParseSchedule("0 7 * * *"))(t)},
	}
	for _, inTheMiddle := range []bool{false, true} {
		if inTheMiddle && testing.Short() { // under the race detector: see Makefile
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			away := &outage{phase: faulty.Connect, fault: faulty.Close}
			if inTheMiddle {
				away.phase = faulty.Mail
			}
			f := newFire(t, 0)
			f.meet(faulty.Options{Script: away.script})
			for _, cadence := range []string{tidings.Immediate, tidings.Daily} {
				s := storetest.To(t, cadence, "")
				s.Zone = "UTC"
				storetest.Subscribe(t, f.db, time.Now(), cadence+"@example.com", s)
			}
			daemon := func() func() {
				m := f.mailer(1)
				m.Planner = &digest.Planner{Ledger: f.db, Site: testSite(), Cadences: cadences}
				return running(t, m)
			}
			stop := daemon()
			f.eachDay(1) // since midnight
			<-time.After(time.Hour)
			if inTheMiddle {
				<-time.After(6*time.Hour - time.Second)
			}
			away.set(true)
			f.eachDay(4)
			stop()
			stop = daemon()
			f.eachDay(5)
			away.set(false)
			<-time.After(30 * time.Minute)
			stop()
			checkNineDays(f, inTheMiddle)
			f.part()
		})
	}
}

// checkNineDays wants each of the 30 releases once, and one digest of the nine days. The one that had been decided when the relay
// went away in the middle of it stays as it is.
func checkNineDays(f *underFire, inTheMiddle bool) {
	f.t.Helper()
	want := map[int64]string{1: "[1 1 1 27]", 2: "[30]"}
	if inTheMiddle {
		want[2] = "[3 27]"
	}
	for reader := range want {
		mails := must(f.db.Deliveries(context.Background(), reader, 100))(f.t)
		once, sizes := map[string]bool{}, []int{}
		for _, d := range mails {
			e := must(f.db.Edition(context.Background(), d.EditionID))(f.t)
			for _, r := range e.Releases {
				if once[r.Slug] || d.State != tidings.DeliverySent {
					f.t.Errorf("reader %d: %s twice, or not at all: the mail is %s", reader, r.Slug, d.State)
				}
				once[r.Slug] = true
			}
			sizes = append(sizes, len(e.Releases))
		}
		slices.Reverse(sizes)
		if got := fmt.Sprint(sizes); got != want[reader] || len(once) != 30 {
			f.t.Errorf("in the middle of one %v: reader %d got %s, not %s", inTheMiddle, reader, got, want[reader])
		}
	}
}

func TestThatARelayIsLeftAloneIsSaidOnceHoweverManyWorkersMeetIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 60)
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if at.Phase == faulty.Greeting {
				<-time.After(time.Second) // all meet it in the same moment
				return faulty.Close
			}
			return faulty.None
		}})
		f.second(faulty.Options{Script: leisurely})
		stop := running(t, f.mailer(8))
		<-time.After(10 * time.Second)
		stop()
		if said := f.log.with("a relay is left alone"); len(said) != 1 {
			t.Errorf("the log says %q", said)
		}
		f.part()
	})
}
