package dkim_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings/dkim"
)

func TestEverySignatureVerifies(t *testing.T) {
	t.Parallel()
	keys := pair(t)
	for name, some := range map[string][]dkim.Key{"RSA": keys[:1], "Ed25519": keys[1:], "both": keys} {
		s := must(dkim.New(from, some...))(t)
		for _, shared := range []int{0, 1, 6, 7, 20, 30} {
			if err := zone(t, some...).Verify(sign(t, s, letter(), shared), len(some)); err != nil {
				t.Errorf("%s, %d octets hashed before: %v", name, shared, err)
			}
		}
	}
}

func TestAnotherImplementationTakesBothKindsAndNoticesAChange(t *testing.T) {
	t.Parallel()
	keys := pair(t)
	signed := sign(t, must(dkim.New(from, keys...))(t), letter(), 20)
	changed := bytes.Replace(signed, []byte("<reader@"), []byte("<other@"), 1)
	found := zone(t, keys...).VerifyByPython(t, signed, changed)
	if !slices.Equal(found[0], []string{"", ""}) {
		t.Errorf("of the two signatures dkimpy says %q", found[0])
	}
	if len(found[1]) != 2 || slices.Contains(found[1], "") {
		t.Errorf("of a message with another To dkimpy says %q", found[1])
	}
}

func TestARetryIsSignedWithTheSameOctets(t *testing.T) {
	t.Parallel()
	keys := pair(t)
	first := sign(t, must(dkim.New(from, keys...))(t), letter(), 0)
	if again := sign(t, must(dkim.New(from, keys...))(t), letter(), 20); !bytes.Equal(first, again) {
		t.Errorf("%s\nis not\n%s", again, first)
	}
	if n := bytes.Count(first, []byte(" t=1774854000;")); n != 2 {
		t.Errorf("%d times the second of the message in\n%s", n, first)
	}
}

func TestOnePreparedBeginningServesManyAtOnce(t *testing.T) {
	t.Parallel()
	key := newKey(t, "2026b")
	shared := []byte("What all have.\r\n\r\n")
	sign := must(dkim.New(from, key))(t).Prepare(shared)
	var signing sync.WaitGroup
	for i := range 8 {
		signing.Go(func() {
			head, rest := []byte("From: news@example.org\r\n"), fmt.Appendf(nil, "Number %d.\r\n", i)
			fields, err := sign(head, rest, at())
			message := slices.Concat(fields, head, []byte("\r\n"), shared, rest)
			if err = errors.Join(err, zone(t, key).Verify(message, 1)); err != nil {
				t.Errorf("%v in\n%s", err, message)
			}
		})
	}
	signing.Wait()
}

// change is something done to a message on its way.
type change struct{ old, new string }

func TestWhatIsChangedOnTheWayVerifiesNoMore(t *testing.T) {
	t.Parallel()
	keys := pair(t)
	signed := string(sign(t, must(dkim.New(from, keys...))(t), letter(), 0))
	for name, c := range map[string]change{
		"From":                      {"news@example.org>", "news@example.com>"},
		"To":                        {"<reader@", "<other@"},
		"Date":                      {"Mon, 30", "Tue, 31"},
		"Subject":                   {"7IaM7Iud", "7IaM7Iue"},
		"Reply-To":                  {"<press@", "<pass@"},
		"Message-ID":                {"<1@", "<2@"},
		"MIME-Version":              {"1.0", "1.1"},
		"Content-Type":              {"alternative", "mixed"},
		"List-Id":                   {"<weekly.", "<daily."},
		"List-Unsubscribe":          {"/u/TOKEN", "/u/OTHER"},
		"List-Unsubscribe-Post":     {"=One-Click", "=Two-Clicks"},
		"Precedence":                {": bulk", ": list"},
		"Auto-Submitted":            {": auto-generated", ": no"},
		"the body":                  {".a line", "a line"},
		"what stands below":         {"--b--", "--b--\r\nand more"},
		"a second From":             {"\r\nDate:", "\r\nFrom: boss@example.org\r\nDate:"},
		"a second Subject":          {"\r\nDate:", "\r\nSubject: Pay now\r\nDate:"},
		"a second List-Unsubscribe": {"\r\nDate:", "\r\nList-Unsubscribe: <https://example.net/>\r\nDate:"},
		"a second To":               {"\r\nAuto-Submitted:", "\r\nTo: boss@example.com\r\nAuto-Submitted:"},
		"a second Reply-To":         {"\r\nAuto-Submitted:", "\r\nReply-To: thief@example.net\r\nAuto-Submitted:"},
		"a second Content-Type":     {"\r\nAuto-Submitted:", "\r\nContent-Type: text/html\r\nAuto-Submitted:"},
		"a second MIME-Version":     {"\r\nAuto-Submitted:", "\r\nMIME-Version: 1.0\r\nAuto-Submitted:"},
		"a second Message-ID":       {"\r\nAuto-Submitted:", "\r\nMessage-ID: <2@example.net>\r\nAuto-Submitted:"},
		"a second Date":             {"\r\nAuto-Submitted:", "\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\nAuto-Submitted:"},
		"a Cc":                      {"\r\nAuto-Submitted:", "\r\nCc: boss@example.com\r\nAuto-Submitted:"},
		"a second ...-Post":         {"\r\nDate:", "\r\nList-Unsubscribe-Post: no\r\nDate:"},
	} {
		changed := strings.Replace(signed, c.old, c.new, 1)
		if changed == signed {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := zone(t, keys...).Verify([]byte(changed), 2); err == nil {
			t.Errorf("%s: nobody noticed", name)
		}
	}
}

func TestWhatRelaysDoToWhiteSpaceDoesNotMatter(t *testing.T) {
	t.Parallel()
	keys := pair(t)
	signed := string(sign(t, must(dkim.New(from, keys...))(t), letter(), 0))
	for name, c := range map[string]change{
		"a name's case":     {"\r\nReply-To:", "\r\nREPLY-to :"},
		"folded":            {"To: <reader", "To:\r\n\t <reader"},
		"unfolded":          {"alternative;\r\n boundary", "alternative; boundary"},
		"spaces":            {"line  with", "line with"},
		"at the line's end": {"end\r\n", "end  \r\n"},
		"lines at the end":  {"--b--\r\n\r\n \r\n\r\n", "--b--\r\n"},
		"another field":     {"\r\nDate:", "\r\nX-Spam-Score: 0\r\nDate:"},
	} {
		changed := strings.Replace(signed, c.old, c.new, 1)
		if changed == signed {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := zone(t, keys...).Verify([]byte(changed), 2); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALetterThatIsOfNoListCannotBecomeOne(t *testing.T) {
	t.Parallel()
	key := newKey(t, "2026b")
	alone := []byte("From: news@example.org\r\nSubject: Hello\r\n\r\nText.\r\n")
	signed := sign(t, must(dkim.New(from, key))(t), alone, 0)
	if err := zone(t, key).Verify(signed, 1); err != nil {
		t.Error(err)
	}
	added := bytes.Replace(signed, []byte("\r\nSubject"), []byte("\r\nList-Unsubscribe: <https://example.net/>\r\nSubject"), 1)
	if err := zone(t, key).Verify(added, 1); err == nil {
		t.Error("nobody noticed the field that was added")
	}
}

func TestTheSignatureIsFoldedAndNothingInItIsTorn(t *testing.T) {
	t.Parallel()
	long := pair(t)[0]
	long.Domain, long.Selector = strings.Repeat("d", 63)+".example.org", strings.Repeat("s", 63)+".2026"
	for _, keys := range [][]dkim.Key{pair(t), {long}} {
		signed := sign(t, must(dkim.New("news@"+keys[0].Domain, keys...))(t), letter(), 0)
		if err := zone(t, keys...).Verify(signed, len(keys)); err != nil {
			t.Error(err)
		}
		head, _, _ := strings.Cut(string(signed), "\r\nContent-Type")
		for line := range strings.SplitSeq(head, "\r\n") {
			if len(line) > 78 && !strings.Contains(line, "dddd") {
				t.Errorf("a line of %d: %s", len(line), line)
			}
		}
		names := strings.Split(regexp.MustCompile(`(?s) h=([^;]+);`).FindStringSubmatch(head)[1], ":")
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
		}
		for _, over := range []string{
			"From", "Subject", "To", "Reply-To", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Unsubscribe", "List-Unsubscribe-Post",
		} {
			first := slices.Index(names, over)
			if first < 0 || !slices.Contains(names[first+1:], over) {
				t.Errorf("%s is not named twice in %v", over, names)
			}
		}
		if !slices.Contains(names, "Cc") {
			t.Errorf("Cc, which is not there, is not named in %v", names)
		}
		if strings.Contains(head, " l=") {
			t.Error("the body is signed in part")
		}
	}
}

func TestAKeyThatCannotSpeakForTheAddressIsRefused(t *testing.T) {
	t.Parallel()
	for domain, ok := range map[string]bool{
		"news.example.org": true, "example.org": true,
		"press.example.org": false, "a.news.example.org": false, "example.com": false, "ample.org": false, "org": false, "": false,
		"Example.org": false, "example.org; l=0": false,
	} {
		key := newKey(t, "2026b")
		key.Domain = domain
		if _, err := dkim.New("press@News.example.org", key); (err == nil) != ok || !ok && !strings.Contains(err.Error(), "dkim.1: domain: ") {
			t.Errorf("%q: %v", domain, err)
		}
	}
	for _, selector := range []string{"", "a b", "-a", "2026_a", "a..b", "ä"} {
		if _, err := dkim.New(from, newKey(t, selector)); err == nil || !strings.Contains(err.Error(), "dkim.1: selector: ") {
			t.Errorf("%q: %v", selector, err)
		}
	}
	key := newKey(t, "2026b")
	if _, err := dkim.New(from, key, key); err == nil || !strings.Contains(err.Error(), "a second time") {
		t.Errorf("the same twice: %v", err)
	}
}

func TestAMessageWithoutFromIsNotSigned(t *testing.T) {
	t.Parallel()
	s := must(dkim.New(from, newKey(t, "2026b")))(t)
	if out, err := s.Prepare(nil)([]byte("Subject: x\r\n"), nil, at()); err == nil {
		t.Errorf("signed: %s", out)
	}
}

// FuzzSign lets another implementation judge whatever we sign, wherever the body is cut.
func FuzzSign(f *testing.F) {
	f.Add("a  b\tc \r\n\r\n  \r\nd", " a \t b ", 3)
	f.Add("\r\n\r\nx\r\n\r\n", "x", 1)
	f.Add(" ", "", 0)
	f.Add("", "", 0)
	key := newKey(f, "2026b")
	s := must(dkim.New(from, key))(f)
	f.Fuzz(func(t *testing.T, body, subject string, shared int) {
		crlf := strings.NewReplacer("\r\n", "\r\n", "\r", "", "\n", "\r\n") // as all that we send
		subject = strings.NewReplacer("\r", "", "\n", "").Replace(subject)
		body = crlf.Replace(body)
		message := "From: news@example.org\r\nSubject: " + subject + "\r\n\r\n" + body
		signed := sign(t, s, []byte(message), max(0, min(shared, len(body))))
		if err := zone(t, key).Verify(signed, 1); err != nil {
			t.Errorf("%v: %q", err, message)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	keys := pair(b)
	message := append(letter(), bytes.Repeat([]byte("An encoded line as long as most of them are: it has seventy-six octets.....\r\n"), 270)...)
	head, body, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	for name, some := range map[string][]dkim.Key{"RSA": keys[:1], "Ed25519": keys[1:], "both": keys} {
		for cut, shared := range map[string]int{"nothing shared": 0, "three quarters shared": len(body) / 4 * 3} {
			sign := must(dkim.New(from, some...))(b).Prepare(body[:shared])
			b.Run(name+"/"+cut, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := sign(append(head, "\r\n"...), body[shared:], time.Unix(0, 0)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
