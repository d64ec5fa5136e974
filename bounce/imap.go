package bounce

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/tidings/tidings"
)

// How a connection to a mailbox is secured.
const (
	imapTLS      = "tls"
	imapSTARTTLS = "starttls"
	imapPlain    = "none"
)

// Limits of a look into a mailbox.
const (
	lookTime = 5 * time.Minute // in all
	lookMost = 1000            // mails; the others have their turn at the next look
)

// Mailbox is one that reports come to, and that is looked into by IMAP (RFC 9051).
type Mailbox struct {
	Service  *Service
	Host     string
	Port     int
	Security string // "tls", "starttls", or "none": to loopback alone
	User     string
	Password string
	Folder   string
	RootCAs  *x509.CertPool // whom to trust; nil: the system's
	Every    time.Duration
	Now      func() time.Time
	Log      *slog.Logger
}

// Run looks at once and then every so often, until ctx ends.
func (m *Mailbox) Run(ctx context.Context) {
	ticker := time.NewTicker(m.Every)
	defer ticker.Stop()
	for {
		n, err := m.Look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			m.Log.Error("looking into the mailbox for reports; it is looked into again later", "error", err)
		case n > 0:
			m.Log.Info("looked into the mailbox for reports", "mails", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Look takes the mails that nobody has seen, and says how many. Each is marked as seen once the database has what it says, and one
// that is no report likewise: it stays, for a person to read.
func (m *Mailbox) Look(ctx context.Context) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	err = m.inside(ctx, func(c *imapclient.Client) error {
		found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
		if err != nil {
			return err
		}
		uids := found.AllUIDs()
		var refused error
		for _, uid := range uids[:min(len(uids), lookMost)] {
			err := m.take(ctx, c, uid)
			no := (*imap.Error)(nil)
			switch {
			case err == nil:
				n++
			case errors.As(err, &no): // a mail that is damaged keeps no other waiting
				refused = cmp.Or(refused, fmt.Errorf("mail %d: %w", uid, err))
			default:
				return err
			}
		}
		return refused
	})
	return n, err
}

// Check logs in and opens the mailbox.
func (m *Mailbox) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, takeTime)
	defer cancel()
	return m.inside(ctx, func(*imapclient.Client) error { return nil })
}

// take is done with one mail.
func (m *Mailbox) take(ctx context.Context, c *imapclient.Client, uid imap.UID) error {
	body := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: MessageMost}}
	mails, err := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{body}}).Collect()
	if err != nil {
		return err
	}
	for _, one := range mails {
		if len(one.BodySection) == 0 || one.UID != uid {
			continue
		}
		if _, err := m.Service.Mail(ctx, "", one.BodySection[0].Bytes, "imap", m.Now()); err != nil {
			return err
		}
	}
	return c.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
}

// inside does something in the opened mailbox. When ctx ends, the connection is cut, whatever it is doing.
func (m *Mailbox) inside(ctx context.Context, do func(*imapclient.Client) error) (err error) {
	addr := net.JoinHostPort(m.Host, strconv.Itoa(m.Port))
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", addr, err)
		}
	}()
	dialer := net.Dialer{Timeout: commandTime}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	c, err := m.secure(ctx, conn)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	defer func() { _ = c.Close() }() // all is done, or lost, by then
	if err := c.Login(m.User, m.Password).Wait(); err != nil {
		return fmt.Errorf("logging in as %s: %w", m.User, err)
	}
	if _, err := c.Select(m.Folder, nil).Wait(); err != nil {
		return fmt.Errorf("the mailbox %q: %w", m.Folder, err)
	}
	if err := do(c); err != nil {
		return err
	}
	return c.Logout().Wait()
}

func (m *Mailbox) secure(ctx context.Context, conn net.Conn) (*imapclient.Client, error) {
	secure := &tls.Config{ServerName: m.Host, MinVersion: tls.VersionTLS12, RootCAs: m.RootCAs}
	switch m.Security {
	case imapTLS:
		wire := tls.Client(conn, secure)
		if err := wire.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("TLS: %w", err)
		}
		return imapclient.New(wire, nil), nil
	case imapSTARTTLS:
		return imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: secure})
	case imapPlain:
		return imapclient.New(conn, nil), nil
	}
	return nil, tidings.Invalidf("security", "%q is not tls, starttls or none", m.Security)
}
