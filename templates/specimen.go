package templates

import (
	"errors"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// tryAll renders a specimen of every page and mail in every language, so that a template that names a field or a
// function wrongly is refused at the start and not met by a reader.
func (s *Set) tryAll() error {
	var faults []error
	for _, tag := range s.Languages() {
		sp := specimens(tag)
		faults = append(faults,
			s.List(io.Discard, sp.list), s.Release(io.Discard, sp.release), s.Topics(io.Discard, sp.topics),
			s.Feeds(io.Discard, sp.feeds), s.Mailbox(io.Discard, sp.mailbox), s.Mail(io.Discard, sp.mail))
		for _, p := range sp.leave {
			faults = append(faults, s.Leave(io.Discard, p))
		}
		for _, p := range sp.gone {
			faults = append(faults, s.Gone(io.Discard, p))
		}
		for _, p := range sp.errors {
			faults = append(faults, s.Error(io.Discard, p))
		}
		for _, m := range sp.digests {
			_, err := s.Digest(m)
			faults = append(faults, err)
		}
	}
	return errors.Join(distinct(faults)...)
}

// distinct leaves out faults that say the same: most show in every language.
func distinct(faults []error) []error {
	said := map[string]bool{}
	return slices.DeleteFunc(faults, func(err error) bool {
		if err == nil || said[err.Error()] {
			return true
		}
		said[err.Error()] = true
		return false
	})
}

// specimen is one of everything.
type specimen struct {
	list    *ListPage
	release *ReleasePage
	topics  *TopicsPage
	feeds   *FeedsPage
	leave   []*LeavePage
	gone    []*GonePage
	errors  []*ErrorPage
	mailbox *MailboxPage
	mail    *MailPage
	digests []*DigestMail
}

func specimens(lang string) specimen {
	day := time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC)
	site := &tidings.Site{
		Names: map[string]string{"en": "Specimen"}, Base: &url.URL{Scheme: "https", Host: "news.example.org"},
		Language: "en", Languages: []string{"en", "ko"}, Zone: time.UTC, Postal: "1 Example Street",
	}
	page := Page{
		Site: site, Language: lang, Description: "Specimen", Canonical: site.URL(), Here: AtReleases,
		Feeds: []FeedLink{{Title: "Specimen", URL: site.FeedURL(tidings.Selection{}, tidings.Atom), MediaType: "text/xml"}},
	}
	topic := tidings.Topic{Slug: "energy", Names: map[string]string{"en": "Energy"}}
	r := tidings.Release{
		Slug: "specimen", Language: "en", Title: "Specimen", Summary: "Specimen", Topics: []string{"energy"},
		Body: tidings.Body{HTML: "<p>Specimen</p>", Text: "Specimen"}, Office: "Specimen", Authors: []string{"Specimen"},
		Contact:     tidings.Contact{Name: "Specimen", Email: "press@example.org", Phone: "+82 2 123 4567"},
		Attachments: []tidings.Attachment{{Name: "a.pdf", URL: site.URL("a.pdf"), MediaType: "application/pdf", Size: 1}},
		Published:   day, Updated: day.Add(time.Hour), Note: "Specimen", Reason: "Specimen",
	}
	topics := []tidings.Topic{topic}
	mail := MailboxEntry{URL: site.URL("mailbox", "1"), To: "a@example.org", Subject: "Specimen", Date: day}
	m := MailRelease{Title: r.Title, URL: site.ReleaseURL(r.Slug), Lead: r.Summary, Published: day, Language: "en"}
	sections := []Section{{Topic: "Energy", Releases: []MailRelease{m, m}}, {Releases: []MailRelease{m}}}
	sections[0].Releases[1].AlsoIn = []string{"Trade"}
	digest := DigestMail{
		Site: site, Language: lang, Cadence: tidings.Weekly, Date: day, Sections: sections, More: 2,
		MoreURL: site.URL(), LeaveURL: site.LeaveURL("token"), Address: mail.To,
	}
	single := digest
	single.Cadence, single.Sections, single.More, single.Address = tidings.Immediate, sections[1:], 0, ""
	return specimen{
		list: &ListPage{
			Page: page, Selection: tidings.Selection{Topic: "energy"}, Topics: topics,
			Releases: []tidings.Release{r}, Total: 1, Newer: site.URL(), Older: site.URL(),
		},
		release: &ReleasePage{Page: page, Release: r, Topics: topics},
		topics:  &TopicsPage{Page: page, Topics: []TopicCount{{Topic: topic, Count: 1}}},
		feeds:   &FeedsPage{Page: page, Topics: topics},
		leave: []*LeavePage{
			{Page: page, State: LeaveAsk, Action: site.LeaveURL("token")},
			{Page: page, State: LeaveDone},
			{Page: page, State: LeaveDone},
			{Page: page, State: LeaveTest},
			{Page: page, State: LeaveUnknown},
		},
		gone:    []*GonePage{{Page: page, Release: &r}, {Page: page, Topic: &topic}},
		errors:  []*ErrorPage{{Page: page, Status: 404}, {Page: page, Status: 405}, {Page: page, Status: 500, ID: "1"}},
		mailbox: &MailboxPage{Page: page, Mails: []MailboxEntry{mail}},
		mail: &MailPage{
			Page: page, Mail: mail, Headers: []MailHeader{{"Subject", "Specimen"}}, HTMLURL: site.URL("h"),
			Text: "Specimen", Source: "Specimen", RawURL: site.URL("r"),
		},
		digests: []*DigestMail{&digest, &single},
	}
}
