package mailer

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings/mailer/faulty"
)

// tired is a connection that its relay closes when nothing was said for five minutes, as Postfix does (smtpd_timeout).
type tired struct {
	net.Conn
	mu    sync.Mutex
	timer *time.Timer
}

const tiredAfter = 5 * time.Minute

func (c *tired) said() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Reset(tiredAfter)
}

func (c *tired) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.said()
	return n, err
}

func (c *tired) Write(p []byte) (int, error) {
	c.said()
	return c.Conn.Write(p)
}

func (c *tired) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	return c.Conn.Close()
}

// tires has the relay's connections be such.
func tires(r *Relay) {
	dial := r.Dial
	r.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c := &tired{Conn: conn}
		c.timer = time.AfterFunc(tiredAfter, func() { _ = conn.Close() })
		return c, nil
	}
}

func TestALowRateIsKeptThoughTheRelayClosesConnectionsMeanwhile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		perHour, connections, perConnection int
	}{{10, 2, 0}, {60, 2, 1}, {60, 8, 0}} {
		synctest.Test(t, func(t *testing.T) {
			const mails = 20
			f := newFire(t, mails)
			f.scene(1, faulty.Options{})
			tires(f.relay)
			m := f.mailer(c.connections)
			m.routes[0].pace = newPace(float64(c.perHour) / 3600)
			if c.perConnection > 0 {
				m.PerConnection = c.perConnection
			}
			stop := running(t, m)
			<-time.After(mails * time.Hour / time.Duration(c.perHour) / 2)
			if n := f.server.Taken(); n < mails/2 || n > mails/2+1 {
				t.Errorf("%+v: %d mails in half the time", c, n)
			}
			<-time.After(mails * time.Hour / time.Duration(c.perHour) / 2)
			stop()
			f.sent()
			once(t, mails, 0, f.server)
			f.part()
		})
	}
}
