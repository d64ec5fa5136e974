package mailer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

func compose(t testing.TB, c *Composer, e *tidings.Edition) *Form {
	t.Helper()
	return must(c.Compose(e, testTopics()))(t)
}

func TestMailsLookAsTheyDid(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	for name, e := range map[string]*tidings.Edition{"english.eml": english(), "korean.eml": korean()} {
		golden(t, name, must(compose(t, c, e).Fill(testDelivery(11, "reader@example.com")))(t))
	}
}

func TestEveryRetryIsByteIdentical(t *testing.T) {
	t.Parallel()
	d := testDelivery(11, "reader@example.com")
	first := must(compose(t, testComposer(t), korean()).Fill(d))(t)
	again := must(compose(t, testComposer(t), korean()).Fill(d))(t) // as after a restart
	if !bytes.Equal(first, again) {
		t.Error("the second attempt has other octets than the first")
	}
}

// linksIn finds the releases' URLs in their order.
func linksIn(text string) []string {
	return regexp.MustCompile(`https://news\.example\.org/releases/[\w%.-]+`).FindAllString(text, -1)
}

func TestBothPartsListTheSameReleasesInTheSameOrder(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	for _, e := range []*tidings.Edition{english(), korean()} {
		v := must(mailbox.Read(must(compose(t, c, e).Fill(testDelivery(1, "reader@example.com")))(t)))(t)
		text, html := linksIn(v.Text), linksIn(v.HTML)
		if len(text) != len(e.Entries) || !slices.Equal(text, html) {
			t.Errorf("%s: text lists %v, HTML %v", e.Language, text, html)
		}
	}
}

func TestAMailTellsFirstWhatBecameOfEarlierReleases(t *testing.T) {
	t.Parallel()
	e := english()
	for i := range 2 {
		e.Entries[i].Section = ""
	}
	e.Entries[0].Kind, e.Releases[0].Reason, e.Releases[0].Successor = tidings.WithdrawnEntry, "The figures were wrong.", "better-figures"
	e.Entries[1].Kind, e.Releases[1].Note = tidings.CorrectedEntry, "The date in the second paragraph is right now."
	v := must(mailbox.Read(must(compose(t, testComposer(t), e).Fill(testDelivery(1, "reader@example.com")))(t)))(t)
	for _, part := range []string{v.Text, v.HTML} {
		part = strings.Join(strings.Fields(part), " ")
		rest := part
		for _, want := range []string{
			"Corrections and withdrawals", "Withdrawn", "The figures were wrong.", "https://news.example.org/releases/better-figures",
			"Corrected", "The date in the second paragraph is right now.",
		} {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("no %q after what was before it:\n%s", want, part)
			}
			rest = after
		}
		if strings.Contains(part, e.Releases[0].Lead(leadLength)) {
			t.Errorf("a withdrawn release speaks on:\n%s", part)
		}
	}
}

func TestMessageHasOneOfEachHeaderAndNoneTooMany(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	d := testDelivery(42, "Reader.Name@example.com")
	raw := must(compose(t, c, korean()).Fill(d))(t)
	token := c.token(tidings.PurposeLeave, d)
	v := must(mailbox.Read(raw))(t)
	want := map[string]string{
		"From": "산업통상자원부 <news@example.org>", "To": "<Reader.Name@example.com>", "Reply-To": "<press@example.org>",
		"Message-ID": "<" + d.MessageID + ">", "Date": "Mon, 30 Mar 2026 07:00:00 +0900", "MIME-Version": "1.0",
		"List-Id":               "<weekly.news.example.org>",
		"List-Unsubscribe":      "<https://news.example.org/u/" + token + ">, <mailto:leave@example.org?subject=" + token + ">",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Auto-Submitted":        "auto-generated", "Precedence": "bulk", "X-Auto-Response-Suppress": "OOF, AutoReply",
	}
	got := map[string]string{}
	for _, h := range v.Headers {
		if _, twice := got[h.Name]; twice {
			t.Errorf("%s comes twice", h.Name)
		}
		got[h.Name] = h.Value
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: got %q, want %q", name, got[name], value)
		}
		delete(got, name)
	}
	delete(got, "Subject")
	delete(got, "Content-Type")
	if len(got) > 0 {
		t.Errorf("nobody asked for %v", got)
	}
	if !strings.Contains(string(raw), "\r\nList-Unsubscribe: <https://news.example.org/u/"+token+">, <mailto:") {
		t.Error("List-Unsubscribe is folded")
	}
	for _, part := range []string{v.Text, v.HTML} {
		if !strings.Contains(part, "https://news.example.org/u/"+token) || !strings.Contains(part, d.Address) {
			t.Errorf("a part has no leave link or no address:\n%s", part)
		}
	}
}

// checkWire checks what RFC 5322 and RFC 2045 ask of every line.
func checkWire(t *testing.T, raw []byte) {
	t.Helper()
	if bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\r")) ||
		bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) {
		t.Error("a CR or LF stands alone")
	}
	if i := bytes.IndexFunc(raw, func(r rune) bool { return r > unicode.MaxASCII || r == 0 }); i >= 0 {
		t.Errorf("octet %d is not 7bit", i)
	}
	body := false
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		body = body || line == ""
		free := strings.HasPrefix(line, "List-Unsubscribe:") || strings.HasPrefix(line, "To:")
		if most := 78; !free && len(line) > most || len(line) > 998 || body && len(line) > 76 {
			t.Errorf("a line of %d octets: %s", len(line), line)
		}
	}
}

func TestEveryLineFitsTheStandards(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	long := testRelease(4, "en", strings.Repeat("Unbreakable", 20), strings.Repeat("x", 2000))
	for _, e := range []*tidings.Edition{english(), korean(), testEdition("en", long)} {
		checkWire(t, must(compose(t, c, e).Fill(testDelivery(1, "reader@example.com")))(t))
	}
}

func TestLongDigestIsCutInBothPartsAndSaysHowManyMore(t *testing.T) {
	t.Parallel()
	var releases []tidings.Release
	for n := range 400 {
		releases = append(releases, testRelease(n, "ko", fmt.Sprintf("보도자료 %d", n), strings.Repeat("가나다라 ", 70), "energy"))
	}
	e := testEdition("ko", releases...)
	form := compose(t, testComposer(t), e)
	raw := must(form.Fill(testDelivery(1, "reader@example.com")))(t)
	v := must(mailbox.Read(raw))(t)
	text, html := linksIn(v.Text), linksIn(v.HTML)
	if len(text) < 20 || len(text) >= 400 || !slices.Equal(text, html) {
		t.Fatalf("text lists %d, HTML %d", len(text), len(html))
	}
	more := fmt.Sprint(400 - len(text))
	if !strings.Contains(v.Text, more) || !strings.Contains(v.HTML, more) {
		t.Errorf("the parts do not say that there are %s more", more)
	}
	if all := testSite().SelectionURL(tidings.Selection{Topic: "energy"}); !strings.Contains(v.Text, all) || !strings.Contains(v.HTML, all) {
		t.Errorf("the parts do not link to %s, which lists them all", all)
	}
	if n := form.htmlLength(); n > htmlMost || n < htmlMost*9/10 {
		t.Errorf("the HTML part has %d octets of %d", n, htmlMost)
	}
}

func TestAnAddressThatWouldInjectIsRefused(t *testing.T) {
	t.Parallel()
	form := compose(t, testComposer(t), english())
	for _, bad := range []string{
		"a@b.example\r\nBcc: c@d.example", "a@b.example>", "<a@b.example", "A <a@b.example>", "a@b.example, c@d.example", "", "a",
		"a@한국", "a\x00@b.example", strings.Repeat("a", 65) + "@b.example",
	} {
		if out, err := form.Fill(testDelivery(1, bad)); err == nil {
			t.Errorf("%q was taken:\n%.300s", bad, out)
		}
	}
	if _, err := NewComposer(testSite(), nil, testKeys(t), Sender{From: "news@example.org\r\nX: y"}); err == nil {
		t.Error("a sender with a line break was taken")
	}
}

// parts reads with go-message, which shares no code with go-mail or with mailbox.Read.
func parts(t *testing.T, raw []byte) (header gomessage.Header, kinds, bodies []string) {
	t.Helper()
	e, err := gomessage.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	r := e.MultipartReader()
	if r == nil {
		t.Fatal("not multipart")
	}
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return e.Header, kinds, bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _ := must2(p.Header.ContentType())
		body, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		kinds, bodies = append(kinds, kind), append(bodies, string(body))
	}
}

func must2[A, B any](a A, b B, _ error) (A, B) { return a, b }

func FuzzCompose(f *testing.F) {
	f.Add("Energy\r\nBcc: x@example.com", "--tidings-\r\n\r\n", "Trade\nSubject: no", "a@example.com", "ko")
	f.Add("=?utf-8?q?=0d=0aX:_y?=", "\r\n.\r\n", "</title><script>", "\"a b\"@example.com", "en")
	f.Add(strings.Repeat("가", 300), "\u2028\x00\xff", "", "a@b", "pt-BR")
	c := testComposer(f)
	f.Fuzz(func(t *testing.T, title, text, topic, addr, language string) {
		release := testRelease(1, "en", title, text, "energy")
		topics := []tidings.Topic{{Slug: "energy", Names: map[string]string{"en": topic}}}
		site := *c.site
		site.Names = map[string]string{"en": topic}
		mine := *c
		mine.site = &site
		form, err := mine.Compose(testEdition(language, release), topics)
		if err != nil {
			return // refused is safe
		}
		d := testDelivery(1, addr)
		raw, err := form.Fill(d)
		if err != nil {
			return
		}
		if isASCII(addr) {
			checkWire(t, raw)
		}
		header, kinds, bodies := parts(t, raw)
		if !slices.Equal(kinds, []string{"text/plain", "text/html"}) || header.Get("Bcc") != "" {
			t.Fatalf("parts %v, header %v", kinds, header.Map())
		}
		count := 0
		for fields := header.Fields(); fields.Next(); {
			count++
		}
		if count != 14 {
			t.Errorf("%d header fields, not 14", count)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if to, err := m.Header.AddressList("To"); err != nil || len(to) != 1 {
			t.Errorf("To is %v: %v", to, err)
		}
		if from, err := m.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != "news@example.org" {
			t.Errorf("From is %v: %v", from, err)
		}
		for _, body := range bodies {
			if !strings.Contains(body, c.token(tidings.PurposeLeave, d)) {
				t.Error("a part lost its leave link")
			}
		}
	})
}

func BenchmarkFill(b *testing.B) {
	form := compose(b, testComposer(b), korean())
	d := testDelivery(1, "reader@example.com")
	b.ReportAllocs()
	for b.Loop() {
		message, err := form.Fill(d)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(message)))
	}
}
