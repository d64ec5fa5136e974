package mailer

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// testLetter is a letter of a kind, with a ticket where its kind has one.
func testLetter(t testing.TB, kind tidings.LetterKind, language string) *tidings.Delivery {
	t.Helper()
	created := testRun(tidings.Weekly).Created
	l := &tidings.Letter{
		ID: 5, Kind: kind, Address: "reader@example.com", Language: language, Domain: "news.example.org", Created: created,
		Purpose: map[tidings.LetterKind]tidings.Purpose{
			tidings.ConfirmLetter: tidings.PurposeConfirm, tidings.LinkLetter: tidings.PurposeManage,
			tidings.MoveLetter: tidings.PurposeMove, tidings.EraseLetter: tidings.PurposeErase,
			tidings.ChangedLetter: tidings.PurposeManage,
		}[kind],
	}
	if l.Purpose != "" {
		l.Nonce, l.TicketHash = testKeys(t).NewTicket(l.Purpose)
		l.Expires = created.Add(48 * time.Hour)
	}
	if kind == tidings.ConfirmLetter {
		l.SignUp.Subscriptions = []tidings.Subscription{chosen(t, tidings.Weekly, "topic:energy,trade lang:ko")}
	}
	return &tidings.Delivery{
		ID: l.ID, Address: l.Address, MessageID: l.MessageID(), Date: created, State: tidings.DeliveryPending, Letter: l,
	}
}

func chosen(t testing.TB, cadence, filter string) tidings.Subscription {
	t.Helper()
	return tidings.Subscription{Cadence: cadence, Filter: must(tidings.ParseFilter(filter))(t), Zone: "UTC", Hour: tidings.AnyHour}
}

// asking are the kinds of letter that are no digest.
func asking() []tidings.LetterKind {
	return []tidings.LetterKind{
		tidings.ConfirmLetter, tidings.LinkLetter, tidings.MoveLetter, tidings.MovedLetter, tidings.EraseLetter,
		tidings.ChangedLetter,
	}
}

// tokenOf is the token in a letter.
func tokenOf(t testing.TB, l *tidings.Letter) string {
	t.Helper()
	return must(testKeys(t).TicketOf(l.Purpose, l.Nonce, l.TicketHash))(t)
}

func TestLetterLooksAsItDid(t *testing.T) {
	t.Parallel()
	d := testLetter(t, tidings.ConfirmLetter, "ko")
	raw := must(testComposer(t).Letter(d, testTopics()))(t)
	// A ticket is drawn at random.
	token := tokenOf(t, d.Letter)
	v := must(mailbox.Read(raw))(t)
	if strings.Count(v.Text, token) != 1 || strings.Count(v.HTML, token) != 2 { // there as a button, and as text
		t.Fatalf("the token %s stands not once in the text, and twice in the HTML:\n%s", token, v.Text)
	}
	golden(t, "letter.txt", []byte(strings.ReplaceAll(v.Text, token, strings.Repeat("A", tidings.TokenLength))))
}

func TestLetterHasOneOfEachHeaderAndNoneOfAList(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	for _, kind := range asking() {
		d := testLetter(t, kind, "ko")
		raw := must(c.Letter(d, testTopics()))(t)
		checkWire(t, raw)
		v := must(mailbox.Read(raw))(t)
		got := map[string]string{}
		for _, h := range v.Headers {
			if _, twice := got[h.Name]; twice {
				t.Errorf("%s: %s comes twice", kind, h.Name)
			}
			got[h.Name] = h.Value
		}
		for name, want := range map[string]string{
			"From": "산업통상자원부 <news@example.org>", "To": "<reader@example.com>", "Reply-To": "<press@example.org>",
			"Message-ID": "<" + d.MessageID + ">", "Date": "Mon, 30 Mar 2026 07:00:00 +0900", "MIME-Version": "1.0",
			"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply",
		} {
			if got[name] != want {
				t.Errorf("%s: %s is %q, want %q", kind, name, got[name], want)
			}
			delete(got, name)
		}
		if rest := slices.Sorted(maps.Keys(got)); !slices.Equal(rest, []string{"Content-Type", "Subject"}) {
			t.Errorf("%s: nobody asked for %v", kind, rest)
		}
	}
}

func TestEveryRetryOfALetterIsByteIdenticalEvenAfterARotation(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	rotated := *c
	rotated.keys = must(tidings.NewKeyring(bytes.Repeat([]byte("n"), 32), bytes.Repeat([]byte("k"), 32)))(t)
	for _, kind := range asking() {
		d := testLetter(t, kind, "en")
		first := must(c.Letter(d, testTopics()))(t)
		if again := must(rotated.Letter(d, testTopics()))(t); !bytes.Equal(first, again) {
			t.Errorf("%s: the second attempt has other octets than the first", kind)
		}
	}
	d := testLetter(t, tidings.LinkLetter, "en")
	d.Letter.Nonce = nil
	if raw, err := c.Letter(d, nil); err == nil {
		t.Errorf("without its nonce it became\n%s", raw)
	}
}

func TestLetterLinksToWhereItsTicketWorks(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	for kind, path := range map[tidings.LetterKind]string{
		tidings.ConfirmLetter: "/confirm/", tidings.LinkLetter: "/me/", tidings.MoveLetter: "/confirm/", tidings.EraseLetter: "/confirm/",
		tidings.ChangedLetter: "/me/",
	} {
		d := testLetter(t, kind, "en")
		v := must(mailbox.Read(must(c.Letter(d, testTopics()))(t)))(t)
		url := "https://news.example.org" + path + tokenOf(t, d.Letter)
		if !strings.Contains(v.Text, "\n"+url+"\n") || !strings.Contains(v.HTML, `href="`+url+`"`) {
			t.Errorf("%s: no %s in\n%s", kind, url, v.Text)
		}
		if want := "1 April 2026, 07:00 (KST)"; !strings.Contains(v.Text, want) {
			t.Errorf("%s: no %q in\n%s", kind, want, v.Text)
		}
	}
}

func TestConfirmLetterListsWhatWasChosenInOurWordsAlone(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	for filter, want := range map[string]string{
		"":                              "Weekly digest: every release",
		"topic:energy":                  "Weekly digest: Energy",
		"lang:en,ko topic:trade,energy": "Weekly digest: Energy, Trade, in English, 한국어",
		`topic:trade OR "buy cheap pills" OR pills`: "Weekly digest: Trade, and words that you chose",
		`"cheap pills at pills.example"`:            "Weekly digest: releases with words that you chose",
		"topic:cheap-pills":                         "Weekly digest: releases with words that you chose",
		"lang:buy-pills":                            "Weekly digest: releases with words that you chose",
		"lang:en,pills topic:energy,pills":          "Weekly digest: Energy, and words that you chose, in English",
	} {
		d := testLetter(t, tidings.ConfirmLetter, "en")
		d.Letter.SignUp.Subscriptions = []tidings.Subscription{chosen(t, tidings.Weekly, filter)}
		v := must(mailbox.Read(must(c.Letter(d, testTopics()))(t)))(t)
		for part, body := range map[string]string{"text": v.Text, "HTML": v.HTML} {
			body = strings.Join(strings.Fields(body), " ")
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q in the %s\n%s", filter, want, part, body)
			}
			if strings.Contains(strings.ToLower(body), "pills") {
				t.Errorf("%s: typed words stand in the %s\n%s", filter, part, body)
			}
		}
	}
}

func TestLetterToWhoGetsMailsAlreadySaysWhatItAdds(t *testing.T) {
	t.Parallel()
	d := testLetter(t, tidings.ConfirmLetter, "en")
	d.Letter.Known = true
	v := must(mailbox.Read(must(testComposer(t).Letter(d, testTopics()))(t)))(t)
	if !strings.Contains(v.Text, "You already get our mails; this adds to them:") || v.Subject != "Please confirm what you want to add" {
		t.Errorf("%s\n%s", v.Subject, v.Text)
	}
}

func TestChangedLetterSaysWhatBecameInOurWordsAlone(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	daily := chosen(t, tidings.Daily, `topic:energy OR "cheap pills"`)
	daily.Zone = "Asia/Seoul"
	for name, step := range map[string]struct {
		became tidings.Became
		want   []string
	}{
		"changed": {
			tidings.Became{State: tidings.Active, Subscriptions: []tidings.Subscription{daily}},
			[]string{"Daily digest: Energy, and words that you chose", "changed your subscription there."},
		},
		"paused": {
			tidings.Became{
				State: tidings.Paused, PausedUntil: time.Date(2026, 4, 30, 15, 0, 0, 0, time.UTC), Subscriptions: []tidings.Subscription{daily},
			},
			[]string{"Your mails pause until 1 May 2026."},
		},
		"for good": {
			tidings.Became{State: tidings.Paused, Subscriptions: []tidings.Subscription{daily}}, []string{"Your mails pause until you go on."},
		},
		"left": {tidings.Became{State: tidings.Left}, []string{"You were unsubscribed by a link in one of our mails", "come back from there"}},
	} {
		d := testLetter(t, tidings.ChangedLetter, "en")
		d.Letter.Became = step.became
		v := must(mailbox.Read(must(c.Letter(d, testTopics()))(t)))(t)
		for part, body := range map[string]string{"text": v.Text, "HTML": v.HTML} {
			body = strings.Join(strings.Fields(body), " ")
			for _, want := range append(step.want, "there is nothing to do", tokenOf(t, d.Letter)) {
				if !strings.Contains(body, want) {
					t.Errorf("%s: no %q in the %s\n%s", name, want, part, body)
				}
			}
			if strings.Contains(body, "pills") {
				t.Errorf("%s: typed words stand in the %s\n%s", name, part, body)
			}
		}
	}
}

func FuzzLetter(f *testing.F) {
	f.Add("topic:energy lang:ko OR x", "a@example.com", "ko")
	f.Add(`"buy now" -topic:x`, "\"a b\"@example.com", "en")
	f.Add("lang:x-y", "a@b\r\nBcc: c@d.example", "pt-BR")
	c := testComposer(f)
	f.Fuzz(func(t *testing.T, filter, addr, language string) {
		parsed, err := tidings.ParseFilter(filter)
		if err != nil {
			return
		}
		d := testLetter(t, tidings.ConfirmLetter, language)
		d.Letter.SignUp.Subscriptions[0].Filter, d.Address = parsed, addr
		raw, err := c.Letter(d, testTopics())
		if err != nil {
			return // refused is safe
		}
		if isASCII(addr) {
			checkWire(t, raw)
		}
		header, kinds, bodies := parts(t, raw)
		if !slices.Equal(kinds, []string{"text/plain", "text/html"}) || header.Get("Bcc") != "" || header.Get("List-Unsubscribe") != "" {
			t.Fatalf("parts %v, header %v", kinds, header.Map())
		}
		for _, body := range bodies {
			if !strings.Contains(body, tokenOf(t, d.Letter)) {
				t.Error("a part lost its link")
			}
		}
	})
}

// The link to the own page is minted for the same mail as the leave link, and can do nothing that that one can.
func TestDigestLinksToItsReadersOwnPageInBothParts(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	for _, e := range []*tidings.Edition{english(), korean()} {
		d := testDelivery(9, "reader@example.com")
		form := compose(t, c, e)
		v := must(mailbox.Read(must(form.Fill(d))(t)))(t)
		token := testKeys(t).Mint(tidings.PurposeManage, d.ID, d.Subscriber, d.Since)
		url := testSite().ManageURL(token)
		shown := form.Parts(d)
		for part, body := range map[string]string{"text": v.Text, "HTML": v.HTML, "shown text": shown.Text, "shown HTML": shown.HTML} {
			if strings.Count(body, url) != 1 || strings.Contains(url, c.token(tidings.PurposeLeave, d)) {
				t.Errorf("%s: %s has not once %s", e.Language, part, url)
			}
		}
	}
}

func TestMailsFillTheirBlanksAtAnyPlaceOfALine(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	for n := range 60 { // base64 carries 57 octets a line: every rest comes
		e := testEdition("ko", testRelease(1, "ko", strings.Repeat("가", n+1), fmt.Sprint(n), "energy"))
		d := testDelivery(int64(n+1), "reader@example.com")
		raw := must(compose(t, c, e).Fill(d))(t)
		checkWire(t, raw)
		_, _, bodies := parts(t, raw)
		for _, body := range bodies {
			for _, p := range []tidings.Purpose{tidings.PurposeLeave, tidings.PurposeManage} {
				if strings.Count(body, c.token(p, d)) != 1 {
					t.Errorf("%d: a part lost its %s link", n, p)
				}
			}
		}
	}
}
