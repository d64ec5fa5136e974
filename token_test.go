package tidings_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

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

// joined is since when the subscribers of these tests are some.
func joined() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 123e6, time.UTC) }

// mint makes the token of delivery 42 to subscriber 7.
func mint(k tidings.Keyring) string { return k.Mint(tidings.PurposeLeave, 42, 7, joined()) }

// verify is what the token says to somebody who knows that all joined at the instant.
func verify(k tidings.Keyring, token string, since time.Time) (delivery, subscriber int64, err error) {
	return k.Verify(tidings.PurposeLeave, token, func(int64) (time.Time, error) { return since, nil })
}

func TestTokenGivesItsNumbersBack(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1)
	for _, n := range []int64{1, 42, 1<<48 - 1} {
		token := k.Mint(tidings.PurposeLeave, n, n-1, joined())
		if n == 1 { // subscriber 0 is nobody
			token = k.Mint(tidings.PurposeLeave, n, 0, time.Time{})
		}
		delivery, subscriber, err := k.Verify(tidings.PurposeLeave, token, func(id int64) (time.Time, error) {
			if id != n-1 || id == 0 {
				t.Errorf("asked about subscriber %d", id)
			}
			return joined(), nil
		})
		if err != nil || delivery != n || subscriber != n-1 {
			t.Errorf("%d comes back as %d, %d: %v", n, delivery, subscriber, err)
		}
		if len(token) != tidings.TokenLength || strings.ContainsAny(token, "+/=") {
			t.Errorf("%q is not %d characters of a URL's alphabet", token, tidings.TokenLength)
		}
	}
	if one, two := mint(k), mint(keyring(t, 1)); one != two {
		t.Errorf("it is %q, then %q", one, two)
	}
}

func TestTokenIsOfAPersonNotOfANumber(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1)
	for _, other := range []time.Time{{}, joined().Add(time.Millisecond), joined().AddDate(1, 0, 0)} {
		if _, _, err := verify(k, mint(k), other); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("of who has the number since %v: %v", other, err)
		}
	}
	down := errors.New("the database is gone")
	for given, want := range map[error]error{tidings.ErrNotFound: tidings.ErrBadToken, down: down} {
		_, _, err := k.Verify(tidings.PurposeLeave, mint(k), func(int64) (time.Time, error) { return joined(), given })
		if !errors.Is(err, want) {
			t.Errorf("%v becomes %v", given, err)
		}
	}
}

// TestTokenIsForEver pins the bytes: mails that were sent years ago hold such tokens.
func TestTokenIsForEver(t *testing.T) {
	t.Parallel()
	const want = "AAAAAAAqAAAAAAAHFqFVd7gh4ouiNy07I5ZNYkkul_M"
	if got := mint(keyring(t, 1)); got != want {
		t.Errorf("the token is %q, and was %q", got, want)
	}
}

func TestTokenOfAnyOtherMakeIsRefused(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1)
	token := mint(k)
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
		"of another key":   mint(keyring(t, 2)),
		"of other use":     k.Mint("manage", 42, 7, joined()),
		"spare bits set":   token[:42] + string(token[42]+1),
	}
	for i := range raw {
		flipped := bytes.Clone(raw)
		flipped[i] ^= 1
		bad["flipped in octet "+string(rune('A'+i))] = base64.RawURLEncoding.EncodeToString(flipped)
	}
	for how, s := range bad {
		if d, n, err := verify(k, s, joined()); !errors.Is(err, tidings.ErrBadToken) || d != 0 || n != 0 {
			t.Errorf("%s: %q is taken for %d, %d: %v", how, s, d, n, err)
		}
	}
}

func TestTokenOutlivesItsKeysRotation(t *testing.T) {
	t.Parallel()
	token := mint(keyring(t, 1))
	if d, n, err := verify(keyring(t, 2, 1), token, joined()); err != nil || d != 42 || n != 7 {
		t.Errorf("under an older key: %d, %d, %v", d, n, err)
	}
	if mint(keyring(t, 2, 1)) != mint(keyring(t, 2)) {
		t.Error("the newest key does not mint")
	}
	if _, _, err := verify(keyring(t, 2), token, joined()); !errors.Is(err, tidings.ErrBadToken) {
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
