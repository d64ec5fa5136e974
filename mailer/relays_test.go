package mailer

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
)

// second opens one more relay in memory.
func (f *underFire) second(options faulty.Options) *faulty.Server {
	f.t.Helper()
	server := must(faulty.Serve(options))(f.t)
	f.more = append(f.more, &Relay{Host: "localhost", Port: 26, Security: Plain, Dial: server.Dial})
	f.t.Cleanup(func() { _ = server.Close() })
	return server
}

// leisurely takes a second for each mail.
func leisurely(at faulty.At) faulty.Fault {
	if at.Phase == faulty.Dot {
		<-time.After(time.Second)
	}
	return faulty.None
}

// sent checks that every reader has the mail, at the first attempt.
func (f *underFire) sent() {
	f.t.Helper()
	for reader := range f.readers {
		if got := f.short(reader + 1); got != "s1" {
			f.t.Errorf("reader %d has %s", reader, got)
		}
	}
}

// once checks that nothing is lost, how many copies there are at the most, and that a copy is the same mail.
func once(t *testing.T, mails, copies int, servers ...*faulty.Server) {
	t.Helper()
	seen, all := map[string]faulty.Receipt{}, 0
	for _, s := range servers {
		for _, r := range s.Receipts() {
			if first, again := seen[r.MessageID]; again && first != r {
				t.Errorf("a copy is another mail: %v, %v", first, r)
			}
			seen[r.MessageID] = r
			all++
		}
	}
	if len(seen) != mails || all > mails+copies {
		t.Errorf("%d mails of %d, %d with copies", len(seen), mails, all)
	}
}

func TestWhenOneRelayDiesInTheMiddleTheOtherSendsTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const readers, connections = 60, 3
		f := newFire(t, readers)
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if at.Message > 10 {
				return faulty.Close
			}
			return faulty.None
		}})
		other := f.second(faulty.Options{Script: leisurely})
		stop := running(t, f.mailer(connections))
		<-time.After(time.Minute)
		uncertain := 0
		for reader := range readers {
			switch f.short(reader + 1) {
			case "s1":
			case "u1":
				uncertain++
			default:
				t.Errorf("reader %d has %s", reader, f.short(reader+1))
			}
		}
		if uncertain > connections {
			t.Errorf("of %d mails nobody knows", uncertain)
		}
		<-time.After(20 * time.Minute) // what is uncertain is sent once more
		stop()
		once(t, readers, connections, f.server, other)
		if f.server.Taken() == 0 || other.Taken() < readers-10-connections {
			t.Errorf("the one took %d, the other %d", f.server.Taken(), other.Taken())
		}
		if n := len(f.log.with("a relay is left alone")); n == 0 {
			t.Error("the log says nothing")
		}
		f.part()
	})
}

func TestARelayThatComesBackIsFoundBesideTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := &outage{phase: faulty.Connect, fault: faulty.Close}
		away.set(true)
		f := newFire(t, 60)
		f.scene(1, faulty.Options{Script: away.script})
		other := f.second(faulty.Options{})
		m := f.mailer(2)
		for _, r := range m.routes {
			r.pace = newPace(0.2) // five minutes' work
		}
		stop := running(t, m)
		<-time.After(2 * time.Minute)
		if n := f.server.Dials(); n < 5 || n > 8 { // three faults, then after 15, 30 and 60 seconds
			t.Errorf("it was asked %d times", n)
		}
		if at := m.Relays(); at[0].Troubled.IsZero() || !at[1].Troubled.IsZero() {
			t.Errorf("%v", at)
		}
		away.set(false)
		<-time.After(6 * time.Minute)
		stop()
		f.sent()
		once(t, 60, 0, f.server, other)
		if f.server.Taken() < 5 {
			t.Errorf("it took %d after it had come back", f.server.Taken())
		}
		f.part()
	})
}

func TestARelayThatHangsKeepsNoLetterWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 20)
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if at.Phase == faulty.Mail {
				return faulty.Hang
			}
			return faulty.None
		}})
		other := f.second(faulty.Options{})
		m := f.mailer(2)
		stop := running(t, m)
		<-time.After(10 * time.Second)
		before := other.Taken()
		if before < 10 {
			t.Errorf("%d mails", before)
		}
		postConfirm(t, f.db, visitor)
		m.Post()
		<-time.After(2 * time.Second)
		if n := other.Taken(); n != before+1 {
			t.Errorf("the letter waits: %d mails", n)
		}
		<-time.After(20 * time.Minute)
		stop()
		f.sent()
		f.part()
	})
}

func TestARelayOfNoWeightSendsOnlyWhileNoOtherWorks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := &outage{phase: faulty.Connect, fault: faulty.Close}
		f := newFire(t, 20)
		f.scene(1, faulty.Options{Script: away.script})
		both := atomic.Bool{}
		spare := f.second(faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if both.Load() && at.Phase == faulty.Connect {
				return faulty.Close
			}
			return leisurely(at)
		}})
		f.more[0].Fallback = true
		m := f.mailer(2)
		f.drainWith(m, nil)
		if f.server.Taken() != 20 || spare.Dials() != 0 {
			t.Errorf("it took %d, and the spare one was asked %d times", f.server.Taken(), spare.Dials())
		}
		away.set(true)
		f.force()
		f.drainWith(m, nil)
		if f.server.Taken() != 20 || spare.Taken() != 20 {
			t.Errorf("it took %d, the spare one %d", f.server.Taken(), spare.Taken())
		}
		away.set(false)
		<-time.After(5 * time.Minute)
		f.force()
		f.drainWith(m, nil)
		before := spare.Taken() // it went on until the other was known to work
		if f.server.Taken()+before != 60 || before == 40 {
			t.Errorf("then it took %d, the spare one %d", f.server.Taken(), before)
		}
		f.force()
		f.drainWith(m, nil)
		if spare.Taken() != before {
			t.Errorf("the spare one took %d more", spare.Taken()-before)
		}
		away.set(true)
		both.Store(true)
		f.force()
		f.drainWith(m, ErrRelay)
		for reader := range 20 {
			if got := f.short(reader + 1); got != "p0" {
				t.Errorf("reader %d has %s", reader, got)
			}
		}
		f.part()
	})
}

func TestRelaysShareTheRateByWeight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 40)
		f.scene(1, faulty.Options{})
		f.relay.Weight = 3
		other := f.second(faulty.Options{})
		m := f.mailer(2)
		for _, r := range m.routes {
			r.pace = newPace(4)
		}
		began := time.Now()
		f.drainWith(m, nil)
		if took := time.Since(began); took < 9*time.Second || took > 12*time.Second {
			t.Errorf("40 mails, 4 a second, took %v", took)
		}
		if n := other.Taken(); n < 9 || n > 11 {
			t.Errorf("a relay with a quarter of the weight took %d of 40", n)
		}
		f.part()
	})
}

// force opens one more run, of one more release.
func (f *underFire) force() {
	f.t.Helper()
	<-time.After(time.Minute)
	f.news++
	publish(f.t, f.db, f.news, time.Now())
	must(planner(f.t, f.db).Force(f.t.Context(), time.Now(), tidings.Weekly))(f.t)
}

func (f *underFire) drainWith(m *Mailer, want error) {
	f.t.Helper()
	if _, err := m.Drain(f.t.Context()); !errors.Is(err, want) {
		f.t.Errorf("draining ended with %v, want %v", err, want)
	}
}

func TestAConnectionCarriesNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 20)
		f.scene(1, faulty.Options{})
		m := f.mailer(1)
		m.PerConnection = 6
		f.drainWith(m, nil)
		f.sent()
		if n := f.server.Dials(); n != 4 {
			t.Errorf("%d connections", n)
		}
		f.part()
	})
}
