package templates

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tidings/tidings"
)

// Limits of a mail's one-line texts, in columns, but for subjectLimit, which is in characters.
const (
	subjectLimit   = 200 // hard
	subjectTitle   = 120 // of the title within a subject
	preheaderLeast = 30
	preheaderMost  = 150
)

// DigestMail is one digest: all that both its parts say.
type DigestMail struct {
	Site     *tidings.Site
	Language string    // of the mail's own words
	Cadence  string    // a cadence's name; ours are shown in the reader's words, others as they stand
	Date     time.Time // shown as a day in the site's zone
	Sections []Section // at least one release in all
	More     int       // releases that this mail has no room for; they need MoreURL
	MoreURL  string    // lists them
	// LeaveURL unsubscribes. It stands alone on a line of the text part, and in the HTML part on a short line with
	// nothing else that is personal, so that it may be a mark to be replaced later. Absolute, without white space.
	LeaveURL string
	// ManageURL is the reader's own page, where they change what they get, or pause. It stands as LeaveURL does; empty: it is
	// not named.
	ManageURL string
	Address   string // whom the mail is sent to, alone on a line of each part; empty: it is not said
}

// Section is the releases under one topic, or those that its reader got before and that changed since.
type Section struct {
	Topic    string // its name in the mail's language; empty: of what fits no chosen topic
	Changes  bool   // all its releases are corrected or withdrawn ones, and no other section has such
	Releases []MailRelease
}

// MailRelease is a release in a digest.
type MailRelease struct {
	Kind      tidings.EntryKind
	Title     string
	URL       string // absolute, without white space
	Lead      string // shown up to 400 columns; may be empty
	Published time.Time
	Language  string
	AlsoIn    []string // names of its further topics, in the mail's language
	Note      string   // of a corrected one what changed, of a withdrawn one the reason; shown up to 1000 columns; may be empty
	Successor string   // URL of what took the place of a withdrawn one; empty: nothing did

	Site  *tidings.Site // of its mail; filled in
	place int           // among all the releases of its mail; likewise
}

// MailParts is a mail ready to be put into a message.
type MailParts struct {
	Subject string // at most 200 characters, no control characters
	HTML    string
	Text    string // no line of it but a URL's is wider than 78 columns
}

// digestView is what the mail's templates see.
type digestView struct {
	*DigestMail
	Subject   string
	Preheader string
	Heading   string
	New       int // releases that are new, those that there is no room for included
	Corrected int
	Withdrawn int
	releases  []*MailRelease // of all sections
}

// Digest renders both parts of a digest. They list the same releases in the same order. DigestFrame and DigestRelease make the same of
// pieces.
func (s *Set) Digest(m *DigestMail) (MailParts, error) {
	lang, v, err := s.digestView(m)
	if err != nil {
		return MailParts{}, err
	}
	return lang.mail("digest", lang.mails["digest"], v.Subject, v)
}

func (s *Set) digestView(m *DigestMail) (*speaker, *digestView, error) {
	if err := m.check(); err != nil {
		return nil, nil, err
	}
	lang, mail := s.speaks(m.Language), *m
	v := &digestView{DigestMail: &mail, New: m.count()}
	mail.Sections, v.releases = placed(m)
	for _, r := range v.releases {
		switch r.Kind {
		case tidings.CorrectedEntry:
			v.Corrected, v.New = v.Corrected+1, v.New-1
		case tidings.WithdrawnEntry:
			v.Withdrawn, v.New = v.Withdrawn+1, v.New-1
		case tidings.NewEntry:
		}
	}
	var err error
	for _, text := range []struct {
		to   *string
		make func(*digestView) (string, error)
	}{{&v.Subject, lang.subject}, {&v.Preheader, lang.preheader}, {&v.Heading, lang.heading}} {
		if *text.to, err = text.make(v); err != nil {
			return nil, nil, err
		}
	}
	return lang, v, nil
}

// mail renders both parts of a mail.
func (l *speaker) mail(name string, with mailTemplate, subject string, view any) (MailParts, error) {
	var html, text bytes.Buffer
	err := with.html.Execute(&html, view)
	if err == nil {
		err = with.text.Execute(&text, view)
	}
	if err != nil {
		return MailParts{}, fmt.Errorf("rendering a %s: %w", name, err)
	}
	return MailParts{Subject: subject, HTML: html.String(), Text: text.String()}, nil
}

// check refuses what would break a mail, or make one that nobody may send.
func (m *DigestMail) check() error {
	if m.count() == m.More {
		return tidings.Invalidf("digest", "there is no release in it")
	}
	if m.More > 0 && m.MoreURL == "" {
		return tidings.Invalidf("digest", "%d more releases, but no page that lists them", m.More)
	}
	if m.LeaveURL == "" {
		return tidings.Invalidf("digest", "no unsubscribe link")
	}
	urls := []string{m.LeaveURL, m.ManageURL, m.MoreURL}
	for _, sec := range m.Sections {
		for _, r := range sec.Releases {
			urls = append(urls, r.URL, r.Successor)
		}
	}
	return checkURLs("digest", urls...)
}

func checkURLs(mail string, urls ...string) error {
	for _, u := range urls {
		if strings.ContainsFunc(u, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			return tidings.Invalidf(mail, "white space in the URL %q", u)
		}
	}
	return nil
}

func (m *DigestMail) count() int {
	n := m.More
	for _, sec := range m.Sections {
		n += len(sec.Releases)
	}
	return n
}

// heading says what the mail is. One that is sent at once and has nothing new in it is not "just released".
func (l *speaker) heading(v *digestView) (string, error) {
	if v.New == 0 && v.Cadence == tidings.Immediate {
		return l.words.text("digest-changes")
	}
	return l.words.digest(v.Cadence)
}

// first is the place of the release that gives the mail its subject: the first new one, else the first.
func (v *digestView) first() int {
	return max(0, slices.IndexFunc(v.releases, func(r *MailRelease) bool { return r.Kind == tidings.NewEntry }))
}

// named is a release's title, and what became of it.
func (l *speaker) named(r *MailRelease, most int) (string, error) {
	title := cut(r.Title, most)
	switch {
	case title == "":
		return "", nil
	case r.Kind == tidings.CorrectedEntry:
		return l.words.text("mail-corrected", "Title", title)
	case r.Kind == tidings.WithdrawnEntry:
		return l.words.text("mail-withdrawn", "Title", title)
	}
	return title, nil
}

// subject is the first title and how many more there are. Whose news it is stands in From already.
func (l *speaker) subject(v *digestView) (string, error) {
	title, err := l.named(v.releases[v.first()], subjectTitle)
	if err != nil {
		return "", err
	}
	if title == "" {
		title = line(v.Site.Name(l.tag))
	}
	if n := v.count(); n > 1 {
		if title, err = l.words.plural("mail-subject", n-1, "Title", title); err != nil {
			return "", err
		}
	}
	return cutCharacters(line(title), subjectLimit), nil
}

// preheader is what a list of mails shows beside the subject: the titles that the subject does not have, or the lead.
func (l *speaker) preheader(v *digestView) (string, error) {
	all := v.releases
	text := line(cmp.Or(all[0].Note, all[0].Lead))
	if len(all) > 1 {
		titles, taken := make([]string, 0, len(all)-1), 0
		for i, first := 0, v.first(); i < len(all) && taken <= preheaderMost; i++ { // what comes after is cut off
			if i == first {
				continue
			}
			title, err := l.named(all[i], preheaderMost)
			if err != nil {
				return "", err
			}
			titles = append(titles, line(title))
			taken += columns(titles[len(titles)-1])
		}
		text = strings.Join(titles, " · ")
	}
	if columns(text) < preheaderLeast {
		day, err := l.words.date(v.Site, v.Date)
		if err != nil {
			return "", err
		}
		tail, err := l.words.text("mail-preheader", "Site", line(v.Site.Name(l.tag)), "Date", day)
		if err != nil {
			return "", err
		}
		text = strings.TrimPrefix(text+" · "+tail, " · ")
	}
	return cut(text, preheaderMost), nil
}
