package bounce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections stay within a test's own time.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.waiting:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// client talks to a listener, and counts how long it may.
type client struct {
	net.Conn
	begun time.Time
	said  lines // by the server
	gone  chan struct{}
}

// call opens a connection to a listener of the desk's, which ends with the test.
func (d *desk) call(t *testing.T) *client {
	t.Helper()
	p := &pipes{waiting: make(chan net.Conn), closed: make(chan struct{})}
	l := &Listener{
		Service: d.Service, Name: domain, Leave: leave, Now: func() time.Time { return monday().Add(time.Hour) }, Log: d.Log,
		Leaves: func(_ context.Context, message []byte, _ time.Time) error {
			_, err := d.left.Write(message)
			return err
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, p, time.Second) }()
	ours, theirs := net.Pipe()
	p.waiting <- theirs
	c := &client{Conn: ours, begun: time.Now(), gone: make(chan struct{})}
	go func() {
		_, _ = io.Copy(&c.said, ours)
		close(c.gone)
	}()
	t.Cleanup(func() {
		_ = ours.Close()
		<-c.gone
		stop()
		if err := <-ended; err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("the listener ended: %v", err)
		}
	})
	return c
}

// say sends pieces, each after a while, until all are sent or the server has gone.
func (c *client) say(after time.Duration, pieces ...string) {
	for _, piece := range pieces {
		select {
		case <-time.After(after):
		case <-c.gone:
			return
		}
		if _, err := io.WriteString(c, piece); err != nil {
			return
		}
	}
}

// lasted sees that the server has gone after so long, and said that it is not for good.
func (c *client) lasted(t *testing.T, what string, want time.Duration) {
	t.Helper()
	select {
	case <-c.gone:
	case <-time.After(time.Hour):
		t.Errorf("%s: it stays", what)
		return
	}
	if lasted := time.Since(c.begun); lasted.Round(time.Second) != want {
		t.Errorf("%s: it lasted %v, want %v", what, lasted, want)
	}
	replies := strings.Split(strings.TrimSpace(c.said.String()), "\n")
	if last := replies[len(replies)-1]; !strings.HasPrefix(last, "421 4.4.2 ") {
		t.Errorf("%s: the last word is %q", what, last)
	}
}

func repeated(n int, piece string) []string {
	pieces := make([]string, n)
	for i := range pieces {
		pieces[i] = piece
	}
	return pieces
}

func TestAConversationHasAnEndWhateverTheClientDrips(t *testing.T) {
	t.Parallel()
	begin := []string{"EHLO y.example\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<" + leave + ">\r\n"} // a second each
	for what, c := range map[string]struct {
		known bool // it names a recipient first, and is there for 3 seconds then
		after time.Duration
		says  []string
		want  time.Duration
	}{
		"nothing":                       {false, time.Second, nil, time.Minute},
		"a command, a letter each time": {false, 5 * time.Second, strings.Split("EHLO "+strings.Repeat("y", 90), ""), time.Minute},
		"commands, and nobody named":    {false, 50 * time.Second, repeated(99, "NOOP\r\n"), 2 * time.Minute},
		"hellos":                        {false, 50 * time.Second, repeated(99, "EHLO y.example\r\n"), 2 * time.Minute},
		"transactions without a message": {
			true, 50 * time.Second, repeated(99, "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<"+leave+">\r\n"), 3*time.Minute + 3*time.Second,
		},
		"a body, an octet each time": {true, 5 * time.Second, append([]string{"DATA\r\n"}, repeated(999, "x")...), time.Minute + 8*time.Second},
		"a body with no end":         {true, time.Second, append([]string{"DATA\r\n"}, repeated(999, strings.Repeat("x", 500)+"\r\n")...), 3*time.Minute + 3*time.Second},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newDesk(t).call(t)
				if c.known {
					client.say(time.Second, begin...)
				}
				client.say(c.after, c.says...)
				client.lasted(t, what, c.want)
			})
		})
	}
}

func TestASlowServerBringsItsReportsAllTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		client := d.call(t)
		client.say(10*time.Second, "EHLO y.example\r\n")
		for i := range 3 { // messages, one after the other: each has its time
			client.say(10*time.Second, "MAIL FROM:<>\r\n", "RCPT TO:<"+leave+">\r\n", "DATA\r\n")
			client.say(10*time.Second, repeated(14, strings.Repeat(strings.Repeat("x", 998)+"\r\n", 3))...)
			client.say(10*time.Second, fmt.Sprintf("end of %d\r\n.\r\n", i))
		}
		client.say(10*time.Second, "QUIT\r\n")
		<-client.gone
		for i := range 3 {
			if !strings.Contains(d.left.String(), fmt.Sprintf("end of %d\r\n", i)) {
				t.Errorf("message %d did not come; the server said\n%s", i, client.said.String())
			}
		}
	})
}
