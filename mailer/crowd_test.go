package mailer

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings/mailer/faulty"
)

// crowd has a relay take no more than so many connections at once: one more is told so and closed. turned counts those.
func crowd(r *Relay, most int) (turned func() int) {
	var mu sync.Mutex
	open, no, dial := 0, 0, r.Dial
	r.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if open >= most {
			no++
			ours, theirs := net.Pipe()
			go func() {
				_, _ = io.WriteString(theirs, "421 Too many concurrent SMTP connections\r\n")
				_ = theirs.Close()
			}()
			return ours, nil
		}
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		open++
		return &counted{Conn: conn, leave: sync.OnceFunc(func() {
			mu.Lock()
			defer mu.Unlock()
			open--
		})}, nil
	}
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return no
	}
}

// counted is a connection whose end is told.
type counted struct {
	net.Conn
	leave func()
}

func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}

func TestARelayThatTakesFewerConnectionsThanItIsGivenSendsOverThose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 400)
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if at.Phase == faulty.Dot {
				<-time.After(2 * time.Second)
			}
			return faulty.None
		}})
		turned := crowd(f.relay, 2)
		m := f.mailer(8)
		stop := running(t, m)
		<-time.After(4 * time.Minute)
		if n := f.server.Taken(); n < 220 {
			t.Errorf("%d mails in four minutes", n)
		}
		if n := turned(); n > 12 {
			t.Errorf("%d connections were tried in vain", n)
		}
		<-time.After(5 * time.Minute)
		stop()
		if n := turned(); n > 14 {
			t.Errorf("%d connections were tried in vain in the end", n)
		}
		f.sent()
		once(t, 400, 0, f.server)
		if s := f.log.with("sending stopped"); len(s) > 0 || len(f.log.with("fewer connections")) != 1 {
			t.Errorf("it is said %q", s)
		}
		f.part()
	})
}

func TestARelayThatTakesNoConnectionAnyMoreIsLeftAloneAndHasAllOfThemAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 40)
		f.scene(1, faulty.Options{})
		back, works := time.Now().Add(time.Hour), f.relay.Dial
		crowd(f.relay, 0)
		full := f.relay.Dial
		f.relay.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if time.Now().Before(back) {
				return full(ctx, network, addr)
			}
			return works(ctx, network, addr)
		}
		m := f.mailer(8)
		stop := running(t, m)
		<-time.After(10 * time.Second)
		if s := m.Relays()[0]; s.Troubled.IsZero() || s.Connections != 8 {
			t.Errorf("%+v", s)
		}
		<-time.After(70 * time.Minute)
		stop()
		f.sent()
		f.part()
	})
}
