package tidings

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// Purpose is the one thing that a token can do.
type Purpose string

// Purposes of tokens that are minted: made of what they say, so that nothing of them is kept.
const (
	PurposeLeave Purpose = "leave" // in a mail: lets its reader unsubscribe, and do nothing else; it never expires
	PurposeRead  Purpose = "read"  // the personal feed: the "delivery" is how often it was reset
)

// TokenLength is the length of every minted token, in characters.
const TokenLength = 43

// Keyring holds the keys that tokens are made with: the newest first, then older ones that are still honoured.
// The zero value holds none: it verifies nothing, and must not mint. NewKeyring sees to it that there is one.
type Keyring struct{ keys [][]byte }

// NewKeyring takes keys of at least 32 octets, newest first.
func NewKeyring(keys ...[]byte) (Keyring, error) {
	if len(keys) == 0 {
		return Keyring{}, Invalidf("key", "there is none")
	}
	for _, k := range keys {
		if len(k) < sha256.Size {
			return Keyring{}, Invalidf("key", "%d octets are too few, %d are needed", len(k), sha256.Size)
		}
	}
	return Keyring{keys: keys}, nil
}

// Mint makes the token that says whose mail it came in: a delivery's and its subscriber's number, both below 2^48. It is
// bound to the instant since when the subscriber is one: after a backup was restored the same number may be given to somebody
// else, whom an old mail's token must not touch. Subscriber 0 is nobody, since the zero time. The same input gives
// the same token, so that a retried mail is byte-identical.
func (k Keyring) Mint(p Purpose, delivery, subscriber int64, since time.Time) string {
	ids := appendID(appendID(make([]byte, 0, tokenSize), delivery), subscriber)
	return base64.RawURLEncoding.EncodeToString(seal(k.keys[0], p, ids, since))
}

// Verify gives the numbers that a token was minted for, or ErrBadToken. It asks since for the instant since when the
// subscriber is one, unless that is nobody; ErrNotFound from there makes a bad token, any other error is passed on.
func (k Keyring) Verify(
	p Purpose, token string, since func(subscriber int64) (time.Time, error),
) (delivery, subscriber int64, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// The length, because the decoder passes over line breaks: a token has one spelling.
	if err != nil || len(token) != TokenLength || len(raw) != tokenSize {
		return 0, 0, ErrBadToken
	}
	delivery, subscriber = readID(raw), readID(raw[idSize:])
	var at time.Time
	if subscriber != 0 {
		if at, err = since(subscriber); errors.Is(err, ErrNotFound) {
			return 0, 0, ErrBadToken
		} else if err != nil {
			return 0, 0, err
		}
	}
	for _, key := range k.keys {
		if hmac.Equal(raw, seal(key, p, raw[:2*idSize:2*idSize], at)) {
			return delivery, subscriber, nil
		}
	}
	return 0, 0, ErrBadToken
}

// A token is two numbers of 6 octets, and the first 20 octets of a MAC.
const (
	idSize    = 6
	tokenSize = 2*idSize + 20
)

// seal appends to the numbers a MAC over purpose, numbers and instant, in milliseconds.
func seal(key []byte, p Purpose, ids []byte, since time.Time) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(p))
	mac.Write([]byte{0})
	mac.Write(ids)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(since.UnixMilli())))
	return append(ids, mac.Sum(nil)[:tokenSize-2*idSize]...)
}

func appendID(to []byte, id int64) []byte {
	octets := binary.BigEndian.AppendUint64(nil, uint64(id))
	return append(to, octets[len(octets)-idSize:]...)
}

func readID(from []byte) int64 {
	var octets [8]byte
	copy(octets[len(octets)-idSize:], from[:idSize])
	return int64(binary.BigEndian.Uint64(octets[:]))
}
