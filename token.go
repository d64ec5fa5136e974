package tidings

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// Purpose is the one thing that a token can do.
type Purpose string

// PurposeLeave is for the token in a mail that lets its reader unsubscribe, and do nothing else. It never expires.
const PurposeLeave Purpose = "leave"

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

// Mint makes the token for a purpose and a number (a delivery's). The same input gives the same token, so that a
// retried mail is byte-identical.
func (k Keyring) Mint(p Purpose, n int64) string {
	return base64.RawURLEncoding.EncodeToString(seal(k.keys[0], p, n))
}

// Verify gives the number that a token was minted for, or ErrBadToken.
func (k Keyring) Verify(p Purpose, token string) (int64, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// The length, because the decoder passes over line breaks: a token has one spelling.
	if err != nil || len(token) != TokenLength || len(raw) != sha256.Size {
		return 0, ErrBadToken
	}
	n := int64(binary.BigEndian.Uint64(raw))
	for _, key := range k.keys {
		if hmac.Equal(raw, seal(key, p, n)) {
			return n, nil
		}
	}
	return 0, ErrBadToken
}

// seal is the number in 8 octets and the first 24 octets of a MAC over purpose and number.
func seal(key []byte, p Purpose, n int64) []byte {
	out := binary.BigEndian.AppendUint64(make([]byte, 0, sha256.Size), uint64(n))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(p))
	mac.Write([]byte{0})
	mac.Write(out)
	return append(out, mac.Sum(nil)[:sha256.Size-8]...)
}
