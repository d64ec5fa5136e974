package bounce

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// patience is how long a client is waited for: a slow server has enough of it, and who means to stay is sent away.
type patience struct {
	command  time.Duration // for a whole command, and for each paceOctets of a body
	stranger time.Duration // until it names a recipient of ours, since it came or its last message ended
	message  time.Duration // from then to the end of the message
}

func usualPatience() patience {
	return patience{command: commandTime, stranger: 2 * time.Minute, message: 3 * time.Minute}
}

// unansweredMost is how many octets a client may send without a word from here, but for a body: a command, and what it was too early with.
const unansweredMost = 256 << 10

// paceOctets of a body must come within the time of a command.
const paceOctets = 10 << 10

// limitedConn is a connection with a place, and with an end to its conversation.
type limitedConn struct {
	net.Conn
	patience patience
	leave    func()
	talk     *time.Timer // ends the conversation

	mu         sync.Mutex
	known      bool // it has named a recipient of ours
	over       bool
	body       bool // what comes now is a body
	rest       bool // or what is left of one that is not read any more, until that is said
	unanswered int
}

func newLimitedConn(conn net.Conn, p patience, leave func()) *limitedConn {
	c := &limitedConn{Conn: conn, patience: p, leave: leave}
	c.talk = time.AfterFunc(p.stranger, c.end)
	return c
}

// Close makes room for another.
func (c *limitedConn) Close() error {
	c.talk.Stop()
	c.leave()
	return c.Conn.Close()
}

// Read is that of net.Conn. Who is too late once has no second time: else half a command would go for a whole one, and the next begin.
// A command without an end is not kept: go-smtp's own limit is one for the lines of bodies too.
func (c *limitedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.end()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.body && !c.rest {
		c.unanswered += n
	}
	if c.unanswered > unansweredMost {
		return 0, smtp.ErrTooLongLine
	}
	return n, err
}

// Write is that of net.Conn.
func (c *limitedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.rest, c.unanswered = false, 0
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// SetReadDeadline is that of net.Conn, and has no say once the conversation is over.
func (c *limitedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

// end has every reading fail from now on, as one that took too long. What is to be said still can be.
func (c *limitedConn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0)) // long ago
}

// names gives more time to who names a recipient of ours: once for each message.
func (c *limitedConn) names() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.known = true
		c.talk.Reset(c.patience.message)
	}
}

// read reads a message, for as long as it goes on at a pace. It fails with errSlow when that was too slow.
func (c *limitedConn) read(r io.Reader) ([]byte, error) {
	slow := time.AfterFunc(c.patience.command, c.end)
	defer slow.Stop()
	c.mu.Lock()
	c.body = true
	c.mu.Unlock()
	_ = c.SetReadDeadline(time.Time{})
	message, err := io.ReadAll(&paced{Reader: r, left: paceOctets, again: func() { slow.Reset(c.patience.command) }})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.body, c.rest = false, err != nil
	switch {
	case err != nil && c.over:
		return nil, errSlow
	case err != nil:
		return nil, err
	}
	c.known = false
	c.talk.Reset(c.patience.stranger)
	return message, nil
}

// paced says again each time that paceOctets were read.
type paced struct {
	io.Reader
	left  int
	again func()
}

// Read is that of io.Reader.
func (p *paced) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b[:min(len(b), p.left)]) // no more: the reader waits until all of it is full
	if p.left -= n; p.left <= 0 {
		p.left = paceOctets
		p.again()
	}
	return n, err
}
