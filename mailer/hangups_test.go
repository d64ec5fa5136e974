package mailer

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// poisonous has the relay fail so at RCPT for whoever is called poison.
func poisonous(fault faulty.Fault) faulty.Options {
	return faulty.Options{Script: func(at faulty.At) faulty.Fault {
		if at.Phase == faulty.Rcpt && strings.HasPrefix(at.To, "poison") {
			return fault
		}
		return faulty.None
	}}
}

// hasty has everybody get each release at once.
func (f *underFire) hasty(addresses ...string) {
	f.t.Helper()
	for _, address := range addresses {
		s := storetest.To(f.t, tidings.Immediate, "")
		s.Zone = "UTC"
		storetest.Subscribe(f.t, f.db, time.Now(), address, s)
	}
}

// hastyDaemon sends each release at once, over the two connections of each relay.
func (f *underFire) hastyDaemon() (m *Mailer, stop func()) {
	f.t.Helper()
	m = f.mailer(2)
	m.Planner = hastyPlanner(f.db)
	return m, running(f.t.(*testing.T), m)
}

func hastyPlanner(db *store.DB) *digest.Planner {
	return &digest.Planner{Ledger: db, Site: testSite(), Cadences: tidings.Cadences{{Name: tidings.Immediate}}}
}

// poisoned is a scene of a few readers among whom some are whose mails the relay hangs up on.
type poisoned struct {
	fault  faulty.Fault
	relays int
	poison int // readers; 0: a letter to a visitor
}

const poisonedGood = 12

func (p poisoned) String() string {
	return fmt.Sprintf("%s by %d relays, for %d readers", p.fault, p.relays, p.poison)
}

func TestAMailThatARelayHangsUpOnKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	var all []poisoned
	for _, fault := range []faulty.Fault{faulty.Closing, faulty.Close} {
		for relays := 1; relays <= 2; relays++ {
			all = append(all, poisoned{fault, relays, 0}, poisoned{fault, relays, 4})
		}
	}
	if testing.Short() { // under the race detector: see Makefile
		all = all[1:2]
	}
	for _, p := range all {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { p.play(t) })
		})
	}
}

func (p poisoned) play(t *testing.T) {
	t.Helper()
	f := newFire(t, 0)
	f.meet(poisonous(p.fault))
	servers := []*faulty.Server{f.server}
	if p.relays == 2 {
		servers = append(servers, f.second(poisonous(p.fault)))
	}
	for n := range poisonedGood {
		f.hasty(fmt.Sprintf("reader%d@example.com", n))
		if n < p.poison {
			f.hasty(fmt.Sprintf("poison%d@example.net", n))
		}
	}
	m, stop := f.hastyDaemon()
	<-time.After(time.Second)
	letter := &tidings.Letter{}
	if p.poison == 0 { // nothing else waits
		letter = postConfirm(t, f.db, "poison@attacker.example")
		m.Post()
		<-time.After(10 * time.Second)
	}
	served := func(releases int) {
		t.Helper()
		n := 0
		for _, s := range servers {
			n += s.Taken()
		}
		if n != releases*poisonedGood {
			t.Errorf("%d mails were taken of %d releases", n, releases)
		}
	}
	publish(t, f.db, 1, time.Now())
	m.Wake()
	<-time.After(2 * time.Minute)
	served(1)
	stop() // what was learnt of the relay is forgotten
	m, stop = f.hastyDaemon()
	<-time.After(10 * time.Minute)
	publish(t, f.db, 2, time.Now())
	m.Wake()
	<-time.After(time.Minute)
	served(2)
	stop()
	f.idle = true // days pass fast
	m = f.mailer(2)
	stop = running(t, m)
	<-time.After(40 * time.Hour)
	stop()
	served(2)
	if p.poison == 0 {
		if l := f.letter(letter.ID); l.state != tidings.DeliveryFailed || l.attempts < giveUpAttempts {
			t.Errorf("the letter is %+v", l)
		}
	}
	for n := range p.poison {
		d := f.delivery(int64(2 + 2*n))
		if d.State != tidings.DeliveryFailed || d.Attempts < giveUpAttempts || d.Attempts > giveUpAttempts+3 {
			t.Errorf("%s is %s after %d attempts: %s", d.Address, d.State, d.Attempts, d.LastReply)
		}
	}
	at := m.Relays() // of two, one may have nothing to be probed with, since the other has it all
	if !slices.ContainsFunc(at, func(s Standing) bool { return s.Troubled.IsZero() }) {
		t.Errorf("in the end nothing works: %v", at)
	}
	f.part()
}

func TestARelayThatHangsUpOnEverybodyIsLeftAloneAndNoAttemptCounts(t *testing.T) {
	t.Parallel()
	for _, fault := range []faulty.Fault{faulty.Closing, faulty.Close} {
		if fault == faulty.Close && testing.Short() { // under the race detector: see Makefile
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			const readers = 20
			away := &outage{phase: faulty.Rcpt, fault: fault}
			f := newFire(t, 0)
			f.meet(faulty.Options{Script: away.script})
			for n := range readers {
				f.hasty(fmt.Sprintf("reader%d@example.com", n))
			}
			m, stop := f.hastyDaemon()
			for n := range 4 { // the first is taken
				publish(t, f.db, n+1, time.Now())
				m.Wake()
				<-time.After(8 * time.Hour)
				away.set(true)
			}
			if gap, n := away.closest(time.Now().Add(-15 * time.Hour)); gap < 5*time.Minute || n < 100 {
				t.Errorf("%s: %d connections, two of them within %v", fault, n, gap)
			}
			for reader := range readers {
				if got := f.short(reader + 1); got != "p0" {
					t.Errorf("%s: while it is away reader %d has %s", fault, reader, got)
				}
			}
			away.set(false)
			<-time.After(8 * time.Minute)
			stop()
			for reader := range readers {
				mails := must(f.db.Deliveries(t.Context(), int64(reader+1), 10))(t)
				if len(mails) != 3 || f.short(reader+1) != "s1" { // one of before, one as it went away, one of all since
					t.Errorf("%s: then reader %d has %d mails, the last %s", fault, reader, len(mails), f.short(reader+1))
				}
			}
			f.part()
		})
	}
}

// TestAProbeTakesAnotherMail than those that opened the breaker: the first that it takes closes it.
func TestAProbeTakesAnotherMail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mended atomic.Bool
		f := newFire(t, 6)
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			switch {
			case at.Phase != faulty.Rcpt:
			case !mended.Load(), at.To < "reader0003":
				return faulty.Closing
			}
			return faulty.None
		}})
		stop := running(t, f.mailer(1))
		<-time.After(time.Second)
		mended.Store(true)
		<-time.After(probeFirst)
		stop()
		got := ""
		for reader := range 6 {
			got += f.short(reader + 1)
		}
		if got != "d1d1d1s1s1s1" {
			t.Errorf("%s", got)
		}
		f.part()
	})
}
