package mailer

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/templates"
)

func TestANoteIsPlainAndTheSameWhenItIsSentOnceMore(t *testing.T) {
	t.Parallel()
	c := testComposer(t)
	site := testSite()
	site.Names["en"] = "산업통상자원부와 그 밖의 여러 기관이 함께 하는 소식"
	c.site = site
	n := &Note{
		To: "desk@example.org", Subject: strings.Repeat("무역 협의 ", 12), Text: "First.\n\n- 무역 협의 = \n", MessageID: "desk-1@news.example.org",
		Date: testRun(tidings.Weekly).Created,
	}
	message := must(c.Note(n))(t)
	if again := must(c.Note(n))(t); !bytes.Equal(message, again) {
		t.Errorf("once more it is\n%s", again)
	}
	v := must(mailbox.Read(message))(t)
	if v.Subject != strings.TrimSpace(n.Subject) || strings.ReplaceAll(v.Text, "\r\n", "\n") != n.Text || v.MessageID != n.MessageID || !v.Date.Equal(n.Date) {
		t.Errorf("%+v", v)
	}
	for line := range strings.SplitSeq(string(message), "\r\n") {
		if len(line) > headerLineMost || strings.Contains(line, "\n") {
			t.Errorf("a line of %d: %q", len(line), line)
		}
	}
	for _, bad := range []Note{{To: "nobody"}, {To: "desk@example.org", Subject: "a\r\nBcc: b@example.org"}} {
		if _, err := c.Note(&bad); !errors.As(err, new(*tidings.InvalidError)) {
			t.Errorf("%+v was taken: %v", bad, err)
		}
	}
}

func TestTheNameThatIsGivenWithTheAddressIsInEveryMail(t *testing.T) {
	t.Parallel()
	sender := testSender()
	sender.Name = "Pressestelle des Amtes für Öffentlichkeit"
	c := must(NewComposer(testSite(), must(templates.New(nil))(t), testKeys(t), sender))(t)
	digest := must(compose(t, c, korean()).Fill(testDelivery(1, "reader@example.com")))(t)
	note := must(c.Note(&Note{To: "desk@example.org", Subject: "It waits", Text: "It does.\n", MessageID: "desk-1@news.example.org"}))(t)
	for _, message := range [][]byte{digest, note} {
		if v := must(mailbox.Read(message))(t); v.From != sender.Name+" <"+sender.From+">" {
			t.Errorf("from %q", v.From)
		}
	}
}
