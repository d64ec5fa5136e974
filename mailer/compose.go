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
	From    string
	Name    string // stands before From; empty: the site's, in the mail's language
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
	marks     marks
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
	return &Composer{site: site, templates: set, keys: keys, sender: sender, marks: newMarks()}, errors.Join(faults...)
}

// marks stand in a Form where its blanks and its bodies are. They are unguessable, so that no text can hold one, and begin alike.
type marks struct {
	blanks     blanks
	text, html string
}

// markSecret is how long the part of a mark is that is the same in all, and that nobody can guess.
const markSecret = 26

func newMarks() (m marks) {
	secret, n := rand.Text()[:markSecret], 0
	mark := func() string {
		n++
		return secret + strings.Repeat(string(rune('a'+n)), tidings.TokenLength-markSecret)
	}
	for i := range m.blanks {
		m.blanks[i] = mark()
	}
	m.blanks[blankAddress] += "@mark.invalid"
	m.text, m.html = mark(), mark()
	return m
}

// Compose makes the form of an edition. The topics give sections their names. An edition with nothing in it is refused.
// When the HTML part would be too long, both parts keep the same first releases and say how many more there are.
func (c *Composer) Compose(e *tidings.Edition, topics []tidings.Topic) (*Form, error) {
	names, items := namesOf(topics, e.Language), make([]*item, len(e.Entries))
	for i := range items {
		var err error
		if items[i], err = c.item(e.Language, &e.Entries[i], &e.Releases[i], names); err != nil {
			return nil, err
		}
	}
	return c.assemble(e, items)
}

// assemble makes the form of an edition from its items.
func (c *Composer) assemble(e *tidings.Edition, items []*item) (*Form, error) {
	view := c.view(e, items)
	form, err := c.compose(e, view, items)
	if err != nil || form.htmlLength() <= htmlMost {
		return form, err
	}
	all := listing(c.site, items)
	keep := sort.Search(len(items), func(n int) bool { // how many fit: with n fewer than that, one more fits
		if n == 0 || err != nil { // at least one is kept
			return false
		}
		form, err = c.compose(e, firstReleases(view, n+1, all), items)
		return err == nil && form.htmlLength() > htmlMost
	})
	if err != nil {
		return nil, err
	}
	if form, err = c.compose(e, firstReleases(view, keep, all), items); err == nil {
		form.left = len(items) - keep
	}
	if err == nil && form.htmlLength() > htmlMost {
		err = tidings.Invalidf("edition", "a single release makes a mail of %d octets", form.htmlLength())
	}
	return form, err
}

func (c *Composer) compose(e *tidings.Edition, view *templates.DigestMail, items []*item) (*Form, error) {
	frame, err := c.templates.DigestFrame(view)
	if err != nil {
		return nil, err
	}
	text := join(frame.Text, func(n int) *fragment { return &items[n].text })
	html := join(frame.HTML, func(n int) *fragment { return &items[n].html })
	fields, err := c.digestFields(e, frame.Subject)
	if err != nil {
		return nil, err
	}
	boundary := boundary(strconv.FormatInt(e.ID, 10), e.Run.MessageID(0), frame.Subject)
	form, err := c.frame(fields, boundary, frame.Subject, text, html)
	if err != nil {
		return nil, err
	}
	for name, part := range map[string]*encodedPart{"text": &form.text, "HTML": &form.html} {
		if !slices.Contains(part.full.blanks, blankLeave) {
			return nil, fmt.Errorf("the template of the %s part has no unsubscribe link", name)
		}
	}
	return form, nil
}

// namesOf are the topics' names in a language, by their slugs.
func namesOf(topics []tidings.Topic, language string) map[string]string {
	names := make(map[string]string, len(topics))
	for i := range topics {
		names[topics[i].Slug] = topics[i].Name(language)
	}
	return names
}

// view is what the templates see of an edition.
func (c *Composer) view(e *tidings.Edition, items []*item) *templates.DigestMail {
	m := &c.marks.blanks
	v := &templates.DigestMail{
		Site: c.site, Language: e.Language, Cadence: e.Run.Slot.Cadence, Date: e.Run.Created,
		LeaveURL: c.site.LeaveURL(m[blankLeave]), ManageURL: c.site.ManageURL(m[blankManage]), Address: m[blankAddress],
	}
	for i, it := range items {
		changed := it.shown.Kind != tidings.NewEntry
		if n := len(v.Sections); n == 0 || v.Sections[n-1].Changes != changed || items[i-1].section != it.section {
			v.Sections = append(v.Sections, templates.Section{Topic: it.topic, Changes: changed})
		}
		section := &v.Sections[len(v.Sections)-1]
		section.Releases = append(section.Releases, it.shown)
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
func listing(site *tidings.Site, items []*item) string {
	var topics []string
	for _, it := range items {
		if it.shown.Kind == tidings.NewEntry && !slices.Contains(topics, it.section) {
			topics = append(topics, it.section)
		}
	}
	if len(topics) != 1 {
		return site.URL()
	}
	return site.SelectionURL(tidings.Selection{Topic: topics[0]})
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
