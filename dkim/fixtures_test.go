package dkim_test

import (
	"bytes"
	"crypto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings/dkim"
	"github.com/tidings/tidings/dkim/dkimtest"
)

const from = "news@example.org"

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// at is when the tests' messages are of.
func at() time.Time { return time.Date(2026, 3, 30, 7, 0, 0, 123_000_000, time.UTC) }

// testRSA is made once: it takes its time.
var testRSA = sync.OnceValues(func() (crypto.Signer, error) {
	key, _, err := dkim.Generate(false)
	return key, err
})

// pair are two keys with two selectors: RSA and Ed25519.
func pair(t testing.TB) []dkim.Key {
	t.Helper()
	return []dkim.Key{{Domain: "example.org", Selector: "2026a", Private: must(testRSA())(t)}, newKey(t, "2026b")}
}

// newKey is an Ed25519 key.
func newKey(t testing.TB, selector string) dkim.Key {
	t.Helper()
	private, _, err := dkim.Generate(true)
	if err != nil {
		t.Fatal(err)
	}
	return dkim.Key{Domain: "example.org", Selector: selector, Private: private}
}

// letter is a message of the kind that we send.
func letter() []byte {
	return []byte(strings.ReplaceAll(`Auto-Submitted: auto-generated
Content-Type: multipart/alternative;
 boundary="b"
Date: Mon, 30 Mar 2026 16:00:00 +0900
From: "Ministry  of	Trade" <news@example.org>
List-Id: <weekly.news.example.org>
List-Unsubscribe: <https://news.example.org/u/TOKEN>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Message-ID: <1@news.example.org>
Precedence: bulk
Reply-To: <press@example.org>
Subject: =?utf-8?B?7KO86rCE?=
 =?utf-8?B?7IaM7Iud?=
To: <reader@example.com>

--b

.a line  with	spaces 

	

end
--b--

 

`, "\n", "\r\n"))
}

// sign puts the signatures above a message. shared octets of the body are hashed beforehand.
func sign(t testing.TB, s *dkim.Signer, message []byte, shared int) []byte {
	t.Helper()
	head, body, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	fields := must(s.Prepare(body[:shared])(append(bytes.Clone(head), "\r\n"...), body[shared:], at()))(t)
	return append(fields, message...)
}

// zone is the DNS of these keys.
func zone(t testing.TB, keys ...dkim.Key) dkimtest.Zone {
	t.Helper()
	records := dkimtest.Zone{}
	for _, k := range keys {
		host, text, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		records[host] = text
	}
	return records
}
