package tidings

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"time"
)

// PurposeBounce is for the sender of an envelope: what comes back to it says which mail it speaks of.
const PurposeBounce Purpose = "bounce"

// ReturnPath says which mail an envelope's sender belongs to. The zero value is none.
type ReturnPath struct {
	Kind MailKind
	ID   int64 // its number; of a probe, any
}

// MailKind tells the mails with one number apart.
type MailKind string

// The kinds of mail.
const (
	DeliveryMail MailKind = "delivery" // of a digest
	LetterMail   MailKind = "letter"
	ProbeMail    MailKind = "probe" // a test of the way back: nobody's
)

// PathOf is the return path of a delivery, or of the letter in it.
func PathOf(d *Delivery) ReturnPath {
	if d.Letter != nil {
		return ReturnPath{Kind: LetterMail, ID: d.ID}
	}
	return ReturnPath{Kind: DeliveryMail, ID: d.ID}
}

// returnMAC is how many octets of the MAC are in an address: 80 bits.
const returnMAC = 10

// returnTag is how addresses write the MAC: letters and digits, in lower case, for mail servers may change it.
func returnTag() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// ReturnLocal makes the local part of the envelope's sender: "b-123-" and the MAC of a delivery, "b-l123-" of a letter's. It is bound to the mail's
// Date, which is zero for a probe: after a backup was restored the same number may be given to another mail. The same mail has the
// same, whenever it is sent.
func (k Keyring) ReturnLocal(p ReturnPath, date time.Time) string {
	return "b-" + p.mark() + strconv.FormatInt(p.ID, 10) + "-" + strings.ToLower(returnTag().EncodeToString(returnSeal(k.keys[0], p, date)))
}

// VerifyReturn says which mail a local part was made for, or ErrBadToken. It asks date for the mail's Date, unless that is a
// probe; ErrNotFound from there makes a bad token too, any other error is passed on.
func (k Keyring) VerifyReturn(local string, date func(ReturnPath) (time.Time, error)) (ReturnPath, error) {
	p, mac, ok := readReturn(local)
	if !ok {
		return ReturnPath{}, ErrBadToken
	}
	var at time.Time
	if p.Kind != ProbeMail {
		var err error
		if at, err = date(p); errors.Is(err, ErrNotFound) {
			return ReturnPath{}, ErrBadToken
		} else if err != nil {
			return ReturnPath{}, err
		}
	}
	for _, key := range k.keys {
		if hmac.Equal(mac, returnSeal(key, p, at)) {
			return p, nil
		}
	}
	return ReturnPath{}, ErrBadToken
}

// readReturn takes a local part apart, in whichever case it comes. A number has one spelling.
func readReturn(local string) (p ReturnPath, mac []byte, ok bool) {
	rest, ours := strings.CutPrefix(strings.ToLower(local), "b-")
	number, tag, cut := strings.Cut(rest, "-")
	if !ours || !cut || len(tag) != returnTag().EncodedLen(returnMAC) {
		return p, nil, false
	}
	p.Kind = DeliveryMail
	switch {
	case strings.HasPrefix(number, "l"):
		p.Kind, number = LetterMail, number[1:]
	case strings.HasPrefix(number, "p"):
		p.Kind, number = ProbeMail, number[1:]
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != number {
		return p, nil, false
	}
	p.ID = id
	mac, err = returnTag().DecodeString(strings.ToUpper(tag))
	return p, mac, err == nil
}

func (p ReturnPath) mark() string {
	switch p.Kind {
	case LetterMail:
		return "l"
	case ProbeMail:
		return "p"
	case DeliveryMail:
	}
	return ""
}

func returnSeal(key []byte, p ReturnPath, date time.Time) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(string(PurposeBounce) + "\x00" + string(p.Kind) + "\x00"))
	var at int64
	if !date.IsZero() {
		at = date.Unix()
	}
	mac.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(p.ID)), uint64(at)))
	return mac.Sum(nil)[:returnMAC]
}
