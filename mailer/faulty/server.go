package faulty

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Server is a relay that fails on demand.
type Server struct {
	options      Options
	right, wrong *tls.Config
	pool         *x509.CertPool

	listener net.Listener // nil: in memory
	behind   *smtp.Server
	doors    *doors // through which a conversation reaches it
	work     sync.WaitGroup

	mu         sync.Mutex
	closed     bool
	conns      map[net.Conn]bool // that are served
	sockets    int               // of clients in memory, that are open
	dials      int
	messages   int
	receipts   []Receipt
	unanswered int
}

// Serve makes a relay in memory: Dial reaches it.
func Serve(options Options) (*Server, error) {
	s := &Server{options: options, conns: map[net.Conn]bool{}, doors: newDoors()}
	if options.StartTLS {
		if err := s.certify(); err != nil {
			return nil, err
		}
	}
	s.behind = smtp.NewServer(smtp.BackendFunc(s.session))
	s.behind.Domain = "faulty.localhost"
	s.behind.ErrorLog = log.New(io.Discard, "", 0) // hang-ups are meant
	s.behind.AllowInsecureAuth = true
	s.behind.EnableSMTPUTF8 = true
	s.work.Go(func() { _ = s.behind.Serve(s.doors) }) // ErrServerClosed
	return s, nil
}

// Listen makes a relay on loopback.
func Listen(options Options) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // bound at once: there is nothing to cancel
	if err != nil {
		return nil, err
	}
	s, err := Serve(options)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.listener = listener
	s.work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.serve(conn)
		}
	})
	return s, nil
}

// Addr is where it listens: "127.0.0.1:40123".
func (s *Server) Addr() string { return s.listener.Addr().String() }

// RootCAs trusts its certificate, which is for localhost and 127.0.0.1.
func (s *Server) RootCAs() *x509.CertPool { return s.pool }

var errRefused = errors.New("connection refused")

// Dial opens a connection in memory. It is the client's socket that Sockets counts.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	s.mu.Lock()
	at := At{Phase: Connect, Connection: s.dials + 1, Message: s.messages}
	s.mu.Unlock()
	switch s.script(at) {
	case None:
	case Hang:
		<-ctx.Done()
		s.count(func() { s.dials++ })
		return nil, ctx.Err()
	default:
		s.count(func() { s.dials++ })
		return nil, errRefused
	}
	client, server := connection(func() { s.count(func() { s.sockets-- }) }, func() {})
	s.count(func() { s.sockets++ })
	s.serve(server)
	return client, nil
}

func (s *Server) script(at At) Fault {
	if s.options.Script == nil {
		return None
	}
	return s.options.Script(at)
}

func (s *Server) count(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// serve holds a conversation until it ends.
func (s *Server) serve(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	if s.closed {
		_ = conn.Close()
		return
	}
	s.conns[conn] = true
	c := &conversation{server: s, raw: conn, number: s.dials}
	s.work.Go(func() {
		c.hold()
		linger(conn)
		_ = conn.Close()
		s.count(func() { delete(s.conns, conn) })
	})
}

// linger ends what is said, and hears the client out: closing a socket that has unread octets takes back what was said last,
// which may be a reply that this relay believes to have given.
func linger(conn net.Conn) {
	if wire, ok := conn.(*net.TCPConn); ok && wire.CloseWrite() == nil {
		_ = wire.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, _ = io.Copy(io.Discard, wire)
	}
}

// Dials is how often somebody connected, or tried to.
func (s *Server) Dials() (n int) {
	s.count(func() { n = s.dials })
	return n
}

// Open is how many sockets clients hold open. Of those that come over the network, it learns when it next reads.
func (s *Server) Open() (n int) {
	s.count(func() {
		if n = s.sockets; s.listener != nil {
			n = len(s.conns)
		}
	})
	return n
}

// Receipts are of the mails that were taken, in their order.
func (s *Server) Receipts() (all []Receipt) {
	s.count(func() { all = slices.Clone(s.receipts) })
	return all
}

// Taken is how many mails were.
func (s *Server) Taken() (n int) {
	s.count(func() { n = len(s.receipts) })
	return n
}

// Unanswered is how many mails were taken and their sender was meant not to learn it.
func (s *Server) Unanswered() (n int) {
	s.count(func() { n = s.unanswered })
	return n
}

// Close hangs up on everyone, and waits until all is quiet.
func (s *Server) Close() error {
	var err error
	if s.listener != nil {
		err = s.listener.Close()
	}
	s.count(func() {
		s.closed = true
		for conn := range s.conns {
			_ = conn.Close()
		}
	})
	s.doors.Close()
	_ = s.behind.Close()
	s.work.Wait()
	return err
}
