package faulty

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/emersion/go-smtp"
)

// errOver ends a conversation.
var errOver = errors.New("the conversation is over")

// conversation is with one client.
type conversation struct {
	server *Server
	raw    net.Conn // without TLS
	number int

	conn   net.Conn // with TLS once there is any
	in     *bufio.Reader
	out    *bufio.Writer // goes out when nothing more is there to read
	secure bool

	behind net.Conn
	back   *bufio.Reader

	message int
	to      string
	refused bool // no recipient was taken
	// What the server behind is to make of the mail that it reads.
	refusal error
	silent  bool
}

// hold holds the conversation to its end.
func (c *conversation) hold() {
	c.speak(c.raw)
	var err error
	if c.behind, err = c.server.doors.open(c); err != nil {
		return
	}
	defer c.behind.Close()
	c.back = bufio.NewReader(c.behind)
	greeting := func() ([]byte, error) { return c.reply() }
	if err = c.answer(c.fault(Greeting), greeting); err != nil {
		return
	}
	for err == nil {
		if c.in.Buffered() == 0 && c.out.Flush() != nil {
			return
		}
		var line []byte
		if line, err = c.in.ReadBytes('\n'); err == nil {
			err = c.command(line)
		}
	}
	_ = c.out.Flush()
}

func (c *conversation) speak(conn net.Conn) {
	c.conn, c.in, c.out = conn, bufio.NewReaderSize(conn, window), bufio.NewWriter(conn)
}

func (c *conversation) fault(p Phase) Fault {
	at := At{Phase: p, Connection: c.number, Message: c.message}
	if p == Rcpt || p == Data || p == Body || p == Dot {
		at.To = c.to
	}
	return c.server.script(at)
}

// command answers one.
func (c *conversation) command(line []byte) error {
	verb, rest, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
	pass := func() ([]byte, error) { return c.pass(line) }
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return c.answer(c.fault(Hello), func() ([]byte, error) {
			reply, err := pass()
			return c.offer(reply), err
		})
	case "STARTTLS":
		if c.secure || !c.server.options.StartTLS {
			return c.answer(None, pass)
		}
		return c.startTLS()
	case "AUTH":
		return c.answer(c.fault(Auth), pass)
	case "MAIL":
		c.server.count(func() {
			c.server.messages++
			c.message = c.server.messages
		})
		c.to, c.refused = "", true
		return c.answer(c.fault(Mail), pass)
	case "RCPT":
		_, after, _ := strings.Cut(rest, "<")
		c.to, _, _ = strings.Cut(after, ">")
		return c.answer(c.fault(Rcpt), func() ([]byte, error) {
			reply, err := pass()
			c.refused = !bytes.HasPrefix(reply, []byte("250"))
			return reply, err
		})
	case "DATA":
		return c.data(line)
	case "QUIT":
		if err := c.answer(c.fault(Quit), pass); err != nil {
			return err
		}
		return errOver
	}
	return c.answer(None, pass)
}

// pass hands a line to the server behind, and gives its reply.
func (c *conversation) pass(line []byte) ([]byte, error) {
	if _, err := c.behind.Write(line); err != nil {
		return nil, err
	}
	return c.reply()
}

// reply reads one from the server behind.
func (c *conversation) reply() (reply []byte, err error) {
	for {
		line, err := c.back.ReadBytes('\n')
		reply = append(reply, line...)
		if err != nil || len(line) < 4 || line[3] != '-' {
			return reply, err
		}
	}
}

// offer changes what the server behind offers.
func (c *conversation) offer(reply []byte) []byte {
	if !bytes.HasPrefix(reply, []byte("250-")) {
		return reply
	}
	lines := bytes.SplitAfter(reply, []byte("\n"))
	head, rest := lines[0], bytes.Join(lines[1:], nil)
	if c.server.options.NoPipelining {
		rest = bytes.ReplaceAll(rest, []byte("250-PIPELINING\r\n"), nil)
	}
	if c.server.options.StartTLS && !c.secure {
		head = append(head, "250-STARTTLS\r\n"...)
	}
	return append(head, rest...)
}

// startTLS makes the conversation a secret one.
func (c *conversation) startTLS() error {
	err := c.answer(c.fault(StartTLS), func() ([]byte, error) { return []byte("220 2.0.0 go ahead\r\n"), nil })
	if err != nil {
		return err
	}
	if err := c.out.Flush(); err != nil {
		return err
	}
	config, wire := c.server.right, c.raw
	switch fault := c.fault(Handshake); fault {
	case None:
	case Slow:
		wire = dribbling{c.raw}
	case WrongTLS:
		config = c.server.wrong
	case HalfYes, HalfNo:
		_, _ = c.raw.Write([]byte{0x16, 3, 3, 0}) // the half of a record's head
		return errOver
	default:
		if err := c.answer(fault, nil); err != nil {
			return err
		}
		return c.leave()
	}
	secret := tls.Server(wire, config)
	if err := secret.Handshake(); err != nil { //nolint:noctx // Close ends it
		return err
	}
	c.secure = true
	c.speak(secret)
	return nil
}

// data answers DATA, and takes the body when it said 354.
func (c *conversation) data(line []byte) error {
	var reply []byte
	ours := c.refused && c.server.options.Eager
	err := c.answer(c.fault(Data), func() (_ []byte, err error) {
		if reply = []byte("354 go on\r\n"); !ours {
			reply, err = c.pass(line)
		}
		return reply, err
	})
	if err != nil || !bytes.HasPrefix(reply, []byte("354")) {
		return err
	}
	if err := c.out.Flush(); err != nil {
		return err
	}
	c.refusal, c.silent = nil, false
	swallow, err := c.bodyFault(ours)
	if err != nil {
		return err
	}
	body, err := c.body()
	switch {
	case err != nil:
		return err
	case ours && string(body) == ".\r\n":
		_, err = c.out.WriteString("554 5.5.1 no valid recipients\r\n")
		return err
	case ours:
		return fmt.Errorf("%d octets for nobody", len(body))
	case swallow:
		c.refusal = refusal(451)
		_, err = c.pass(body) // it was answered before
		return err
	}
	fault := c.fault(Dot)
	if c.silent = c.silent || !fault.answers(); fault.refuses() {
		c.refusal = refusal(map[bool]int{true: 451, false: 550}[fault == Temporary])
	}
	said, err := c.pass(body)
	if err != nil {
		return err
	}
	if fault == Temporary || fault == Permanent {
		fault = None // said by the server behind
	}
	return c.answer(fault, func() ([]byte, error) { return said, nil })
}

func refusal(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 7, 0}, Message: "not this one"}
}

// bodyFault is what goes wrong once the body has begun. When it says swallow, the rest of the body has no answer any more.
func (c *conversation) bodyFault(ours bool) (swallow bool, err error) {
	if ours {
		return false, nil
	}
	fault := c.fault(Body)
	if fault == None {
		return false, nil
	}
	if _, err := c.in.Peek(1); err != nil {
		return false, err
	}
	if fault == Slow {
		c.in = bufio.NewReaderSize(&sipping{c.in}, 16)
		return false, nil
	}
	c.silent = fault == Garbage // which the client takes for the answer to the dot
	err = c.answer(fault, func() ([]byte, error) { return []byte("250 2.0.0 OK\r\n"), nil })
	if err == nil {
		err = c.out.Flush()
	}
	return fault == Temporary || fault == Permanent, err
}

// body reads to the dot, which is its last line.
func (c *conversation) body() (body []byte, err error) {
	for {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if body = append(body, line...); string(line) == ".\r\n" {
			return body, nil
		}
	}
}

// leave waits for the client to go, without a word.
func (c *conversation) leave() error {
	_ = c.out.Flush()
	if memory, ok := c.raw.(*end); ok {
		memory.leave()
		return errOver
	}
	_, _ = io.Copy(io.Discard, c.raw)
	return errOver
}
