package templates

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

// checkHostilePages puts a hostile text everywhere into the pages, and compares their elements with those of the same
// pages with a harmless one.
func checkHostilePages(t *testing.T, s *Set, evil string) {
	t.Helper()
	for i, page := range hostilePages(t, s, evil) {
		harmless := hostilePages(t, s, "harmless")[i]
		if strings.TrimSpace(line(evil)) == "" {
			continue // an empty text leaves out what it would have been put into
		}
		if got, want := shape(t, page), shape(t, harmless); got != want {
			t.Errorf("%q changes what page %d is made of:\n%s\nnot\n%s", evil, i, got, want)
		}
		if bytes.ContainsFunc(page, forbidden) {
			t.Errorf("%q: control characters on page %d", evil, i)
		}
	}
}

func hostilePages(t *testing.T, s *Set, evil string) [][]byte {
	t.Helper()
	var pages [][]byte
	add := func(render func(io.Writer) error) {
		t.Helper()
		var b bytes.Buffer
		if err := render(&b); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, b.Bytes())
	}
	p := pageOf(t, s, "en", AtReleases)
	everywhere := map[string]string{"en": evil}
	p.Description, p.Site.Names, p.Site.Postal, p.Site.Footer = evil, everywhere, everywhere, everywhere
	r := releases(t)[0]
	r.Title, r.Summary, r.Office, r.Note, r.Reason, r.Authors = evil, evil, evil, evil, evil, []string{evil}
	r.Contact = tidings.Contact{Name: evil, Email: evil, Phone: evil}
	r.Attachments[0].Name, r.Attachments[0].MediaType = evil, evil
	topics := subjects()
	for i := range topics {
		topics[i].Names = map[string]string{"en": evil}
	}
	entry := MailboxEntry{URL: "/mailbox/1", Subject: evil, To: evil}
	add(func(w io.Writer) error { return s.Release(w, &ReleasePage{Page: p, Release: r, Topics: topics}) })
	add(func(w io.Writer) error {
		return s.List(w, &ListPage{Page: p, Releases: []tidings.Release{r}, Topics: topics})
	})
	add(func(w io.Writer) error { return s.Feeds(w, &FeedsPage{Page: p, Topics: topics}) })
	add(func(w io.Writer) error { return s.Gone(w, &GonePage{Page: p, Release: &r}) })
	add(func(w io.Writer) error {
		return s.Leave(w, &LeavePage{Page: p, State: LeaveAsk, Action: "/u/x?" + url.QueryEscape(evil)})
	})
	add(func(w io.Writer) error { return s.Error(w, &ErrorPage{Page: p, Status: 500, ID: evil}) })
	add(func(w io.Writer) error { return s.Subscribe(w, hostileForm(p, evil, topics)) })
	add(func(w io.Writer) error {
		return s.Link(w, &LinkPage{Page: p, Address: evil, Guard: Guard{Action: "/link"}})
	})
	add(func(w io.Writer) error {
		return s.Embed(w, &EmbedPage{Page: p, Code: line(evil), Script: line(evil) + "x"})
	})
	add(func(w io.Writer) error {
		return s.Confirm(w, &ConfirmPage{
			Page: p, State: ConfirmAsk, Confirm: tidings.Confirmation{Purpose: tidings.PurposeMove, NewAddress: evil},
		})
	})
	add(func(w io.Writer) error { return s.Mailbox(w, &MailboxPage{Page: p, Mails: []MailboxEntry{entry}}) })
	add(func(w io.Writer) error {
		return s.Mail(w, &MailPage{
			Page: p, Mail: entry, Headers: []MailHeader{{Name: evil, Value: evil}},
			Text: line(evil), Source: line(evil),
		})
	})
	return pages
}

// hostileForm has been filled in by somebody who means harm.
func hostileForm(p Page, evil string, topics []tidings.Topic) *SubscribePage {
	return &SubscribePage{
		Page: p, Guard: Guard{Action: "/subscribe?lang=" + url.QueryEscape(evil), Stamp: "STAMP"}, Topics: topics, Languages: []string{"en", "ko"},
		Cadences: tidings.Cadences{{Name: tidings.Weekly}}, LinkURL: "/link", FormURL: "/subscribe",
		Entries: Entries{Address: evil, Words: evil, Topics: []string{evil}, Cadence: evil, Zone: "UTC", Language: evil},
	}
}

// shape is the elements of a document, each with the names of its attributes, but for those that may be empty.
func shape(t *testing.T, doc []byte) string {
	t.Helper()
	var b strings.Builder
	for _, n := range nodes(t, doc) {
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteString(">")
	}
	return b.String()
}
