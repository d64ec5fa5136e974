package doctor

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const whyDKIM = "The signature does not verify at receivers, which is worse than none."

// dkim looks whether what this program signs with is what is published. It gives the voice of each key too.
func (d *Doctor) dkim(ctx context.Context, f *Facts) ([]Finding, []voice) {
	if len(f.DKIM) == 0 {
		if nobodys(f.From) {
			return []Finding{note(CheckDKIM, "%s is nobody's: DNS is not asked", f.From).because(whyNothing)}, nil
		}
		return []Finding{note(CheckDKIM, "mails leave here without a signature; your relay may sign them").
			because("Large receivers want bulk mail signed, in the name of From's domain.").
			mend("Send yourself a test (tidings digest send --to YOU) and look for dkim=pass with header.d=%s "+
				"in its Authentication-Results.", f.From)}, nil
	}
	findings := make([]Finding, 0, len(f.DKIM)+1)
	voices := make([]voice, 0, len(f.DKIM))
	for _, s := range f.DKIM {
		found := d.selector(ctx, s)
		findings, voices = append(findings, found), append(voices, voiceOf(&found))
	}
	if f.Signed == nil {
		return findings, voices
	}
	signed := strings.ToLower(strings.Join(f.Signed, ":"))
	for _, field := range []string{"List-Unsubscribe", "List-Unsubscribe-Post"} {
		if !slices.Contains(strings.Split(signed, ":"), strings.ToLower(field)) {
			findings = append(findings, hard(CheckDKIM, "the signature does not cover %s", field).
				because("Without it receivers offer no one-click unsubscription (RFC 8058 §4).").
				mend("Sign it: add it to the fields of h=."))
		}
	}
	return findings, voices
}

func (d *Doctor) selector(ctx context.Context, s Selector) Finding {
	name := s.Selector + "._domainkey." + s.Domain
	if nobodys(s.Domain) {
		return note(CheckDKIM, "%s is nobody's: DNS is not asked", name).because(whyNothing)
	}
	records, err := d.txt(ctx, name, "")
	switch {
	case err != nil:
		return unsure(CheckDKIM, "%s could not be asked for: %v", name, err)
	case len(records) == 0:
		return hard(CheckDKIM, "%s is not there", name).because(whyDKIM).
			mend("Publish the TXT record of the key, or stop signing with this selector.")
	case len(records) > 1:
		return hard(CheckDKIM, "%s has %d records", name, len(records)).because(whyDKIM).
			mend("Leave the one of the key that you sign with.")
	}
	key, testing, err := readDKIM(records[0])
	switch {
	case err != nil:
		return hard(CheckDKIM, "%s: %v", name, err).because(whyDKIM).mend("Publish the record of the key as it was made.")
	case s.Key != nil && !sameKey(key, s.Key):
		return hard(CheckDKIM, "%s publishes another key than the one that mails are signed with", name).because(whyDKIM).
			mend("Publish the record of the key that you sign with, or sign with the selector of the other one.")
	case testing:
		return warn(CheckDKIM, "%s says that it is a test (t=y)", name).because("Some receivers then pass over the signature.").
			mend("Take t=y out.")
	}
	if k, is := key.(*rsa.PublicKey); is && k.N.BitLen() < 1024 {
		return hard(CheckDKIM, "%s has an RSA key of %d bits", name, k.N.BitLen()).
			because("Receivers do not accept keys under 1024 (RFC 8301).").
			mend("Make a key of 2048 bits.")
	} else if is && k.N.BitLen() < 2048 {
		return warn(CheckDKIM, "%s has an RSA key of %d bits", name, k.N.BitLen()).because("2048 are what should be used (RFC 8301).").
			mend("Make a new key.")
	}
	if s.Key == nil {
		return ok(CheckDKIM, "%s publishes a key", name)
	}
	return ok(CheckDKIM, "%s publishes the key that mails are signed with", name)
}

// readDKIM reads a key's record (RFC 6376 §3.6.1, RFC 8463 §4).
func readDKIM(record string) (key crypto.PublicKey, testing bool, err error) {
	tags, err := tagList(record)
	if err != nil {
		return nil, false, err
	}
	if v, is := tags["v"]; is && v != "DKIM1" {
		return nil, false, fmt.Errorf("v=%s is not DKIM1", v)
	}
	text := strings.Join(strings.Fields(tags["p"]), "")
	if text == "" {
		return nil, false, errors.New("the key was revoked (p= is empty)")
	}
	if h, is := tags["h"]; is && !slices.Contains(words(h), "sha256") {
		return nil, false, fmt.Errorf("h=%s does not allow sha256", h)
	}
	if services, is := tags["s"]; is && !slices.ContainsFunc(words(services), func(s string) bool { return s == "*" || s == "email" }) {
		return nil, false, fmt.Errorf("s=%s is not for mail", services)
	}
	octets, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, false, errors.New("p= is no base64")
	}
	testing = slices.Contains(words(tags["t"]), "y")
	switch kind := tags["k"]; kind {
	case "", "rsa":
		if key, err = x509.ParsePKIXPublicKey(octets); err != nil {
			key, err = x509.ParsePKCS1PublicKey(octets)
		}
		if _, is := key.(*rsa.PublicKey); err != nil || !is {
			return nil, false, errors.New("p= is no RSA key")
		}
		return key, testing, nil
	case "ed25519":
		if len(octets) != ed25519.PublicKeySize {
			return nil, false, errors.New("p= is no Ed25519 key")
		}
		return ed25519.PublicKey(octets), testing, nil
	default:
		return nil, false, fmt.Errorf("k=%s is no kind of key that is known", kind)
	}
}

// words are those of a tag, which colons part (RFC 6376 §3.6.1).
func words(value string) []string {
	all := strings.Split(value, ":")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// sameKey asks the key itself: all of the standard library can say.
func sameKey(a, b crypto.PublicKey) bool {
	k, is := a.(interface{ Equal(x crypto.PublicKey) bool })
	return is && k.Equal(b)
}
