package mailer

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestLeaveTokenIsFoundHoweverItsMailIsWritten(t *testing.T) {
	t.Parallel()
	token := testKeys(t).Mint(tidings.PurposeLeave, 7, 9, testRun(tidings.Weekly).Created)
	head := "From: reader@example.com\r\nTo: leave@example.org\r\n"
	link := "https://news.example.org/u/" + token
	lines := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, mail := range map[string]string{
		"the mailto link":       head + "Subject: " + token + "\r\n\r\n",
		"folded":                head + "Subject:\r\n " + token + "\r\n\r\n",
		"an answer":             head + "Subject: Re: unsubscribe " + token + "\r\n\r\nBye",
		"encoded":               head + "Subject: =?utf-8?B?" + lines(token) + "?=\r\n\r\n",
		"encoded as EUC-KR":     head + "Subject: =?euc-kr?B?" + lines("\xc8\xb8\xbd\xc5: "+token) + "?=\r\n\r\n",
		"lines of Unix":         strings.ReplaceAll(head, "\r", "") + "Subject: " + token + "\n\n",
		"a pipe":                "From reader@example.com  Mon Mar 30 07:00:00 2026\n" + head + "Subject: " + token + "\r\n\r\n",
		"the text":              head + "Subject: stop\r\n\r\nPlease stop.\r\n> " + link + "\r\n",
		"no head at all":        "unsubscribe " + token,
		"a broken head":         "From reader\nno header here\n\n" + link,
		"quoted-printable":      head + "Content-Transfer-Encoding: quoted-printable\r\n\r\n> " + link[:40] + "=\r\n" + link[40:] + "\r\n",
		"base64":                head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: BASE64\r\n\r\n" + lines("그만 "+link) + "\r\n",
		"a type that is broken": head + "Content-Type: ;;\r\n\r\n" + link,
		"HTML in parts": head + "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
			"--b\r\nContent-Type: image/png\r\n\r\n" + strings.Repeat("x", 43) + "\r\n--b\r\nContent-Type: text/html\r\n\r\n" +
			`<a href="` + link + `">` + "\r\n--b--\r\n--a--\r\n",
		"parts that are cut off": head + "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n" + link,
	} {
		if got := LeaveTokens([]byte(mail)); !slices.Equal(got, []string{token}) {
			t.Errorf("%s: found %q", name, got)
		}
	}
}

func TestLeaveTokenInTheSubjectComesFirst(t *testing.T) {
	t.Parallel()
	a, b := strings.Repeat("a", tidings.TokenLength), strings.Repeat("b", tidings.TokenLength)
	if got := LeaveTokens([]byte("Subject: " + b + "\n\n" + a + "\n" + b)); !slices.Equal(got, []string{b, a}) {
		t.Errorf("found %q", got)
	}
}

func TestLeaveTokensOfAMailHaveBounds(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&many, "%0*d ", tidings.TokenLength, n)
	}
	if got := LeaveTokens([]byte("Subject: x\n\n" + many.String())); len(got) != leaveTokensMost {
		t.Errorf("%d were found", len(got))
	}
	far := "Subject: x\n\n" + strings.Repeat("x ", leaveTextMost/2) + strings.Repeat("a", tidings.TokenLength)
	if got := LeaveTokens([]byte(far)); len(got) != 0 {
		t.Errorf("found %q behind what is searched", got)
	}
	var deep strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%[1]d\n\n--b%[1]d\n", n)
	}
	deep.WriteString("\n" + strings.Repeat("a", tidings.TokenLength))
	if got := LeaveTokens([]byte(deep.String())); len(got) != 0 {
		t.Errorf("found %q deeper than is searched", got)
	}
	for _, length := range []int{tidings.TokenLength - 1, tidings.TokenLength + 1} {
		if got := LeaveTokens([]byte("Subject: " + strings.Repeat("a", length) + "\n\n")); len(got) != 0 {
			t.Errorf("found %q", got)
		}
	}
}

func FuzzLeaveTokens(f *testing.F) {
	token := strings.Repeat("A", tidings.TokenLength)
	f.Add([]byte("Subject: " + token + "\r\n\r\n"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Transfer-Encoding: base64\r\n\r\n!!\r\n--a--"))
	f.Add([]byte("From x\nSubject: =?utf-8?q?=3D?=\n\n"))
	f.Fuzz(func(t *testing.T, message []byte) {
		found := LeaveTokens(message)
		if len(found) > leaveTokensMost {
			t.Errorf("%d were found", len(found))
		}
		for _, word := range found {
			if len(word) != tidings.TokenLength {
				t.Errorf("found %q", word)
			}
		}
	})
}

func TestPostfixHandsAMailForLeavingToACommandThatFindsItsToken(t *testing.T) {
	t.Parallel()
	p := newPostfix(t)
	c := testComposer(t)
	token := c.token(tidings.PurposeLeave, testDelivery(3, "reader@example.com"))
	mail := "From: reader@example.com\r\nTo: leave@here.example.com\r\nSubject: " + token + "\r\n\r\nMade by a mail program.\r\n"
	if err := p.relay.Send(t.Context(), "reader@example.com", "leave@here.example.com", []byte(mail)); err != nil {
		t.Fatal(err)
	}
	var got []byte
	p.until("the command has the mail", func() bool {
		var err error
		got, err = os.ReadFile(filepath.Join(p.mail, "leave.eml"))
		return err == nil
	})
	if found := LeaveTokens(got); !slices.Equal(found, []string{token}) {
		t.Errorf("found %q in\n%s", found, got)
	}
}
