package mailer

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings/mailer/faulty"
)

// failing has the relay fail so for whoever's address begins so.
func failing(who string, phase faulty.Phase, fault faulty.Fault) func(faulty.At) faulty.Fault {
	return func(at faulty.At) faulty.Fault {
		if at.Phase == phase && strings.HasPrefix(at.To, who) {
			return fault
		}
		return faulty.None
	}
}

const fewGood = 6

// few has some readers at as many domains, and some whose names say that they make trouble.
func few(t *testing.T, script func(faulty.At) faulty.Fault, trouble ...string) *underFire {
	t.Helper()
	f := newFire(t, 0)
	f.meet(faulty.Options{Script: script})
	for n := range fewGood {
		f.hasty(fmt.Sprintf("reader%d@d%d.example", n, n))
	}
	f.hasty(trouble...)
	return f
}

// release publishes one more, and wants all that came by then to be with whoever makes no trouble a while later.
func (f *underFire) release(m *Mailer, within time.Duration) {
	f.t.Helper()
	f.news++
	came := time.Now()
	publish(f.t, f.db, f.news, came)
	m.Wake()
	<-time.After(within)
	have := 0 // several can have come in one mail
	for n := range fewGood {
		for _, d := range must(f.db.Deliveries(f.t.Context(), int64(n+1), 10))(f.t) {
			if !d.Settled.Before(came.Truncate(time.Second)) {
				have++
				break
			}
		}
	}
	if have != fewGood {
		f.t.Errorf("%v after release %d came out %d of %d readers have it", within, f.news, have, fewGood)
	}
}

func TestMailsThatARelayRefusesAtDataKeepNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	for _, fault := range []faulty.Fault{faulty.Temporary, faulty.Permanent, faulty.Closing} {
		for _, letters := range []bool{false, true} {
			if testing.Short() && fault != faulty.Temporary { // under the race detector: see Makefile
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				var readers []string
				for n := range 5 { // more than the relay is believed about at once
					readers = append(readers, fmt.Sprintf("poison%d@p.example", n))
				}
				if letters { // which anybody can have sent
					readers = nil
				}
				f := few(t, failing("poison", faulty.Data, fault), readers...)
				m, stop := f.hastyDaemon()
				for n := range 5 {
					if letters {
						postConfirm(t, f.db, fmt.Sprintf("poison%d@p.example", n))
						m.Post()
					}
				}
				<-time.After(time.Minute)
				for range 3 {
					f.release(m, 20*time.Minute)
				}
				stop()
				f.part()
			})
		}
	}
}

func TestReadersAtAnyDomainsOnWhomARelayHangsUpStopTheOthersForTwoDaysAtMost(t *testing.T) {
	t.Parallel()
	for _, at := range []faulty.Phase{faulty.Rcpt, faulty.Body} {
		if testing.Short() && at != faulty.Rcpt { // under the race detector: see Makefile
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			f := few(t, failing("poison", at, faulty.Close), "poison@a.example", "poison@b.example", "poison@c.example")
			m, stop := f.hastyDaemon()
			<-time.After(time.Minute)
			f.release(m, time.Hour)
			f.release(m, knockAfter+time.Hour)
			for range 3 { // as it took mails for others since, these readers are known
				f.release(m, time.Hour)
			}
			stop()
			f.part()
		})
	}
}

func TestARelayThatAnswersSomeDotsNotAndHangsUpOnOneMailIsFoundToWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		silent, poison := failing("silent", faulty.Dot, faulty.Close), failing("poison", faulty.Rcpt, faulty.Close)
		f := few(t, func(at faulty.At) faulty.Fault {
			if fault := silent(at); fault != faulty.None {
				return fault
			}
			return poison(at)
		}, "silent1@p.example", "silent2@p.example", "silent3@p.example", "poison@p.example")
		m, stop := f.hastyDaemon()
		<-time.After(time.Minute)
		f.release(m, time.Hour)
		for range 3 {
			f.release(m, 3*time.Hour)
		}
		stop()
		f.part()
	})
}
