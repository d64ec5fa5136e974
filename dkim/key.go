package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"

	"github.com/tidings/tidings"
)

// Bits of an RSA key.
const (
	rsaLeast  = 1024 // verifiers take no shorter ones (RFC 8301 §3.2)
	RSAShould = 2048 // shorter ones are weak; of longer ones not all verifiers know (likewise)
)

// Key is what signs, and where its public half is found: in the DNS, at SELECTOR._domainkey.DOMAIN.
type Key struct {
	Domain   string // d=: the one of the From address, or a parent of it
	Selector string // s=
	Private  crypto.Signer
}

// Read takes a private key in PEM: PKCS #8 (RSA or Ed25519), or PKCS #1.
func Read(text []byte) (crypto.Signer, error) {
	const what = "key"
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, tidings.Invalidf(what, "is not PEM: a line -----BEGIN PRIVATE KEY----- is looked for")
	}
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, tidings.Invalidf(what, "is no private key in PKCS #8: %v", err)
		}
		switch key := parsed.(type) {
		case *rsa.PrivateKey:
			return key, nil
		case ed25519.PrivateKey:
			return key, nil
		}
		return nil, tidings.Invalidf(what, "is neither RSA nor Ed25519, and verifiers know no other")
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, tidings.Invalidf(what, "is no RSA key in PKCS #1: %v", err)
		}
		return key, nil
	}
	return nil, tidings.Invalidf(what, "is %q; a private key without a password is needed, RSA or Ed25519", block.Type)
}

// Generate makes a private key, and its PEM.
func Generate(ed bool) (key crypto.Signer, text []byte, err error) {
	if ed {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, RSAShould)
	}
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// name is one of the DNS: labels of letters, digits and hyphens.
var name = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

// Validate says whether the key can sign mails that are from this address.
func (k *Key) Validate(from string) error {
	if !name.MatchString(k.Selector) {
		return tidings.Invalidf("selector", "%q is none: lower-case letters, digits and hyphens, such as 2026a", k.Selector)
	}
	if !name.MatchString(k.Domain) || !strings.Contains(k.Domain, ".") || len(k.host()) > 253 {
		return tidings.Invalidf("domain", "%q is no domain, in lower case", k.Domain)
	}
	// DMARC wants the domain that signs aligned with the one that readers see (RFC 7489 §3.1.1).
	if d := DomainOf(from); d != k.Domain && !strings.HasSuffix(d, "."+k.Domain) {
		return tidings.Invalidf("domain", "%q cannot speak for mails from %s: it must be %s, or a parent of it", k.Domain, from, d)
	}
	switch key := k.Private.(type) {
	case *rsa.PrivateKey:
		if n := key.N.BitLen(); n < rsaLeast {
			return tidings.Invalidf("key", "has %d bits, and verifiers take none under %d: make one of %d", n, rsaLeast, RSAShould)
		}
	case ed25519.PrivateKey:
	default:
		return tidings.Invalidf("key", "is neither RSA nor Ed25519")
	}
	return nil
}

// DomainOf is the domain of an address, in lower case.
func DomainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// Algorithm is what stands in a=.
func (k *Key) Algorithm() string { return k.kind() + "-sha256" }

// Bits are how long an RSA key is; those of others are 0.
func (k *Key) Bits() int {
	if key, ok := k.Private.(*rsa.PrivateKey); ok {
		return key.N.BitLen()
	}
	return 0
}

func (k *Key) kind() string {
	if _, ok := k.Private.(ed25519.PrivateKey); ok {
		return "ed25519"
	}
	return "rsa"
}

// hashing is what the key is told of a SHA-256: Ed25519 signs it as it were the message (RFC 8463 §3).
func (k *Key) hashing() crypto.Hash {
	if k.kind() == "ed25519" {
		return 0
	}
	return crypto.SHA256
}

// host is where verifiers look for the public key (RFC 6376 §3.6.2.1).
func (k *Key) host() string { return k.Selector + "._domainkey." + k.Domain }

// Record is the TXT record with the public key: its name and its text.
func (k *Key) Record() (host, text string, err error) {
	var public []byte
	switch key := k.Private.Public().(type) {
	case ed25519.PublicKey: // RFC 8463 §4.2: the bare key
		public = key
	default:
		if public, err = x509.MarshalPKIXPublicKey(key); err != nil {
			return "", "", fmt.Errorf("dkim: the public key of %s: %w", k.host(), err)
		}
	}
	return k.host(), "v=DKIM1; k=" + k.kind() + "; p=" + base64.StdEncoding.EncodeToString(public), nil
}

// Zone is a record as files of zones write it, in strings of 255 octets at the most (RFC 1035 §3.3).
func Zone(host, text string) string {
	const most = 255
	if len(text) <= most {
		return fmt.Sprintf("%s. IN TXT %q", host, text)
	}
	var out strings.Builder
	out.WriteString(host + ". IN TXT (")
	for len(text) > 0 {
		n := min(most, len(text))
		fmt.Fprintf(&out, "\n  %q", text[:n])
		text = text[n:]
	}
	out.WriteString(" )")
	return out.String()
}
