package mailbox

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Phase is the point of a transaction that a Reply may turn.
type Phase string

// The phases, in the order of a transaction.
const (
	Hello Phase = "hello" // EHLO; neither sender nor recipient are known
	From  Phase = "mail"  // MAIL; the recipient is not known yet
	To    Phase = "rcpt"  // RCPT
	Body  Phase = "body"  // after 354, before the first octet of the body is read
	Dot   Phase = "dot"   // the whole mail has been read
)

// ErrHangUp, given by a Reply, closes the connection without a word. At Dot the mail is kept all the same: the case
// of a relay that took the mail and whose 250 was lost.
var ErrHangUp = errors.New("hang up")

// Refusal makes the error that answers with this reply, such as 550, "5.1.1", "no such user". After a 421 the
// connection is closed (RFC 5321 §3.8).
func Refusal(code int, status, text string) error {
	e := &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
	var class, subject, detail int
	if _, err := fmt.Sscanf(status, "%d.%d.%d", &class, &subject, &detail); err == nil {
		e.EnhancedCode = smtp.EnhancedCode{class, subject, detail}
	}
	return e
}

// Options are what differs from a box on loopback that takes everything. The zero value is such a box.
type Options struct {
	Folder   string            // each mail is also written here, as 0001.eml and so on; empty: memory alone
	TLS      *tls.Config       // STARTTLS is offered; nil: it is not
	Implicit bool              // TLS from the first octet, instead of STARTTLS
	Users    map[string]string // passwords by user; who has not logged in is refused at MAIL. Empty: no AUTH
	NoUTF8   bool              // SMTPUTF8 is not offered

	// Reply may turn a phase into a refusal or a hang-up. nil, or a nil error: all is well. It is called from
	// the connections' goroutines.
	Reply func(phase Phase, from, to string) error

	// Kept is told of each mail before its sender is told that it was accepted; nil: nobody is. It is called from the
	// connections' goroutines.
	Kept func(Mail)
}

// Mail is one that was accepted.
type Mail struct {
	Index int // its place in the order of arrival, from 1; also the name of its file
	From  string
	To    string
	Data  []byte // exactly the octets of DATA, dots unstuffed
}

// Box is a mailbox that listens.
type Box struct {
	options  Options
	server   *smtp.Server
	listener net.Listener
	served   chan error

	mu    sync.Mutex
	mails []Mail
}

// Listen opens a box at an address on loopback, such as "127.0.0.1:0". The folder should be empty: no file in it is
// overwritten, and no link followed; a mail whose name is taken is refused.
func Listen(addr string, options Options) (*Box, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("mailbox: %s is not loopback: this server is not made for the world", addr)
	}
	if options.Folder != "" {
		if err := os.MkdirAll(options.Folder, 0o700); err != nil {
			return nil, fmt.Errorf("mailbox: %w", err)
		}
	}
	listener, err := net.Listen("tcp", addr) //nolint:noctx // bound at once: there is nothing to cancel
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	return Serve(listener, options), nil
}

// Serve opens a box behind a listener of any kind, and owns it from here on.
func Serve(listener net.Listener, options Options) *Box {
	if options.Implicit {
		listener = tls.NewListener(listener, options.TLS)
	}
	b := &Box{options: options, listener: listener, served: make(chan error, 1)}
	b.server = smtp.NewServer(smtp.BackendFunc(b.greet))
	b.server.Domain = "mailbox.localhost"
	b.server.ErrorLog = log.New(io.Discard, "", 0) // hang-ups are meant
	b.server.AllowInsecureAuth = true              // loopback
	b.server.EnableSMTPUTF8 = !options.NoUTF8
	b.server.ReadTimeout = 5 * time.Minute // RFC 5321 §4.5.3.2.7
	if !options.Implicit {
		b.server.TLSConfig = options.TLS
	}
	go func() { b.served <- b.server.Serve(listener) }()
	return b
}

// Addr is where it listens: "127.0.0.1:40123".
func (b *Box) Addr() string { return b.listener.Addr().String() }

// Mails are those accepted so far, in the order of their arrival.
func (b *Box) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails)
}

// Close hangs up on everyone. The mails stay readable.
func (b *Box) Close() error {
	if err := b.server.Close(); errors.Is(err, smtp.ErrServerClosed) {
		return nil // it is closed already
	} else if err != nil {
		return err
	}
	_ = b.listener.Close() // the server knows of it only once it accepts; closing it twice does no harm
	return <-b.served
}

// keep puts a mail by; it is not accepted before it is in the folder.
func (b *Box) keep(from, to string, data []byte) (Mail, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := Mail{Index: len(b.mails) + 1, From: from, To: to, Data: data}
	if b.options.Folder != "" {
		name := filepath.Join(b.options.Folder, fmt.Sprintf("%04d.eml", m.Index))
		if err := create(name, data); err != nil {
			return m, err
		}
	}
	b.mails = append(b.mails, m)
	return m, nil
}

// create writes a new file.
func create(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
