package mailer

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// How long the relay may take for each step (RFC 5321 §4.5.3.2).
const (
	dialTimeout     = 30 * time.Second
	greetingTimeout = 5 * time.Minute
	greetingOfMany  = time.Minute // where another relay may be in a better state
	commandTimeout  = 5 * time.Minute
	dataTimeout     = 2 * time.Minute
	blockTimeout    = 3 * time.Minute
	dotTimeout      = 10 * time.Minute
	quitTimeout     = 5 * time.Second // its answer changes nothing
)

// blockSize is how much of the body is written under one deadline.
const blockSize = 64 << 10

// session is one connection to the relay. The socket is ours: go-mail's context ends with the dial, and its one timeout
// spans the whole transaction.
type session struct {
	conn    net.Conn
	client  *smtp.Client
	release func() bool // ends the watch on the context
	gone    func()      // is told of the end; nil: nobody is
	broken  bool        // the socket is closed
	cut     bool        // nothing more can be written, but there may be something to hear

	pipelining bool   // the relay takes commands before it has answered the last (RFC 2920)
	utf8       bool   // it has SMTPUTF8
	begun      int    // transactions
	out        []byte // what is written next, in one piece
}

// open dials, encrypts and logs in, unless ctx ends before. When until ends, the socket is closed whatever it is doing.
func (r *Relay) open(ctx, until context.Context) (*session, error) {
	dialling, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	dial := r.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(dialling, "tcp", r.Name())
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn}
	s.release = context.AfterFunc(ctx, func() { _ = conn.Close() })
	if err := s.greet(ctx, r); err != nil {
		s.hangUp()
		return nil, fmt.Errorf("%s: %w", r.Name(), err)
	}
	if !s.release() { // it ended in the last moment
		s.hangUp()
		return nil, ctx.Err()
	}
	s.release = context.AfterFunc(until, func() { _ = conn.Close() })
	s.pipelining, _ = s.client.Extension("PIPELINING")
	s.utf8, _ = s.client.Extension("SMTPUTF8")
	return s, nil
}

func (s *session) greet(ctx context.Context, r *Relay) (err error) {
	s.deadline(cmp.Or(r.greeting, greetingTimeout))
	wire := s.conn
	if r.Security == ImplicitTLS {
		secure := tls.Client(s.conn, r.tls())
		if err := secure.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("TLS: %w", err)
		}
		wire = secure
	}
	if s.client, err = smtp.NewClient(wire, r.Host); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	s.deadline(commandTimeout)
	hello := r.Hello
	if hello == "" {
		hello = "localhost"
	}
	if err := s.client.Hello(hello); err != nil {
		return err
	}
	if r.Security == STARTTLS || r.Security == "" {
		if offered, _ := s.client.Extension("STARTTLS"); !offered {
			return errors.New("the relay offers no STARTTLS; nothing was sent in clear")
		}
		if err := s.client.StartTLS(r.tls()); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	}
	return s.logIn(r)
}

// logIn takes the best mechanism that both sides know.
func (s *session) logIn(r *Relay) error {
	if r.User == "" {
		return nil
	}
	_, offered := s.client.Extension("AUTH")
	has := func(mechanism string) bool {
		return slices.Contains(strings.Fields(strings.ToUpper(offered)), mechanism)
	}
	inClear := r.Security == Plain // Validate has seen to it that it is loopback
	var auth smtp.Auth
	switch {
	case has("SCRAM-SHA-256"):
		auth = smtp.ScramSHA256Auth(r.User, r.Password)
	case has("PLAIN"):
		auth = smtp.PlainAuth("", r.User, r.Password, r.Host, inClear)
	case has("LOGIN"):
		auth = smtp.LoginAuth(r.User, r.Password, r.Host, inClear)
	case has("SCRAM-SHA-1"):
		auth = smtp.ScramSHA1Auth(r.User, r.Password)
	case has("CRAM-MD5"):
		auth = smtp.CRAMMD5Auth(r.User, r.Password)
	default:
		return fmt.Errorf("a user is configured, but the relay offers no AUTH that we know (%q)", offered)
	}
	if err := s.client.Auth(auth); err != nil {
		return fmt.Errorf("AUTH as %s: %w", r.User, err)
	}
	return nil
}

// serviceClosing: whatever the relay was asked, it says that it goes away (RFC 5321 §3.8).
const serviceClosing = 421

// quit says good-bye. All is settled by now, so its answer is not heard.
func (s *session) quit() {
	if s.broken {
		return
	}
	s.deadline(quitTimeout)
	_ = s.client.Quit()
	s.hangUp()
}

// hangUp closes the socket without a word.
func (s *session) hangUp() {
	first := !s.broken
	s.broken = true
	s.release()
	if _ = s.conn.Close(); first && s.gone != nil {
		s.gone()
	}
}

func (s *session) deadline(d time.Duration) { _ = s.conn.SetDeadline(time.Now().Add(d)) }
