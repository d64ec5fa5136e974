package faulty

import (
	"bytes"
	"io"
	"net"
	"time"
)

// answer gives the reply that is due, or what the fault makes of it. Where the fault needs none, the command does not reach
// the server behind. An error ends the conversation.
func (c *conversation) answer(fault Fault, due func() ([]byte, error)) error {
	switch fault {
	case Temporary:
		return c.say("451 4.7.0 not now\r\n")
	case Permanent:
		return c.say("550 5.7.0 not this one\r\n")
	case Garbage:
		return c.say("\x00\xff~ 250? no: garbage\r\n")
	case Closing:
		return c.last("421 4.3.2 closing\r\n")
	case HalfNo:
		return c.last("550 5.1.1 no such us")
	case WrongTLS:
		return c.last("\x15\x03\x03\x00\x02\x02\x28") // a fatal alert: handshake_failure
	case Close:
		_ = c.out.Flush()
		return errOver
	case Hang:
		return c.leave()
	case None, HalfYes, Slow:
	}
	reply, err := due()
	if err != nil {
		return err
	}
	switch fault {
	case HalfYes:
		return c.last(string(bytes.TrimRight(reply, "\r\n")))
	case Slow:
		if err := c.out.Flush(); err != nil {
			return err
		}
		_, err = dribbling{c.conn}.Write(reply)
		return err
	default:
		return c.say(string(reply))
	}
}

func (c *conversation) say(words string) error {
	_, err := c.out.WriteString(words)
	return err
}

// last says something, and ends the conversation.
func (c *conversation) last(words string) error {
	if err := c.say(words); err != nil {
		return err
	}
	_ = c.out.Flush()
	return errOver
}

// sipping reads one octet a second.
type sipping struct{ from io.Reader }

func (s *sipping) Read(p []byte) (int, error) {
	<-time.After(time.Second)
	return s.from.Read(p[:min(1, len(p))])
}

// dribbling writes one octet a second.
type dribbling struct{ net.Conn }

// Write writes them one after the other.
func (d dribbling) Write(p []byte) (n int, err error) {
	for n < len(p) {
		<-time.After(time.Second)
		if _, err := d.Conn.Write(p[n : n+1]); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
