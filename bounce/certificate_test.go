package bounce

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// certificate is one for 127.0.0.1 with a serial number, in two files; who trusts it, trusts it alone.
func certificate(t *testing.T, folder string, serial int64) (c *Certificate, trusts *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: domain}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c = &Certificate{CertFile: filepath.Join(folder, "cert.pem"), KeyFile: filepath.Join(folder, "key.pem")}
	write(t, c.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, c.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	trusts = x509.NewCertPool()
	if !trusts.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) {
		t.Fatal("nobody trusts it")
	}
	return c, trusts
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Duration(len(path)+len(text)) * time.Second) // so that two states have two times
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
}

// sendSecured sends a mail, encrypted, and says by which certificate.
func sendSecured(t *testing.T, at, to, message string, trusts *x509.CertPool) (serial int64, err error) {
	t.Helper()
	c, err := smtp.Dial(at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if offered, _ := c.Extension("STARTTLS"); !offered {
		t.Fatal("STARTTLS is not offered")
	}
	if err := c.StartTLS(&tls.Config{ServerName: "127.0.0.1", RootCAs: trusts, MinVersion: tls.VersionTLS12}); err != nil {
		return 0, err
	}
	state, _ := c.TLSConnectionState()
	serial = state.PeerCertificates[0].SerialNumber.Int64()
	if err := c.Mail(""); err != nil {
		return serial, err
	}
	if err := c.Rcpt(to); err != nil {
		return serial, err
	}
	w, err := c.Data()
	if err != nil {
		return serial, err
	}
	if _, err := w.Write([]byte(message)); err != nil {
		return serial, err
	}
	return serial, w.Close()
}

func TestReportsComeEncryptedByACertificateThatMayBeRenewed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net", "ben@example.net")
	folder := t.TempDir()
	c, trusts := certificate(t, folder, 1)
	c.Log = d.Log
	d.tls = c.Config()
	at := d.listen(false)
	ana, ben := d.returnPath("ana@example.net"), d.returnPath("ben@example.net")
	if serial, err := sendSecured(t, at, ana, reportOf(ana, "failed", "5.1.1"), trusts); err != nil || serial != 1 {
		t.Errorf("certificate %d, %v", serial, err)
	}

	// Renewed by halves, the old one goes on.
	older, err := os.ReadFile(c.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	_, trustsNew := certificate(t, folder, 2)
	newer, err := os.ReadFile(c.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	write(t, c.KeyFile, append(older, '\n'))
	for range 2 {
		if serial, err := sendSecured(t, at, ben, reportOf(ben, "delayed", "4.4.1"), trusts); err != nil || serial != 1 {
			t.Errorf("while the key is still to come: certificate %d, %v", serial, err)
		}
	}
	if n := strings.Count(d.log.String(), "the certificate for reports has changed, and cannot be read"); n != 1 {
		t.Errorf("the log says so %d times: %s", n, d.log.String())
	}
	write(t, c.KeyFile, append(newer, '\n', '\n'))
	if serial, err := sendSecured(t, at, ben, reportOf(ben, "failed", "5.1.1"), trustsNew); err != nil || serial != 2 {
		t.Errorf("renewed: certificate %d, %v", serial, err)
	}
	if d.state("ana@example.net") != tidings.Suppressed || d.state("ben@example.net") != tidings.Suppressed {
		t.Errorf("ana is %s, ben %s", d.state("ana@example.net"), d.state("ben@example.net"))
	}
	d.tls = nil
	if conn, err := smtp.Dial(d.listen(false)); err != nil {
		t.Error(err)
	} else {
		if offered, _ := conn.Extension("STARTTLS"); offered {
			t.Error("without a certificate STARTTLS is offered")
		}
		_ = conn.Close()
	}
}

func TestACertificateThatMayBeReadOnlyLaterIsShownThen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c, _ := certificate(t, folder, 1)
	log := &bytes.Buffer{}
	c.Log = slog.New(slog.NewTextHandler(log, nil))
	before, err := c.Load()
	if err != nil {
		t.Fatal(err)
	}

	// Renewed by root, and given to us a moment later: that changes neither the times of the files nor their lengths.
	certificate(t, folder, 2)
	info, err := os.Stat(c.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(c.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	put := func(text []byte) {
		if err := errors.Join(os.WriteFile(c.KeyFile, text, 0o600), os.Chtimes(c.KeyFile, info.ModTime(), info.ModTime())); err != nil {
			t.Fatal(err)
		}
	}
	put(bytes.Repeat([]byte("?"), len(key)))
	for i := range 3 {
		if now, err := c.Load(); err != nil || now != before {
			t.Errorf("look %d: %v, %v", i, now, err)
		}
	}
	if n := strings.Count(log.String(), "cannot be read"); n != 1 {
		t.Errorf("the log says so %d times: %s", n, log)
	}
	put(key)
	if now, err := c.Load(); err != nil || now == before {
		t.Errorf("the one of before is shown still: %v", err)
	}
}
