package faulty

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"
)

// certify makes a certificate for localhost, and one for somebody else.
func (s *Server) certify() error {
	s.pool = x509.NewCertPool()
	for name, config := range map[string]**tls.Config{"localhost": &s.right, "elsewhere.example.org": &s.wrong} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		plan := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			NotBefore: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), // testing/synctest begins in 2000
			NotAfter:  time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
			IsCA:      true, BasicConstraintsValid: true,
		}
		if name == "localhost" {
			plan.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		}
		der, err := x509.CreateCertificate(rand.Reader, plan, plan, key.Public(), key)
		if err != nil {
			return err
		}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		s.pool.AddCert(made) // both: what is wrong with the second is its name
		*config = &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12,
		}
	}
	return nil
}
