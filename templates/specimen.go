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
			s.Release(io.Discard, sp.release), s.Topics(io.Discard, sp.topics), s.Archive(io.Discard, sp.archive),
			s.Offices(io.Discard, sp.offices), s.Feeds(io.Discard, sp.feeds),
			s.Mailbox(io.Discard, sp.mailbox), s.Mail(io.Discard, sp.mail))
		for _, p := range sp.lists {
			faults = append(faults, s.List(io.Discard, p))
		}
		for _, p := range sp.searches {
			faults = append(faults, s.Search(io.Discard, p))
		}
		faults = append(faults, s.tryPersonal(tag)...)
		faults = append(faults, s.tryJoining(tag)...)
		for _, p := range sp.gone {
			faults = append(faults, s.Gone(io.Discard, p))
		}
		for _, p := range sp.errors {
			faults = append(faults, s.Error(io.Discard, p))
		}
		for _, m := range sp.digests {
			faults = append(faults, s.tryDigest(m))
		}
		for _, m := range sp.letters {
			_, err := s.Letter(m)
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
	lists    []*ListPage
	release  *ReleasePage
	topics   *TopicsPage
	archive  *ArchivePage
	offices  *OfficesPage
	searches []*SearchPage
	feeds    *FeedsPage
	gone     []*GonePage
	errors   []*ErrorPage
	mailbox  *MailboxPage
	mail     *MailPage
	digests  []*DigestMail
	letters  []*LetterMail
}

func specimens(lang string) specimen {
	page := specimenPage(lang)
	site, r := page.Site, specimenRelease(page.Site)
	topic := tidings.Topic{Slug: "energy", Names: map[string]string{"en": "Energy"}}
	topics := []tidings.Topic{topic}
	months := []MonthLink{{Year: 2026, Month: time.March, URL: site.ArchiveURL(2026, time.March), Count: 1}}
	mail := MailboxEntry{URL: site.URL("mailbox", "1"), To: "a@example.org", Subject: "Specimen", Date: r.Published}
	found := []tidings.Fragment{{Text: "a "}, {Text: "specimen", Hit: true}}
	list := ListPage{
		Page: page, Topics: topics, Releases: []tidings.Release{r, r}, Total: 2, Number: 1, Last: 2, Older: site.URL(),
	}
	ofTopic, ofOffice, ofLanguage, ofYear := list, list, list, list
	ofTopic.Selection, ofTopic.Number, ofTopic.Newer = tidings.Selection{Topic: "energy"}, 2, site.URL()
	ofOffice.Selection, ofLanguage.Selection = tidings.Selection{Office: "Specimen"}, tidings.Selection{Language: "ko"}
	ofYear.Year, ofYear.Months = 2026, months
	ofMonth := ofYear
	ofMonth.Month = time.March
	return specimen{
		lists:   []*ListPage{&list, &ofTopic, &ofOffice, &ofLanguage, &ofYear, &ofMonth, {Page: page}},
		release: &ReleasePage{Page: page, Release: r, Topics: topics},
		topics:  &TopicsPage{Page: page, Topics: []TopicCount{{Topic: topic, Count: 1}}},
		archive: &ArchivePage{Page: page, Years: []YearLink{{Year: 2026, URL: site.ArchiveURL(2026, 0), Count: 1, Months: months}}},
		offices: &OfficesPage{Page: page, Offices: []tidings.OfficeCount{{Name: "Specimen", Count: 1}}},
		searches: []*SearchPage{
			{Page: page},
			{Page: page, Query: "(", Problem: "Specimen"},
			{Page: page, Query: "none"},
			{Page: page, Query: "topic:none", Unknown: []string{"none"}, Topics: topics},
			{Page: page, Query: "a", Hits: []Hit{{Release: r, Title: found, Text: found}}, Total: 1, Topics: topics},
			{Page: page, Query: "a", Hits: []Hit{{Release: r, Title: found}}, Total: 1, More: true, Newer: site.URL(), Older: site.URL()},
		},
		feeds: &FeedsPage{Page: page, Topics: topics},
		gone:  []*GonePage{{Page: page, Release: &r, Successor: &r}, {Page: page, Topic: &topic}},
		errors: []*ErrorPage{
			{Page: page, Status: 404, Query: "specimen", Topics: topics},
			{Page: page, Status: 404, Closed: true},
			{Page: page, Status: 405},
			{Page: page, Status: 413},
			{Page: page, Status: 500, ID: "1"},
		},
		mailbox: &MailboxPage{Page: page, Mails: []MailboxEntry{mail}},
		mail: &MailPage{
			Page: page, Mail: mail, Headers: []MailHeader{{"Subject", "Specimen"}}, HTMLURL: site.URL("h"),
			Text: "Specimen", Source: "Specimen", RawURL: site.URL("r"),
		},
		digests: specimenDigests(site, lang, &r),
		letters: specimenLetters(site, lang, r.Published),
	}
}

func specimenPage(lang string) Page {
	site := &tidings.Site{
		Names: map[string]string{"en": "Specimen"}, Base: &url.URL{Scheme: "https", Host: "news.example.org"},
		Language: "en", Languages: []string{"en", "ko"}, Zone: time.UTC, Postal: map[string]string{"en": "1 Example Street"}, Footer: map[string]string{"en": "Specimen"},
	}
	return Page{
		Site: site, Language: lang, Description: "Specimen", Canonical: site.URL(), Here: AtReleases,
		Feeds:      []FeedLink{{Title: "Specimen", URL: site.FeedURL(tidings.Selection{}, tidings.Atom), MediaType: "text/xml"}},
		Alternates: []AlternateLink{{Language: "de", Title: "Muster", URL: site.URL("de")}},
		Card:       Card{Article: true, Image: site.URL("a.png"), Alt: "Specimen", Width: 1200, Height: 630},
		Data:       map[string]string{"@type": "NewsArticle"},
	}
}

func specimenRelease(site *tidings.Site) tidings.Release {
	day := time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC)
	return tidings.Release{
		Slug: "specimen", Language: "en", Title: "Specimen", Summary: "Specimen", Topics: []string{"energy", "trade"},
		Body: tidings.Body{HTML: "<p>Specimen</p>", Text: "Specimen"}, Office: "Specimen", Authors: []string{"Specimen"},
		Contact: tidings.Contact{Name: "Specimen", Email: "press@example.org", Phone: "+82 2 123 4567"},
		Attachments: []tidings.Attachment{
			{Name: "a.pdf", URL: site.URL("a.pdf"), MediaType: "application/pdf", Size: 1},
			{Name: "a.png", Hash: tidings.HashOf(nil), MediaType: "image/png", Cover: true, Width: 4, Height: 3, Alt: "Specimen"},
		},
		Published: day, Updated: day.Add(time.Hour), Note: "Specimen", Reason: "Specimen",
	}
}

func specimenDigests(site *tidings.Site, lang string, r *tidings.Release) []*DigestMail {
	m := MailRelease{Title: r.Title, URL: site.ReleaseURL(r.Slug), Lead: r.Summary, Published: r.Published, Language: "en"}
	sections := []Section{{Topic: "Energy", Releases: []MailRelease{m, m}}, {Releases: []MailRelease{m}}}
	sections[0].Releases[1].AlsoIn = []string{"Trade"}
	corrected, withdrawn := m, m
	corrected.Kind, corrected.Lead, corrected.Note = tidings.CorrectedEntry, "", r.Note
	withdrawn.Kind, withdrawn.Lead, withdrawn.Note = tidings.WithdrawnEntry, "", r.Reason
	withdrawn.Successor = m.URL
	sections = append(sections, Section{Changes: true, Releases: []MailRelease{withdrawn, corrected}})
	digest := DigestMail{
		Site: site, Language: lang, Cadence: tidings.Weekly, Date: r.Published, Sections: sections, More: 2,
		MoreURL: site.URL(), LeaveURL: site.LeaveURL("token"), ManageURL: site.ManageURL("token"),
		Address: "a@example.org",
	}
	single := digest
	single.Cadence, single.Sections, single.More = tidings.Immediate, sections[1:2], 0
	single.Address, single.ManageURL = "", ""
	return []*DigestMail{&digest, &single}
}

func specimenLetters(site *tidings.Site, lang string, until time.Time) []*LetterMail {
	confirm := LetterMail{
		Site: site, Language: lang, Kind: tidings.ConfirmLetter, URL: site.ConfirmURL("token"), Until: until,
		Choices: []LetterChoice{{Cadence: tidings.Weekly, Topics: []string{"Energy"}, Languages: []string{"en"}, More: true}},
	}
	known, link, move, erase := confirm, confirm, confirm, confirm
	known.Known, link.Kind, move.Kind, erase.Kind = true, tidings.LinkLetter, tidings.MoveLetter, tidings.EraseLetter
	link.Choices, move.Choices, erase.Choices = nil, nil, nil
	moved := LetterMail{Site: site, Language: lang, Kind: tidings.MovedLetter}
	letters := []*LetterMail{&confirm, &known, &link, &move, &erase, &moved}
	changed := confirm
	changed.Kind, changed.URL, changed.Standing = tidings.ChangedLetter, site.ManageURL("token"), tidings.Active
	paused, open, left := changed, changed, changed
	paused.Standing, paused.PausedUntil, open.Standing = tidings.Paused, until, tidings.Paused
	left.Standing, left.Choices = tidings.Left, nil
	return append(letters, &changed, &paused, &open, &left)
}
