package tidings

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

// Purposes of tickets. A ticket comes by mail, works once or for a while, and is kept as a hash.
const (
	PurposeConfirm Purpose = "confirm" // a sign-up
	PurposeManage  Purpose = "manage"  // one's own page
	PurposeMove    Purpose = "move"    // to a new address
	PurposeErase   Purpose = "erase"   // all that is held
)

// Ticket is a one-time token as it is kept: without the token.
type Ticket struct {
	Hash       []byte // SHA-256 of the token
	Purpose    Purpose
	SignUp     int64  // for PurposeConfirm
	Subscriber int64  // for all others
	Detail     string // for PurposeMove: the new address
	Language   string // of the letter that it came in
	Created    time.Time
	Expires    time.Time
	Used       time.Time // zero: not yet
}

// nonceSize is how many random octets a ticket is made from: 128 bits.
const nonceSize = 16

// NewTicket draws a ticket. The token itself is not given out: a letter makes it again from the nonce, for as long as it is
// unsent, so that every retry is byte-identical.
func (k Keyring) NewTicket(p Purpose) (nonce, hash []byte) {
	nonce = make([]byte, nonceSize)
	rand.Read(nonce) // never fails: crypto/rand ends the program instead
	return nonce, TicketHash(ticket(k.keys[0], p, nonce))
}

// TicketOf makes the token of a nonce again, with whichever key it was drawn; ErrBadToken when none fits.
func (k Keyring) TicketOf(p Purpose, nonce, hash []byte) (string, error) {
	for _, key := range k.keys {
		if token := ticket(key, p, nonce); bytes.Equal(TicketHash(token), hash) {
			return token, nil
		}
	}
	return "", ErrBadToken
}

// TicketHash is what is kept of a token.
func TicketHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func ticket(key []byte, p Purpose, nonce []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("ticket\x00" + string(p) + "\x00"))
	mac.Write(nonce)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:TokenLength]
}

// PlainAddressKey is what an address was known by before there was a key: SHA-256 of its lower case.
func PlainAddressKey(address string) []byte {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return sum[:]
}

// AddressKeys are what an address may be known by without being kept: a MAC over its lower case with each key, the newest
// first. Of the zero Keyring there is none.
func (k Keyring) AddressKeys(address string) [][]byte {
	plain := PlainAddressKey(address)
	keys := make([][]byte, len(k.keys))
	for i := range k.keys {
		keys[i] = k.keyed(i, plain)
	}
	return keys
}

// Rekey makes the newest of AddressKeys from what an address was known by before there was a key.
func (k Keyring) Rekey(plain []byte) []byte { return k.keyed(0, plain) }

func (k Keyring) keyed(i int, plain []byte) []byte {
	mac := hmac.New(sha256.New, k.keys[i])
	mac.Write([]byte("address\x00"))
	mac.Write(plain)
	return mac.Sum(nil)
}
