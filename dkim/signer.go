package dkim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// A covered field is signed wherever it is there.
type covered struct {
	name string
	over bool // named once more than it is there, so that no other can be added (RFC 6376 §8.15)
}

// coverage is what is signed of a header: whatever a reader, or the reader's program, goes by.
func coverage() []covered {
	return []covered{
		{"From", true},
		{"Subject", true},
		{"To", true},
		{"Cc", true},
		{"Reply-To", true},
		{"Date", true},
		{"Message-ID", true},
		{"MIME-Version", true},
		{"Content-Type", true},
		{"List-Id", false},
		{"List-Unsubscribe", true},
		{"List-Unsubscribe-Post", true}, // RFC 8058 §4 asks that both are signed
		{"Auto-Submitted", false},
		{"Precedence", false},
	}
}

// Fields are the names of the header fields that are signed wherever they are there.
func Fields() (names []string) {
	for _, c := range coverage() {
		names = append(names, c.name)
	}
	return names
}

// Signer signs with all of its keys. It may be used from several goroutines.
type Signer struct {
	keys    []Key
	covered []covered
}

// New checks the keys; from is the address that the mails are from, in whose name they must be able to speak.
func New(from string, keys ...Key) (*Signer, error) {
	var faults []error
	for i := range keys {
		if err := keys[i].Validate(from); err != nil {
			faults = append(faults, fmt.Errorf("dkim.%d: %w", i+1, err))
		}
		if slices.ContainsFunc(keys[:i], func(k Key) bool { return k.host() == keys[i].host() }) {
			faults = append(faults, tidings.Invalidf(fmt.Sprintf("dkim.%d: selector", i+1), "%q stands here a second time", keys[i].Selector))
		}
	}
	if len(keys) == 0 {
		faults = append(faults, errors.New("dkim: no key"))
	}
	return &Signer{keys: slices.Clone(keys), covered: coverage()}, errors.Join(faults...)
}

// Prepare hashes what many bodies begin with. The function that it gives signs one of these messages: it takes the header, the
// rest of the body, and the instant to put into the signature, and gives the fields to put above the header. It may be
// called from several goroutines.
func (s *Signer) Prepare(shared []byte) func(head, rest []byte, at time.Time) (fields []byte, err error) {
	begun := newBody()
	begun.write(shared)
	return func(head, rest []byte, at time.Time) ([]byte, error) {
		b, err := begun.clone()
		if err != nil {
			return nil, err
		}
		b.write(rest)
		return s.sign(head, b.hash(), at)
	}
}

func (s *Signer) sign(head, bodyHash []byte, at time.Time) ([]byte, error) {
	names, relaxed, err := s.cover(fieldsOf(head))
	if err != nil {
		return nil, err
	}
	var out []byte
	for i := range s.keys {
		if out, err = s.keys[i].sign(out, names, relaxed, bodyHash, at); err != nil {
			return nil, fmt.Errorf("dkim: signing with %s: %w", s.keys[i].host(), err)
		}
	}
	return out, nil
}

// cover gives the names for h=, and the fields that they name in their relaxed form.
func (s *Signer) cover(fields []field) (names []string, relaxed []byte, err error) {
	for i, c := range s.covered {
		for _, f := range slices.Backward(fields) { // of several, the last one first (RFC 6376 §5.4.2)
			if bytes.EqualFold(f.name(), []byte(c.name)) {
				names = append(names, c.name)
				relaxed = append(f.relaxed(relaxed), "\r\n"...)
			}
		}
		if i == 0 && len(names) == 0 {
			return nil, nil, errors.New("dkim: a message without From") // RFC 6376 §5.4
		}
		if c.over {
			names = append(names, c.name)
		}
	}
	return names, relaxed, nil
}

// sign appends a DKIM-Signature field (RFC 6376 §3.5).
func (k *Key) sign(out []byte, names []string, relaxed, bodyHash []byte, at time.Time) ([]byte, error) {
	f := folder{}
	f.add("", "DKIM-Signature: v=1;")
	for _, tag := range [...]string{
		"a=" + k.Algorithm(), "c=relaxed/relaxed", "d=" + k.Domain, "s=" + k.Selector, "t=" + strconv.FormatInt(at.Unix(), 10),
	} {
		f.add(" ", tag+";")
	}
	before := " h="
	for i, name := range names {
		mark := ":"
		if i == len(names)-1 {
			mark = ";"
		}
		f.add(before, name+mark)
		before = ""
	}
	f.add(" ", "bh="+base64.StdEncoding.EncodeToString(bodyHash)+";")
	f.add(" ", "b=")
	sum := sha256.Sum256(field(f.out).relaxed(slices.Clone(relaxed))) // RFC 6376 §3.7: with an empty b=, without CRLF
	signature, err := k.Private.Sign(nil, sum[:], k.hashing())
	if err != nil {
		return nil, err
	}
	f.base64(signature)
	return append(append(out, f.out...), "\r\n"...), nil
}
