package tidings_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func keyring(tb testing.TB, seeds ...byte) tidings.Keyring {
	tb.Helper()
	var keys [][]byte
	for _, s := range seeds {
		keys = append(keys, bytes.Repeat([]byte{s}, 32))
	}
	k, err := tidings.NewKeyring(keys...)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func TestTokenGivesItsNumberBack(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1)
	for _, n := range []int64{0, 1, 42, math.MaxInt64} {
		token := k.Mint(tidings.PurposeLeave, n)
		if got, err := k.Verify(tidings.PurposeLeave, token); err != nil || got != n {
			t.Errorf("%d comes back as %d: %v", n, got, err)
		}
		if len(token) != tidings.TokenLength || strings.ContainsAny(token, "+/=") {
			t.Errorf("%q is not %d characters of a URL's alphabet", token, tidings.TokenLength)
		}
		if again := keyring(t, 1).Mint(tidings.PurposeLeave, n); again != token {
			t.Errorf("%d is %q, then %q", n, token, again)
		}
	}
}

// TestTokenIsForEver pins the bytes: mails that were sent years ago hold such tokens.
func TestTokenIsForEver(t *testing.T) {
	t.Parallel()
	const want = "AAAAAAAAACqYWv1koUaV0ozij9qCMfGDTXpWAM-qIBU"
	if got := keyring(t, 1).Mint(tidings.PurposeLeave, 42); got != want {
		t.Errorf("the token is %q, and was %q", got, want)
	}
}

func TestTokenOfAnyOtherMakeIsRefused(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1)
	token := k.Mint(tidings.PurposeLeave, 42)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]string{
		"empty":            "",
		"short":            token[:42],
		"long":             token + "A",
		"padded":           token + "=",
		"broken over line": token[:20] + "\n" + token[20:],
		"no base64":        strings.Repeat("!", 43),
		"of another key":   keyring(t, 2).Mint(tidings.PurposeLeave, 42),
		"of other use":     k.Mint("manage", 42),
		"spare bits set":   token[:42] + string(token[42]+1),
	}
	for i := range raw {
		flipped := bytes.Clone(raw)
		flipped[i] ^= 1
		bad["flipped in octet "+string(rune('A'+i))] = base64.RawURLEncoding.EncodeToString(flipped)
	}
	for how, s := range bad {
		if n, err := k.Verify(tidings.PurposeLeave, s); !errors.Is(err, tidings.ErrBadToken) || n != 0 {
			t.Errorf("%s: %q is taken for %d: %v", how, s, n, err)
		}
	}
}

func TestTokenOutlivesItsKeysRotation(t *testing.T) {
	t.Parallel()
	token := keyring(t, 1).Mint(tidings.PurposeLeave, 42)
	if n, err := keyring(t, 2, 1).Verify(tidings.PurposeLeave, token); err != nil || n != 42 {
		t.Errorf("under an older key: %d, %v", n, err)
	}
	if keyring(t, 2, 1).Mint(tidings.PurposeLeave, 42) != keyring(t, 2).Mint(tidings.PurposeLeave, 42) {
		t.Error("the newest key does not mint")
	}
	if _, err := keyring(t, 2).Verify(tidings.PurposeLeave, token); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("under a key that was dropped: %v", err)
	}
}

func TestKeyringRefusesWeakKeys(t *testing.T) {
	t.Parallel()
	for _, keys := range [][][]byte{nil, {make([]byte, 31)}, {make([]byte, 32), {}}} {
		_, err := tidings.NewKeyring(keys...)
		if _, ok := errors.AsType[*tidings.InvalidError](err); !ok {
			t.Errorf("%d keys: %v", len(keys), err)
		}
	}
}
