package mailer

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// htmlMost is how long the encoded HTML part may be, in octets: Gmail clips what is longer.
const htmlMost = 102_400

// leadLength is how long a release's lead may be, in characters.
const leadLength = 280

// Sender is who the mails come from. All addresses are plain, without a name.
type Sender struct {
	From    string // its display name is the site's, in the mail's language
	ReplyTo string // empty: From
	Bounce  string // the envelope's sender, to whom bounces go; empty: From
	// In which each mail has a sender of its own, instead of Bounce; empty: none.
	BounceDomain string
	Leave        string // takes a mail as a wish to unsubscribe; empty: the web alone does
	Signer       Signer // nil: the relay signs
}

// Composer turns editions and letters into messages.
type Composer struct {
	site      *tidings.Site
	templates *templates.Set
	keys      tidings.Keyring
	sender    Sender
}

// NewComposer checks the sender.
func NewComposer(site *tidings.Site, set *templates.Set, keys tidings.Keyring, sender Sender) (*Composer, error) {
	if sender.ReplyTo == "" {
		sender.ReplyTo = sender.From
	}
	if sender.Bounce == "" {
		sender.Bounce = sender.From
	}
	faults := []error{}
	for _, a := range [...]struct{ field, addr string }{
		{"from", sender.From}, {"reply-to", sender.ReplyTo}, {"bounce", sender.Bounce}, {"leave", sender.Leave},
	} {
		if a.addr == "" && a.field == "leave" {
			continue
		}
		if _, err := address(a.field, a.addr); err != nil {
			faults = append(faults, err)
		} else if needsUTF8(a.addr) {
			faults = append(faults, tidings.Invalidf(a.field, "%q: outside ASCII, many relays refuse it", a.addr))
		}
	}
	return &Composer{site: site, templates: set, keys: keys, sender: sender}, errors.Join(faults...)
}

// marks stand in a Form where its blanks and its bodies are. They are unguessable, so that no text can hold one.
type marks struct {
	blanks     blanks
	text, html string
}

func newMarks() (m marks) {
	mark := func() string { return rand.Text() + rand.Text()[:tidings.TokenLength-26] }
	for i := range m.blanks {
		m.blanks[i] = mark()
	}
	m.blanks[blankAddress] = strings.ToLower(mark()) + "@mark.invalid"
	m.text, m.html = mark(), mark()
	return m
}

// Compose makes the form of an edition. The topics give sections their names. An edition with nothing in it is refused.
// When the HTML part would be too long, both parts keep the same first releases and say how many more there are.
func (c *Composer) Compose(e *tidings.Edition, topics []tidings.Topic) (*Form, error) {
	m := newMarks()
	view := c.view(e, topics, m)
	all := releasesIn(view.Sections)
	form, err := c.compose(e, view, m)
	if err != nil || form.htmlLength() <= htmlMost {
		return form, err
	}
	keep := sort.Search(all, func(n int) bool { // how many fit: with n fewer than that, one more fits
		if n == 0 || err != nil { // at least one is kept
			return false
		}
		form, err = c.compose(e, firstReleases(view, n+1, c.listing(e)), m)
		return err == nil && form.htmlLength() > htmlMost
	})
	if err != nil {
		return nil, err
	}
	form, err = c.compose(e, firstReleases(view, keep, c.listing(e)), m)
	if err == nil && form.htmlLength() > htmlMost {
		err = tidings.Invalidf("edition", "a single release makes a mail of %d octets", form.htmlLength())
	}
	return form, err
}

func (c *Composer) compose(e *tidings.Edition, view *templates.DigestMail, m marks) (*Form, error) {
	parts, err := c.templates.Digest(view)
	if err != nil {
		return nil, err
	}
	parts.HTML, parts.Text = canonical(parts.HTML), canonical(parts.Text)
	for name, part := range map[string]string{"text": parts.Text, "HTML": parts.HTML} {
		if !strings.Contains(part, m.blanks[blankLeave]) {
			return nil, fmt.Errorf("the template of the %s part has no unsubscribe link", name)
		}
	}
	fields, err := c.digestFields(e, parts.Subject, m)
	if err != nil {
		return nil, err
	}
	return c.frame(fields, boundary(strconv.FormatInt(e.ID, 10), e.Run.MessageID(0), parts.Subject), parts, m)
}

// view is what the templates see of an edition.
func (c *Composer) view(e *tidings.Edition, topics []tidings.Topic, m marks) *templates.DigestMail {
	names := make(map[string]string, len(topics))
	for i := range topics {
		names[topics[i].Slug] = topics[i].Name(e.Language)
	}
	v := &templates.DigestMail{
		Site: c.site, Language: e.Language, Cadence: e.Run.Slot.Cadence, Date: e.Run.Created,
		LeaveURL: c.site.LeaveURL(m.blanks[blankLeave]), ManageURL: c.site.ManageURL(m.blanks[blankManage]), Address: m.blanks[blankAddress],
	}
	for i, entry := range e.Entries {
		changed := entry.Kind != tidings.NewEntry
		if n := len(v.Sections); n == 0 || v.Sections[n-1].Changes != changed || e.Entries[i-1].Section != entry.Section {
			v.Sections = append(v.Sections, templates.Section{Topic: names[entry.Section], Changes: changed})
		}
		section := &v.Sections[len(v.Sections)-1]
		if changed {
			section.Releases = append(section.Releases, c.changed(&e.Releases[i], entry.Kind))
		} else {
			section.Releases = append(section.Releases, c.release(&e.Releases[i], entry.Section, names))
		}
	}
	return v
}

// changed is a release that the reader got before.
func (c *Composer) changed(r *tidings.Release, kind tidings.EntryKind) templates.MailRelease {
	shown := templates.MailRelease{
		Kind: kind, Title: r.Title, URL: c.site.ReleaseURL(r.Slug), Note: r.Note, Published: r.Published, Language: r.Language,
	}
	if kind == tidings.WithdrawnEntry {
		shown.Note = r.Reason
	}
	if r.Successor != "" {
		shown.Successor = c.site.ReleaseURL(r.Successor)
	}
	return shown
}

func (c *Composer) release(r *tidings.Release, section string, names map[string]string) templates.MailRelease {
	shown := templates.MailRelease{
		Title: r.Title, URL: c.site.ReleaseURL(r.Slug), Lead: r.Lead(leadLength), Published: r.Published, Language: r.Language,
	}
	for _, t := range r.Topics {
		if t != section && names[t] != "" {
			shown.AlsoIn = append(shown.AlsoIn, names[t])
		}
	}
	return shown
}

func releasesIn(sections []templates.Section) (n int) {
	for _, s := range sections {
		n += len(s.Releases)
	}
	return n
}

// listing is the page that lists what a mail has no room for: the topic's, when all that is new is of one topic.
func (c *Composer) listing(e *tidings.Edition) string {
	var topics []string
	for _, entry := range e.Entries {
		if entry.Kind == tidings.NewEntry && !slices.Contains(topics, entry.Section) {
			topics = append(topics, entry.Section)
		}
	}
	if len(topics) != 1 {
		return c.site.URL()
	}
	return c.site.SelectionURL(tidings.Selection{Topic: topics[0]})
}

// firstReleases is the same mail with its first n releases, and a link to a page that lists all.
func firstReleases(v *templates.DigestMail, n int, all string) *templates.DigestMail {
	short := *v
	if left := releasesIn(v.Sections) - n; left > 0 {
		short.More, short.MoreURL = left, all
	}
	short.Sections = nil
	for _, s := range v.Sections {
		if n <= 0 {
			break
		}
		s.Releases = slices.Clone(s.Releases[:min(n, len(s.Releases))])
		n -= len(s.Releases)
		short.Sections = append(short.Sections, s)
	}
	return &short
}
