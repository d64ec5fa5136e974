package doctor

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTheCertificateForReportsIsToldOfBeforeItsEnd(t *testing.T) {
	t.Parallel()
	config, _, end := secured(t)
	pair := config.Certificates[0]
	secret := must(x509.MarshalPKCS8PrivateKey(pair.PrivateKey))(t)
	l := &Listener{At: ":25", CertFile: filepath.Join(t.TempDir(), "cert.pem"), KeyFile: filepath.Join(t.TempDir(), "key.pem")}
	for path, block := range map[string]*pem.Block{
		l.CertFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, l.KeyFile: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const day = 24 * time.Hour
	for want, now := range map[string]time.Time{
		"ok a certificate for 15 days":                                          end.Add(-15*day - time.Hour),
		"warn the certificate ends in 13 days, on " + end.Format(time.DateOnly): end.Add(-14*day + time.Hour),
		"warn the certificate ends in 0 days":                                   end.Add(-time.Hour),
		"hard the certificate is over since " + end.Format(time.DateOnly):       end.Add(time.Hour),
		"hard the certificate begins on ":                                       time.Unix(-1, 0),
	} {
		expect(t, want, []Finding{certificate(l, now)}, want)
	}
	expect(t, "no listener", []Finding{certificate(&Listener{}, end)}, "note not checked: no other server")
	expect(t, "no certificate", []Finding{certificate(&Listener{At: ":25"}, end)}, "note :25 has no certificate")
	if err := os.Remove(l.KeyFile); err != nil {
		t.Fatal(err)
	}
	found := certificate(l, end.Add(-100*day))
	expect(t, "its key is gone", []Finding{found}, "hard the certificate cannot be read with its key: ")
	if found.Why == "" || found.Mend == "" {
		t.Errorf("neither why nor how to mend it: %+v", found)
	}
}
