package bounce

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // SNS signs with it by default: SignatureVersion 1
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// Getter fetches what is at an address of the web, which has been checked.
type Getter func(ctx context.Context, address string) ([]byte, error)

// notice is a message of SNS.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
type notice struct {
	MessageID                                          string `json:"MessageId"`
	Type, TopicArn, Subject, Message, Timestamp, Token string
	SubscribeURL, SignatureVersion, Signature          string
	SigningCertURL                                     string
}

// text is what is signed: the fields that are there, by name.
// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
func (n *notice) text() string {
	fields := [][2]string{{"Message", n.Message}, {"MessageId", n.MessageID}}
	if n.Type == "Notification" {
		if n.Subject != "" {
			fields = append(fields, [2]string{"Subject", n.Subject})
		}
	} else {
		fields = append(fields, [2]string{"SubscribeURL", n.SubscribeURL})
	}
	fields = append(fields, [2]string{"Timestamp", n.Timestamp})
	if n.Type != "Notification" {
		fields = append(fields, [2]string{"Token", n.Token})
	}
	fields = append(fields, [2]string{"TopicArn", n.TopicArn}, [2]string{"Type", n.Type})
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f[0] + "\n" + f[1] + "\n")
	}
	return b.String()
}

var (
	snsHost         = regexp.MustCompile(`^sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$`)
	certificatePath = regexp.MustCompile(`^/SimpleNotificationService-[0-9A-Za-z]+\.pem$`)
)

// snsAddress reports whether an address is one of SNS itself.
func snsAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.User == nil && snsHost.MatchString(u.Host)
}

// verify checks the signature with the certificate that the notice names, which only SNS can give.
func (h *Hooks) verify(ctx context.Context, n *notice, now time.Time) error {
	signature, err := base64.StdEncoding.DecodeString(n.Signature)
	u, bad := url.Parse(n.SigningCertURL)
	if err != nil || bad != nil || !snsAddress(n.SigningCertURL) || !certificatePath.MatchString(u.Path) || u.RawQuery != "" {
		return tidings.ErrBadToken
	}
	cert, err := h.certificates.get(ctx, n.SigningCertURL, h.Get)
	if err != nil {
		return fmt.Errorf("the certificate of SNS: %w", err)
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return tidings.ErrBadToken
	}
	text := []byte(n.text())
	switch n.SignatureVersion {
	case "1":
		sum := sha1.Sum(text) //nolint:gosec // see above
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature)
	case "2":
		sum := sha256.Sum256(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
	default:
		err = tidings.ErrBadToken
	}
	if err != nil {
		return tidings.ErrBadToken
	}
	return nil
}

// certificates keeps those that were fetched. SNS has one for each region, and a new one each year.
type certificates struct {
	mu    sync.Mutex
	known map[string]*x509.Certificate
}

const certificatesMost = 8

func (c *certificates) get(ctx context.Context, address string, get Getter) (*x509.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock() // one asks, and the others have the answer
	if cert := c.known[address]; cert != nil {
		return cert, nil
	}
	text, err := get(ctx, address)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, tidings.Invalidf("certificate", "what is at %s is none", address)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	if c.known == nil || len(c.known) >= certificatesMost {
		c.known = map[string]*x509.Certificate{}
	}
	c.known[address] = cert
	return cert, nil
}

// leadingStatus is an enhanced status that a text begins with, where a relay left out the reply code.
var leadingStatus = regexp.MustCompile(`^\s*([45]\.[0-9]{1,3}\.[0-9]{1,3})\b`)
