package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// Security is how the way to the relay is protected.
type Security string

// The protections. The zero value is STARTTLS.
const (
	STARTTLS    Security = "starttls" // RFC 3207, mandatory: a relay that does not offer it gets no mail
	ImplicitTLS Security = "tls"      // RFC 8314 §3.3
	Plain       Security = "none"     // to loopback alone
)

// Relay is the way to the mail server.
type Relay struct {
	Host     string
	Port     int
	Security Security
	User     string // empty: no AUTH
	Password string
	Hello    string         // our name in EHLO; empty: "localhost"
	RootCAs  *x509.CertPool // whom to trust; nil: the system's

	Connections int  // at once; 0: as the Mailer has it
	Weight      int  // its part of the Mailer's rate, beside the other relays'; 0: 1
	Fallback    bool // sends only while none of the others works

	// Dial opens the connection; nil: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	greeting time.Duration // it may take for its greeting; 0: as long as RFC 5321 §4.5.3.2.1 says
}

// Validate says everything that is wrong with the configuration.
func (r *Relay) Validate() error {
	var faults []error
	if r.Host == "" {
		faults = append(faults, tidings.Invalidf("smtp host", "is missing"))
	}
	if r.Port < 1 || r.Port > 65535 {
		faults = append(faults, tidings.Invalidf("smtp port", "%d is none", r.Port))
	}
	switch r.Security {
	case "", STARTTLS, ImplicitTLS:
	case Plain:
		if !loopback(r.Host) {
			faults = append(faults, tidings.Invalidf("smtp security",
				"none is for a relay on this machine alone; %s is another: use starttls or tls", r.Host))
		}
	default:
		faults = append(faults, tidings.Invalidf("smtp security", "%q is not starttls, tls or none", r.Security))
	}
	for field, value := range map[string]string{"smtp host": r.Host, "smtp hello": r.Hello, "smtp user": r.User} {
		if err := refuseControls(field, value); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Check opens a connection, encrypts it and logs in, as sending a mail would, and sends none.
func (r *Relay) Check(ctx context.Context) error {
	s, err := r.open(ctx, ctx)
	if err != nil {
		return err
	}
	s.quit()
	return nil
}

// admits does as Check does, and has the relay take a sender too: what comes next in a mail is its recipient.
func (r *Relay) admits(ctx context.Context, from string) error {
	s, err := r.open(ctx, ctx)
	if err != nil {
		return err
	}
	s.mail(&envelope{from: from})
	if err := s.ask(commandTimeout, 250); err != nil {
		s.hangUp()
		return err
	}
	s.quit()
	return nil
}

// Send gives the relay one message, outside the outbox: a test.
func (r *Relay) Send(ctx context.Context, from, to string, message []byte) error {
	from, fault := address("from", from)
	to, err := address("to", to)
	if err = errors.Join(fault, err); err != nil {
		return err
	}
	s, err := r.open(ctx, ctx)
	if err != nil {
		return err
	}
	res := s.send(&envelope{from: from, to: to, utf8: needsUTF8(to)}, message)
	if !s.broken {
		s.quit()
	}
	if res.phase != accepted {
		return fmt.Errorf("%s did not take it (%s): %s", r.Name(), res.phase, res.words())
	}
	return nil
}

// Name is how logs and numbers call it: "smtp.example.org:587".
func (r *Relay) Name() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }

func (r *Relay) tls() *tls.Config {
	return &tls.Config{ServerName: r.Host, MinVersion: tls.VersionTLS12, RootCAs: r.RootCAs}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
