package faulty

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net"
	"net/mail"
	"sync"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// doors is the listener of the server behind.
type doors struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newDoors() *doors { return &doors{conns: make(chan net.Conn), closed: make(chan struct{})} }

// open gives an end that speaks with the server behind.
func (d *doors) open(c *conversation) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case d.conns <- &door{Conn: theirs, c: c}:
		return ours, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Accept waits for the next conversation.
func (d *doors) Accept() (net.Conn, error) {
	select {
	case conn := <-d.conns:
		return conn, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Close lets nobody in any more.
func (d *doors) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

// Addr is made up.
func (d *doors) Addr() net.Addr { return loopback() }

// door is the server's end; it knows whose conversation comes through.
type door struct {
	net.Conn
	c *conversation
}

// session takes mails. It meets smtp.AuthSession.
type session struct {
	c  *conversation
	to string
}

func (s *Server) session(conn *smtp.Conn) (smtp.Session, error) {
	d, ok := conn.Conn().(*door)
	if !ok {
		return nil, net.ErrClosed
	}
	return &session{c: d.c}, nil
}

// AuthMechanisms are offered where there are users.
func (s *session) AuthMechanisms() []string {
	if len(s.c.server.options.Users) == 0 {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth begins RFC 4616 PLAIN.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		want, known := s.c.server.options.Users[user]
		if !known || subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

// Mail takes any sender.
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes any recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

// Data takes the mail, unless the conversation says otherwise.
func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if refusal := s.c.refusal; refusal != nil {
		return refusal
	}
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "that is no mail"}
	}
	kept := Receipt{
		To: s.to, MessageID: m.Header.Get("Message-ID"), Date: m.Header.Get("Date"), Hash: sha256.Sum256(data),
	}
	server := s.c.server
	server.count(func() {
		server.receipts = append(server.receipts, kept)
		if s.c.silent {
			server.unanswered++
		}
	})
	if server.options.Kept != nil {
		server.options.Kept(kept)
	}
	return nil
}

// Reset forgets the transaction.
func (s *session) Reset() { s.to = "" }

// Logout has nothing to free.
func (s *session) Logout() error { return nil }
