package mailer

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/dkim"
	"github.com/tidings/tidings/dkim/dkimtest"
	"github.com/tidings/tidings/templates"
)

// testDKIM are two keys, RSA and Ed25519, which are made once: RSA takes its time.
var testDKIM = sync.OnceValues(func() (keys []dkim.Key, err error) {
	for selector, ed := range map[string]bool{"2026a": false, "2026b": true} {
		private, _, err := dkim.Generate(ed)
		if err != nil {
			return nil, err
		}
		keys = append(keys, dkim.Key{Domain: "example.org", Selector: selector, Private: private})
	}
	return keys, nil
})

// signingComposer signs with both keys; the zone has their records.
func signingComposer(t testing.TB) (*Composer, dkimtest.Zone) {
	t.Helper()
	keys := must(testDKIM())(t)
	zone := dkimtest.Zone{}
	for i := range keys {
		host, text, err := keys[i].Record()
		if err != nil {
			t.Fatal(err)
		}
		zone[host] = text
	}
	sender := testSender()
	sender.Signer = must(dkim.New(sender.From, keys...))(t)
	return must(NewComposer(testSite(), must(templates.New(nil))(t), testKeys(t), sender))(t), zone
}

// everyMail is one of each kind that we send, by name: digests and letters in both languages.
func everyMail(t testing.TB, c *Composer) map[string][]byte {
	t.Helper()
	d := testDelivery(11, "reader@example.com")
	mails := map[string][]byte{
		"digest en": must(compose(t, c, english()).Fill(d))(t),
		"digest ko": must(compose(t, c, korean()).Fill(d))(t),
	}
	changes := english()
	for i, kind := range []tidings.EntryKind{tidings.WithdrawnEntry, tidings.CorrectedEntry} {
		changes.Entries[i].Kind, changes.Entries[i].Section = kind, ""
		changes.Releases[i].Note, changes.Releases[i].Reason = "The figures are right now.", "The figures were wrong."
	}
	mails["changes en"] = must(compose(t, c, changes).Fill(d))(t)
	mails["note"] = must(c.Note(&Note{
		To: "desk@example.org", Subject: "A digest waits: 무역", Text: "It waits.\n\n- 무역 협의 =\n", MessageID: "desk-1@news.example.org",
		Date: testRun(tidings.Weekly).Created,
	}))(t)
	for _, kind := range asking() {
		for _, language := range []string{"en", "ko"} {
			mails[string(kind)+" "+language] = must(c.Letter(testLetter(t, kind, language), testTopics()))(t)
		}
	}
	return mails
}

// wantSigned has each mail's two signatures judged by two verifiers.
func wantSigned(t *testing.T, zone dkimtest.Zone, mails map[string][]byte) {
	t.Helper()
	names := slices.Sorted(maps.Keys(mails))
	all := make([][]byte, len(names))
	for i, name := range names {
		all[i] = mails[name]
		if err := zone.Verify(all[i], 2); err != nil {
			t.Errorf("%s: %v in\n%s", name, err, all[i])
		}
	}
	t.Run("dkimpy", func(t *testing.T) {
		for i, said := range zone.VerifyByPython(t, all...) {
			if !slices.Equal(said, []string{"", ""}) {
				t.Errorf("%s: %q in\n%s", names[i], said, all[i])
			}
		}
	})
}

func TestEveryKindOfMailIsSignedSoThatOthersCanVerifyIt(t *testing.T) {
	t.Parallel()
	c, zone := signingComposer(t)
	mails := everyMail(t, c)
	for _, mail := range mails {
		checkWire(t, mail)
	}
	wantSigned(t, zone, mails)
}

func TestSigningPutsFieldsAboveAMailAndChangesNothingInIt(t *testing.T) {
	t.Parallel()
	c, _ := signingComposer(t)
	d := testDelivery(11, "reader@example.com")
	for _, e := range []*tidings.Edition{english(), korean()} {
		plain := must(compose(t, testComposer(t), e).Fill(d))(t)
		above, same := strings.CutSuffix(string(must(compose(t, c, e).Fill(d))(t)), string(plain))
		if !same || strings.Count(above, "DKIM-Signature: ") != 2 || !strings.HasPrefix(above, "DKIM-Signature: ") {
			t.Errorf("above the mail, or in its place, stands\n%s", above)
		}
	}
}

func TestEveryRetryIsSignedWithTheSameOctets(t *testing.T) {
	t.Parallel()
	first, _ := signingComposer(t)
	again, _ := signingComposer(t) // as after a restart
	d := testDelivery(11, "reader@example.com")
	form := compose(t, first, korean())
	signed := must(form.Fill(d))(t)
	must(form.Fill(testDelivery(12, "other@example.com")))(t) // another one leaves no trace
	for _, f := range []*Form{form, compose(t, again, korean())} {
		if other := must(f.Fill(d))(t); !bytes.Equal(signed, other) {
			t.Errorf("the second attempt is\n%s\nand the first was\n%s", other, signed)
		}
	}
	for _, kind := range asking() {
		letter := testLetter(t, kind, "en")
		if one, two := must(first.Letter(letter, nil))(t), must(again.Letter(letter, nil))(t); !bytes.Equal(one, two) {
			t.Errorf("%s: the second attempt has other octets than the first", kind)
		}
	}
}

func TestOneMailsSignatureIsNotAnothers(t *testing.T) {
	t.Parallel()
	c, zone := signingComposer(t)
	form := compose(t, c, english())
	one := string(must(form.Fill(testDelivery(1, "one@example.com")))(t))
	two := string(must(form.Fill(testDelivery(2, "two@example.com")))(t))
	const above = "\r\nAuto-Submitted: "
	signature, _, _ := strings.Cut(one, above)
	_, mail, _ := strings.Cut(two, above)
	if err := zone.Verify([]byte(two), 2); err != nil {
		t.Error(err)
	}
	if err := zone.Verify([]byte(signature+above+mail), 2); err == nil {
		t.Error("the signature of one mail goes for another")
	}
}

func BenchmarkFillSigned(b *testing.B) {
	keys := must(testDKIM())(b)
	d := testDelivery(1, "reader@example.com")
	for _, key := range keys {
		b.Run(key.Algorithm(), func(b *testing.B) {
			sender := testSender()
			sender.Signer = must(dkim.New(sender.From, key))(b)
			form := compose(b, must(NewComposer(testSite(), must(templates.New(nil))(b), testKeys(b), sender))(b), korean())
			b.ReportAllocs()
			for b.Loop() {
				message, err := form.Fill(d)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(message)))
			}
		})
	}
}
