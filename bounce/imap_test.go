package bounce

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/tidings/tidings"
)

// imapServer has a mailbox with these mails, and says where.
func imapServer(t *testing.T, mails ...string) (port int, user *imapmemserver.User) {
	t.Helper()
	return imapServerWith(t, nil, false, nil, mails...)
}

// imapServerWith has a certificate, for STARTTLS or from the first octet on, and may refuse to give out a mail.
func imapServerWith(
	t *testing.T, secure *tls.Config, implicit bool, refuses func(imap.NumSet) bool, mails ...string,
) (port int, user *imapmemserver.User) {
	t.Helper()
	user = imapmemserver.NewUser("bounces", "password")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for _, mail := range mails {
		if _, err := user.Append("INBOX", literal{strings.NewReader(mail), int64(len(mail))}, &imap.AppendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	users := imapmemserver.New()
	users.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			session, ok := users.NewSession().(imapserver.SessionIMAP4rev2)
			if !ok {
				return nil, nil, errors.New("a session of an old kind")
			}
			return refusing{session, refuses}, nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}}, InsecureAuth: secure == nil, TLSConfig: secure,
		Logger: log.New(io.Discard, "", 0),
	})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if implicit {
		l = tls.NewListener(l, secure)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	_, text, _ := net.SplitHostPort(l.Addr().String())
	if port, err = strconv.Atoi(text); err != nil {
		t.Fatal(err)
	}
	return port, user
}

// refusing answers NO to who asks for some mails.
type refusing struct {
	imapserver.SessionIMAP4rev2
	refuses func(imap.NumSet) bool // nil: none
}

func (r refusing) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	if r.refuses != nil && r.refuses(set) {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeServerBug, Text: "the message is damaged"}
	}
	return r.SessionIMAP4rev2.Fetch(w, set, options)
}

type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

func TestAMailboxIsEmptiedOfReportsOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net", "ben@example.net")
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	port, user := imapServer(t,
		crlf(reportOf(d.returnPath("ana@example.net"), "failed", "5.1.1")), crlf("From: ben@example.net\n\nHello.\n"),
		crlf(reportOf(path7, "failed", "5.1.1")), crlf(strings.ReplaceAll(sample(t, "arf.eml"), path7, d.returnPath("ben@example.net"))))
	box := &Mailbox{
		Service: d.Service, Host: "127.0.0.1", Port: port, Security: "none", User: "bounces", Password: "password", Folder: "INBOX",
		Every: time.Minute, Now: monday, Log: d.Log,
	}
	if err := box.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := box.Look(t.Context()); err != nil || n != 4 {
		t.Fatalf("%d, %v", n, err)
	}
	if d.state("ana@example.net") != tidings.Suppressed || d.state("ben@example.net") != tidings.Suppressed {
		t.Errorf("ana is %s, ben %s", d.state("ana@example.net"), d.state("ben@example.net"))
	}
	if n, err := box.Look(t.Context()); err != nil || n != 0 {
		t.Errorf("a second look: %d, %v", n, err)
	}
	status, err := user.Status("INBOX", &imap.StatusOptions{NumMessages: true})
	if err != nil || *status.NumMessages != 4 {
		t.Errorf("there are %v mails, %v", status.NumMessages, err)
	}
	box.Password = "another"
	if _, err := box.Look(t.Context()); err == nil || !strings.Contains(err.Error(), "logging in as bounces") || strings.Contains(err.Error(), "another") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestAReportStaysUnseenWhenItCouldNotBeKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net")
	port, _ := imapServer(t, strings.ReplaceAll(reportOf(d.returnPath("ana@example.net"), "failed", "5.1.1"), "\n", "\r\n"))
	box := &Mailbox{
		Service: d.Service, Host: "127.0.0.1", Port: port, Security: "none", User: "bounces", Password: "password", Folder: "INBOX", Now: monday, Log: d.Log,
	}
	d.rename("bounces", "elsewhere")
	if _, err := box.Look(t.Context()); err == nil {
		t.Error("no error")
	}
	d.rename("elsewhere", "bounces")
	if n, err := box.Look(t.Context()); err != nil || n != 1 || d.state("ana@example.net") != tidings.Suppressed {
		t.Errorf("%d, %v, and ana is %s", n, err, d.state("ana@example.net"))
	}
}

func TestAMailThatTheMailboxDoesNotGiveOutKeepsNoReportBehindItWaiting(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net")
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	port, _ := imapServerWith(t, nil, false, func(set imap.NumSet) bool { return set.String() == "1" },
		crlf("From: ben@example.net\n\nHello.\n"), crlf(reportOf(d.returnPath("ana@example.net"), "failed", "5.1.1")))
	box := &Mailbox{
		Service: d.Service, Host: "127.0.0.1", Port: port, Security: "none", User: "bounces", Password: "password", Folder: "INBOX", Now: monday, Log: d.Log,
	}
	n, err := box.Look(t.Context())
	if n != 1 || err == nil || !strings.Contains(err.Error(), "damaged") || d.state("ana@example.net") != tidings.Suppressed {
		t.Errorf("%d, %v, and ana is %s", n, err, d.state("ana@example.net"))
	}
}

// TestAMailboxIsReachedByTLSOrNotAtAll has a server that takes a password by TLS alone, as they do.
func TestAMailboxIsReachedByTLSOrNotAtAll(t *testing.T) {
	t.Parallel()
	c, trusts := certificate(t, t.TempDir(), 1)
	for _, implicit := range []bool{true, false} {
		security := map[bool]string{true: imapTLS, false: imapSTARTTLS}[implicit]
		d := newDesk(t, "ana@example.net")
		report := strings.ReplaceAll(reportOf(d.returnPath("ana@example.net"), "failed", "5.1.1"), "\n", "\r\n")
		port, _ := imapServerWith(t, c.Config(), implicit, nil, report)
		box := func(security string, trusts *x509.CertPool) *Mailbox {
			return &Mailbox{
				Service: d.Service, Host: "127.0.0.1", Port: port, Security: security, User: "bounces", Password: "password", Folder: "INBOX",
				RootCAs: trusts, Now: monday, Log: d.Log,
			}
		}
		if err := box(security, x509.NewCertPool()).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s, a certificate that nobody trusts: %v", security, err)
		}
		if n, err := box(security, trusts).Look(t.Context()); err != nil || n != 1 || d.state("ana@example.net") != tidings.Suppressed {
			t.Errorf("%s: %d, %v, and ana is %s", security, n, err, d.state("ana@example.net"))
		}
	}
	port, _ := imapServer(t)
	plain := &Mailbox{
		Host: "127.0.0.1", Port: port, Security: imapSTARTTLS, User: "bounces", Password: "password", Folder: "INBOX", RootCAs: trusts,
	}
	if err := plain.Check(t.Context()); err == nil || strings.Contains(err.Error(), "logging in") {
		t.Errorf("a server that offers no STARTTLS: %v", err)
	}
}
