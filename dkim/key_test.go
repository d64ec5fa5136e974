package dkim_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/dkim"
)

func TestAKeyIsReadAsItWasMadeAndAsOthersMakeIt(t *testing.T) {
	t.Parallel()
	for _, ed := range []bool{false, true} {
		key, text, err := dkim.Generate(ed)
		if err != nil {
			t.Fatal(err)
		}
		back := must(dkim.Read(text))(t)
		made := dkim.Key{Domain: "example.org", Selector: "a", Private: key}
		read := dkim.Key{Domain: "example.org", Selector: "a", Private: back}
		_, one, _ := made.Record()
		if _, other, _ := read.Record(); one != other || one == "" {
			t.Errorf("%s is not %s", other, one)
		}
	}
	old, _ := must(testRSA())(t).(*rsa.PrivateKey) // as openssl genrsa once wrote them
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(old)})
	key := dkim.Key{Domain: "example.org", Selector: "a", Private: must(dkim.Read(text))(t)}
	if err := key.Validate(from); err != nil || key.Bits() != 2048 || key.Algorithm() != "rsa-sha256" {
		t.Errorf("%d bits, %s, %v", key.Bits(), key.Algorithm(), err)
	}
}

func TestWhatIsNoKeyOfOursIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	curve := must(x509.MarshalPKCS8PrivateKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)))(t)
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for text, want := range map[string]string{
		"":                                    "is not PEM",
		"hello":                               "is not PEM",
		block("PRIVATE KEY", []byte("x")):     "is no private key in PKCS #8",
		block("RSA PRIVATE KEY", []byte("x")): "is no RSA key in PKCS #1",
		block("PUBLIC KEY", []byte("x")):      `is "PUBLIC KEY"`,
		block("ENCRYPTED PRIVATE KEY", nil):   "without a password",
		block("PRIVATE KEY", curve):           "is neither RSA nor Ed25519",
	} {
		invalid := (*tidings.InvalidError)(nil)
		if _, err := dkim.Read([]byte(text)); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	short := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 511), E: 65537}} // Go makes none so short
	key := dkim.Key{Domain: "example.org", Selector: "a", Private: short}
	if err := key.Validate(from); err == nil || !strings.Contains(err.Error(), "has 512 bits") {
		t.Errorf("a short key: %v", err)
	}
}

func TestTheRecordIsWhatTheStandardAndFilesOfZonesAskFor(t *testing.T) {
	t.Parallel()
	for _, key := range pair(t) {
		host, text, err := key.Record()
		if err != nil {
			t.Fatal(err)
		}
		_, p, _ := strings.Cut(text, "; p=")
		public := must(base64.StdEncoding.DecodeString(p))(t)
		ed := key.Algorithm() == "ed25519-sha256"
		if host != key.Selector+"._domainkey.example.org" || ed && (!strings.HasPrefix(text, "v=DKIM1; k=ed25519; ") || len(public) != 32) ||
			!ed && (!strings.HasPrefix(text, "v=DKIM1; k=rsa; ") || must(x509.ParsePKIXPublicKey(public))(t) == nil) {
			t.Errorf("%s: %s", host, text)
		}
		joined := ""
		for i, part := range strings.Split(dkim.Zone(host, text), `"`) {
			if i%2 == 1 { // between quotes
				if len(part) > 255 {
					t.Errorf("a string of %d octets", len(part))
				}
				joined += part
			}
		}
		if joined != text || !strings.HasPrefix(dkim.Zone(host, text), host+". IN TXT ") {
			t.Errorf("%s\nis not\n%s", dkim.Zone(host, text), text)
		}
	}
}
