package bounce

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/tidings/tidings"
)

// MessageMost is how much of a mail is read, in octets, in whatever way it comes: a report may quote all of another.
const MessageMost = 4 << 20

// Limits of a listener.
const (
	recipientsMost = 20 // of one transaction
	commandTime    = time.Minute
	takeTime       = 30 * time.Second // for the database
)

// Listener takes reports by SMTP or LMTP. What is set may not be changed once it serves.
type Listener struct {
	Service  *Service
	LMTP     bool
	Name     string      // in its greeting
	TLS      *tls.Config // for STARTTLS; nil: it is not offered
	Leave    string      // the address of List-Unsubscribe; empty: none
	Feedback string      // the address that providers tell of complaints; empty: none
	// Leaves does what a mail to that address asks for. Only a fault of ours is an error.
	Leaves func(ctx context.Context, message []byte, now time.Time) error
	Now    func() time.Time
	Log    *slog.Logger
}

// Serve takes mails until ctx ends; then those that have begun have the time given to end.
func (l *Listener) Serve(ctx context.Context, listener net.Listener, grace time.Duration) error {
	waits := usualPatience()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		conn := c.Conn()
		if inner, is := conn.(*tls.Conn); is {
			conn = inner.NetConn()
		}
		limited, is := conn.(*limitedConn)
		if !is {
			return nil, errLater
		}
		return &session{Listener: l, ctx: context.WithoutCancel(ctx), conn: limited}, nil
	}))
	server.LMTP, server.Domain, server.TLSConfig = l.LMTP, l.Name, l.TLS
	server.MaxRecipients, server.MaxMessageBytes = recipientsMost, MessageMost
	server.MaxLineLength = 2 * MessageMost // so that it bounds no mail; of commands see limitedConn.Read
	server.ReadTimeout, server.WriteTimeout = waits.command, waits.command
	server.EnableSMTPUTF8 = true // RFC 6533: a report of a mail that needed it needs it too
	server.ErrorLog = log.New(io.Discard, "", 0)
	ended := make(chan error, 1)
	gate := limited(listener, l.Name, waits)
	go func() { ended <- server.Serve(gate) }()
	select {
	case err := <-ended:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(closing)
	_ = gate.Close() // the server knows of it only once it accepts; closing it twice does no harm
	if errors.Is(err, context.DeadlineExceeded) {
		gate.hangUp() // who sends comes again
		err = nil
	}
	return errors.Join(err, <-ended)
}

func (l *Listener) via() string {
	if l.LMTP {
		return "lmtp"
	}
	return "smtp"
}

var (
	errNoMailbox = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	errLater     = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not now, try again later"}
	errSlow      = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 4, 2}, Message: "too slow, try again later"}
)

// session is one connection.
type session struct {
	*Listener
	ctx  context.Context
	conn *limitedConn
	to   []string
}

// Mail takes any sender: reports have none, and nobody is answered.
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes return paths of ours, the address of List-Unsubscribe, that of feedback loops, and the postmaster.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	ctx, cancel := context.WithTimeout(s.ctx, takeTime)
	defer cancel()
	if !s.isLeave(to) && !s.isFeedback(to) && !s.isPostmaster(to) {
		_, err := s.Service.Names(ctx, to)
		if errors.Is(err, tidings.ErrBadToken) {
			if len(pathsIn(to)) > 0 {
				s.Service.ignore(ctx, "a mail to a return path that we did not make was refused", s.via(), s.Now())
			} else { // any port 25 on the net is asked for the strangest addresses
				s.Log.DebugContext(ctx, "a mail to an address that is none of ours was refused", "via", s.via())
			}
			return errNoMailbox
		}
		if err != nil {
			return s.later(ctx, err)
		}
	}
	s.to = append(s.to, to)
	s.conn.names()
	return nil
}

func (s *session) isLeave(to string) bool { return s.Leave != "" && strings.EqualFold(to, s.Leave) }

func (s *session) isFeedback(to string) bool {
	return s.Feedback != "" && strings.EqualFold(to, s.Feedback)
}

// isPostmaster: every domain that takes mail has one (RFC 5321 §4.5.1), and feedback loops write there.
func (s *session) isPostmaster(to string) bool {
	return s.Service.Domain != "" && strings.EqualFold(strings.TrimSuffix(to, "."), "postmaster@"+s.Service.Domain)
}

// Data takes a mail for all its recipients, or none: who sends it again does no harm.
func (s *session) Data(r io.Reader) error {
	message, err := s.conn.read(r)
	if err != nil {
		return err
	}
	for _, to := range s.to {
		if err := s.deliver(to, message); err != nil {
			return err
		}
	}
	return nil
}

// LMTPData answers for each recipient (RFC 2033 §4.2).
func (s *session) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	message, err := s.conn.read(r)
	if err != nil {
		return err
	}
	for _, to := range s.to {
		status.SetStatus(to, s.deliver(to, message))
	}
	return nil
}

// deliver is done when the database has it.
func (s *session) deliver(to string, message []byte) error {
	ctx, cancel := context.WithTimeout(s.ctx, takeTime)
	defer cancel()
	var err error
	switch {
	case s.isLeave(to):
		err = s.Leaves(ctx, message, s.Now())
	case s.isFeedback(to):
		err = s.report(ctx, message, "a mail to the address for complaints is no report: it is passed over")
	case s.isPostmaster(to):
		err = s.report(ctx, message, "a mail to the postmaster is no report: it is passed over")
	default:
		_, err = s.Service.Mail(ctx, to, message, s.via(), s.Now())
	}
	if err != nil {
		return s.later(ctx, err)
	}
	return nil
}

// report takes a mail to an address that anybody may know: that it came there proves nothing, and the report itself must name the mail.
func (s *session) report(ctx context.Context, message []byte, isNone string) error {
	report, err := s.Service.Mail(ctx, "", message, s.via(), s.Now())
	if err == nil && !report {
		s.Service.note(ctx, slog.LevelWarn, isNone, s.via(), s.Now(), "ignored", "octets", len(message))
	}
	return err
}

// later keeps what is wrong with us to ourselves.
func (s *session) later(ctx context.Context, err error) error {
	s.Service.note(ctx, slog.LevelError, "a mail could not be taken now, and is to come again", s.via(), s.Now(), "refused", "error", err)
	return errLater
}

// Reset forgets the transaction.
func (s *session) Reset() { s.to = nil }

// Logout has nothing to do.
func (s *session) Logout() error { return nil }
