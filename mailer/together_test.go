package mailer

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
)

func TestWhatIsPutOffForItsDomainIsHeldWithItsRun(t *testing.T) {
	t.Parallel()
	for phase, want := range map[faulty.Phase]func(map[tidings.DeliveryState]int) bool{
		faulty.Rcpt: func(n map[tidings.DeliveryState]int) bool { // that domain
			return n[tidings.DeliveryHeld] == 800 && n[tidings.DeliverySent] == 800
		},
		faulty.Dot: func(n map[tidings.DeliveryState]int) bool { // the run
			return n[tidings.DeliveryHeld]+n[tidings.DeliverySent] == 1600 && n[tidings.DeliverySent] < 100
		},
	} {
		if phase == faulty.Dot && testing.Short() { // under the race detector: see Makefile
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			f := newFire(t, 0)
			f.enrol(1600, func(n int) string { return []string{"refuses.example", "takes.example"}[n%2] })
			f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
				if at.Phase == faulty.Rcpt {
					<-time.After(5 * time.Millisecond)
				}
				if at.Phase == phase && strings.Contains(at.To, "refuses") {
					return faulty.Permanent
				}
				return faulty.None
			}})
			m := f.mailer(10)
			m.PerDomain = 2
			stop := running(t, m)
			<-time.After(5 * time.Minute)
			stop()
			if states := f.states(1600); !want(states) {
				t.Errorf("refused at %v: %v", phase, states)
			}
			f.part()
		})
	}
}

func TestAFallbackThatWasDownIsProbedByWhatItAloneCanTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newTwoBoxes(t, 2, [2]bool{true, false})
		b.more[0].Fallback = true
		back := time.Now().Add(time.Minute)
		b.down = func() bool { return time.Now().Before(back) }
		stop := running(t, b.mailer(2))
		<-time.After(time.Hour)
		stop()
		for n := range b.readers {
			if d := b.delivery(int64(n + 1)); d.State != tidings.DeliverySent {
				t.Errorf("%s is %s: %s", d.Address, d.State, d.LastReply)
			}
		}
		b.part()
	})
}

// dyingConn is one to a process that dies with what it had not flushed.
type dyingConn struct {
	net.Conn
	dead atomic.Bool
}

func (c *dyingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.dead.Load() {
		return 0, io.EOF
	}
	return n, err
}

// dying has the relay's process die at RCPT for whoever is called poison; the reply to MAIL is lost with it.
func (f *underFire) dying() {
	var current atomic.Pointer[dyingConn]
	f.meet(faulty.Options{Script: func(at faulty.At) faulty.Fault {
		if at.Phase == faulty.Rcpt && strings.HasPrefix(at.To, "poison") {
			current.Load().dead.Store(true)
			return faulty.Close
		}
		return faulty.None
	}})
	dial := f.relay.Dial
	f.relay.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c := &dyingConn{Conn: conn}
		current.Store(c)
		return c, nil
	}
}

func TestOneMailThatKillsTheRelaysProcessKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 0)
		f.dying()
		f.hasty("poison@example.net")
		m, stop := f.hastyDaemon()
		publish(t, f.db, 1, time.Now())
		m.Wake()
		<-time.After(time.Minute)
		for n := range 5 {
			f.hasty(fmt.Sprintf("reader%d@example.com", n))
		}
		publish(t, f.db, 2, time.Now())
		m.Wake()
		<-time.After(time.Hour)
		if n := f.server.Taken(); n != 5 {
			t.Errorf("%d of 5 others had their mail after an hour", n)
		}
		stop()
		f.part()
	})
}
