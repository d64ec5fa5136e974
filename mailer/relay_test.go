package mailer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// certificate is one for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailbox"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der := must(x509.CreateCertificate(rand.Reader, plan, plan, key.Public(), key))(t)
	pool := x509.NewCertPool()
	pool.AddCert(must(x509.ParseCertificate(der))(t))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool
}

func listen(t *testing.T, options mailbox.Options) (*mailbox.Box, *Relay) {
	t.Helper()
	box := must(mailbox.Listen("127.0.0.1:0", options))(t)
	t.Cleanup(closing(box))
	return box, relayTo(t, box.Addr())
}

const testMessage = "From: a@example.org\r\nTo: b@example.org\r\nDate: Mon, 30 Mar 2026 07:00:00 +0900\r\n\r\n.dots\r\n..\r\n"

func TestMailGoesEncryptedOrNotAtAll(t *testing.T) {
	t.Parallel()
	config, pool := certificate(t)
	for name, c := range map[string]struct {
		options  mailbox.Options
		security Security
		pool     *x509.CertPool
		fails    string // "": the mail arrives
	}{
		"STARTTLS":                  {mailbox.Options{TLS: config}, STARTTLS, pool, ""},
		"STARTTLS by default":       {mailbox.Options{TLS: config}, "", pool, ""},
		"implicit TLS":              {mailbox.Options{TLS: config, Implicit: true}, ImplicitTLS, pool, ""},
		"in clear, on loopback":     {mailbox.Options{}, Plain, nil, ""},
		"no STARTTLS there":         {mailbox.Options{}, STARTTLS, pool, "no STARTTLS"},
		"a certificate of nobody's": {mailbox.Options{TLS: config}, STARTTLS, nil, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box, relay := listen(t, c.options)
			relay.Security, relay.RootCAs = c.security, c.pool
			err := relay.Send(t.Context(), "a@example.org", "b@example.org", []byte(testMessage))
			mails := box.Mails()
			switch {
			case c.fails == "" && (err != nil || len(mails) != 1 || string(mails[0].Data) != testMessage):
				t.Errorf("%v, %v", mails, err)
			case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails) || len(mails) != 0):
				t.Errorf("%v, %v", mails, err)
			}
		})
	}
}

func TestClearTextIsForLoopbackAlone(t *testing.T) {
	t.Parallel()
	for host, ok := range map[string]bool{"127.0.0.1": true, "::1": true, "localhost": true, "mail.example.org": false, "10.0.0.1": false} {
		err := (&Relay{Host: host, Port: 25, Security: Plain}).Validate()
		if invalid := (*tidings.InvalidError)(nil); (err == nil) != ok || !ok && !errors.As(err, &invalid) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestLoginIsCheckedBeforeAnyMail(t *testing.T) {
	t.Parallel()
	box, relay := listen(t, mailbox.Options{Users: map[string]string{"tidings": "secret"}})
	relay.User, relay.Password = "tidings", "secret"
	if err := relay.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := relay.Send(t.Context(), "a@example.org", "b@example.org", []byte(testMessage)); err != nil || len(box.Mails()) != 1 {
		t.Error(err)
	}
	relay.Password = "wrong"
	if err := relay.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "AUTH") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("with a wrong password: %v", err)
	}
}

func TestFailedLoginIsNoDeliverysFault(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 1, mailbox.Options{Users: map[string]string{"tidings": "secret"}})
	o.relay.User, o.relay.Password = "tidings", "wrong"
	if _, err := o.mailer(1).Drain(t.Context()); !errors.Is(err, ErrRelay) {
		t.Error(err)
	}
	o.want(tidings.DeliveryPending, 0, 0)
}

func TestRefusedConnectionIsNoDeliverysFault(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 1, mailbox.Options{})
	if err := o.box.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := o.mailer(2).Drain(t.Context()); !errors.Is(err, ErrRelay) {
		t.Error(err)
	}
	o.want(tidings.DeliveryPending, 0, 0)
}

func TestAddressOutsideASCIINeedsARelayThatTakesIt(t *testing.T) {
	t.Parallel()
	form := compose(t, testComposer(t), korean())
	for _, without := range []bool{false, true} {
		box, relay := listen(t, mailbox.Options{NoUTF8: without})
		message := must(form.Fill(testDelivery(1, "독자@example.org")))(t)
		err := relay.Send(t.Context(), "a@example.org", "독자@example.org", message)
		mails := box.Mails()
		switch {
		case without && (err == nil || len(mails) > 0 || !strings.Contains(err.Error(), "SMTPUTF8") || !strings.Contains(err.Error(), relay.Name())):
			t.Errorf("without SMTPUTF8: %d mails, %v", len(mails), err)
		case !without && (err != nil || len(mails) != 1 || mails[0].To != "독자@example.org" ||
			must(mailbox.Read(mails[0].Data))(t).To != "<독자@example.org>"):
			t.Errorf("with SMTPUTF8: %v, %v", mails, err)
		}
	}
}

func TestQuotedLocalPartReachesTheRelayQuoted(t *testing.T) {
	t.Parallel()
	box, relay := listen(t, mailbox.Options{})
	const to = `"two words"@example.org`
	message := must(compose(t, testComposer(t), english()).Fill(testDelivery(1, to)))(t)
	if err := relay.Send(t.Context(), "a@example.org", to, message); err != nil {
		t.Fatal(err)
	}
	if v := must(mailbox.Read(box.Mails()[0].Data))(t); v.To != "<"+to+">" {
		t.Errorf("To is %s", v.To)
	}
}

func TestStatusIsReadRightAfterTheReplyCodeAndNowhereElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code       int
		text, want string
	}{
		{550, "5.1.1 no such user", "5.1.1"},
		{550, "5.1.10", "5.1.10"},
		{550, "host 10.5.1.1 said no", ""},
		{550, "no: 5.1.1", ""},
		{450, "5.1.1 contradicts itself", ""},
		{550, "5.1.1234 too long", ""},
		{550, "5.1.1.2 an address", ""},
	} {
		if got := enhanced(c.code, c.text); got != c.want {
			t.Errorf("%d %s: %q, want %q", c.code, c.text, got, c.want)
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add(550, "5.1.1 no\r\nsuch user\x00")
	f.Fuzz(func(t *testing.T, code int, text string) {
		if s := enhanced(code, text); s != "" && !strings.HasPrefix(text, s) {
			t.Errorf("%q is not at the start of %q", s, text)
		}
		if got := oneLine(text); len(got) > 400 || refuseControls("reply", got) != nil {
			t.Errorf("%q", got)
		}
	})
}
