package feed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// outline is a feed before it takes on a format. Its strings are clean.
type outline struct {
	site     *tidings.Site
	id       string
	home     string                                 // URL of the page that shows the same
	self     func(format tidings.FeedFormat) string // URL of the feed itself
	title    string
	author   string // who speaks when an entry names nobody: the site
	language string
	updated  time.Time
	entries  []entry
}

// entry is one release, or the notice of its withdrawal, ready to be written down. Its strings are clean, its URLs are ASCII,
// its times UTC and of whole seconds.
type entry struct {
	id, url     string
	title       string
	summary     string // plain text; empty when the release has no text at all
	note        string // what a correction changed; empty: it was not corrected last
	html        string // without the note
	language    string
	authors     []string
	topics      []term
	attachments []attachment
	alternates  []alternate
	published   time.Time
	updated     time.Time // never before published
	withdrawal  *withdrawal
}

// withdrawal is what a notice says besides.
type withdrawal struct {
	reason    string // empty: none was given
	successor string // URL of the release that took its place; empty: none did
}

// alternate is the page of the same release in another language.
type alternate struct{ language, url string }

// term is a topic as a category: the slug for machines, the label in the release's language for people.
type term struct{ slug, label string }

type attachment struct {
	name, url, mediaType string
	size                 int64 // octets; 0: unknown
	cover                bool  // the picture that stands for the release
	alt                  string
	width, height        int // in pixels; 0: unknown
}

func newOutline(ch *Channel) (*outline, error) {
	language := cmp.Or(ch.Language, ch.Selection.Language, ch.Site.Language)
	out := &outline{
		site:     ch.Site,
		id:       ch.Site.FeedURI(ch.Selection),
		home:     ch.Site.SelectionURL(ch.Selection),
		self:     func(f tidings.FeedFormat) string { return ch.Site.FeedURL(ch.Selection, f) },
		title:    Title(ch.Site, ch.Selection, ch.Topics, language),
		author:   oneLine(ch.Site.Name(language)),
		language: oneLine(language),
		updated:  undated(),
		entries:  make([]entry, 0, len(ch.Releases)+len(ch.Withdrawn)),
	}
	if ch.Personal != "" {
		out.id, out.home = ch.Site.PersonalFeedURI(ch.Personal), ch.Site.URL()
		out.self = func(f tidings.FeedFormat) string { return ch.Site.PersonalFeedURL(ch.Personal, f) }
		out.title = wordsOf(language).personal + " — " + oneLine(ch.Site.Name(language))
	}
	for i := range ch.Releases {
		r := &ch.Releases[i]
		if !r.Public() || r.URI == "" {
			return nil, fmt.Errorf("feed: release %d is not public, or has no URI", r.ID)
		}
		out.entries = append(out.entries, newEntry(ch, r, language))
	}
	for i := range ch.Withdrawn {
		t := &ch.Withdrawn[i]
		if t.URI == "" {
			return nil, fmt.Errorf("feed: the withdrawn %q has no URI", t.Slug)
		}
		out.entries = append(out.entries, newNotice(ch, t, language))
	}
	// A notice stands where the release stood. The sort is stable: releases keep the order that they came in.
	slices.SortStableFunc(out.entries, func(a, b entry) int { return b.published.Compare(a.published) })
	for i := range out.entries {
		if e := &out.entries[i]; i == 0 || e.updated.After(out.updated) {
			out.updated = e.updated
		}
	}
	return out, nil
}

// undated is when a feed without releases was updated. Atom demands a date (RFC 4287 §4.1.1), and validators call one
// before 1990 implausible.
func undated() time.Time { return time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC) }

// leadLength is how many characters of its text stand in for a summary that the press office did not write.
const leadLength = 300

// largestEntry is in octets, of all that a release brings into a feed. A larger one is shortened, so that it cannot crowd
// the others out of a feed.
const largestEntry = 60_000

func newEntry(ch *Channel, r *tidings.Release, language string) entry {
	language = cmp.Or(r.Language, language)
	e := entry{
		id:        asciiURL(r.URI),
		url:       ch.Site.ReleaseURL(r.Slug),
		title:     oneLine(r.Title),
		summary:   clean(r.Lead(leadLength)),
		html:      clean(r.Body.HTML),
		language:  oneLine(language),
		published: whole(r.Published),
		updated:   whole(r.Updated),
	}
	if e.updated.Before(e.published) {
		e.updated = e.published
	}
	if r.Updated.After(r.Published) { // be it within the second
		e.note = oneLine(r.Note)
	}
	authors := r.Authors
	if len(authors) == 0 {
		authors = []string{r.Office} // the office speaks where no author is named
	}
	for _, name := range authors {
		if name = oneLine(name); name != "" {
			e.authors = append(e.authors, name)
		}
	}
	for _, slug := range r.Topics {
		e.topics = append(e.topics, term{slug: oneLine(slug), label: topicName(ch.Topics, slug, language)})
	}
	for _, a := range r.Attachments {
		if url := ch.Site.AttachmentURL(a); url != "" {
			e.attachments = append(e.attachments, attachment{
				name: oneLine(a.Name), url: asciiURL(url), mediaType: oneLine(a.MediaType), size: max(a.Size, 0),
				cover: a.Cover, alt: oneLine(a.Alt), width: a.Width, height: a.Height,
			})
		}
	}
	for _, a := range ch.Alternates[r.ID] {
		e.alternates = append(e.alternates, alternate{language: oneLine(a.Language), url: ch.Site.ReleaseURL(a.Slug)})
	}
	e.shorten()
	return e
}

// cover is the picture that stands for the release; nil: there is none.
func (e *entry) cover() *attachment {
	if i := slices.IndexFunc(e.attachments, func(a attachment) bool { return a.cover }); i >= 0 {
		return &e.attachments[i]
	}
	return nil
}

// scheme is what the topics' slugs are terms of: RFC 4287 §4.2.2.2.
func (o *outline) scheme() string { return o.site.URL("topics") }

// mediaType is the format's media type as a link states it: without a charset.
func mediaType(f tidings.FeedFormat) string {
	bare, _, _ := strings.Cut(f.MediaType(), ";")
	return bare
}

func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func topicName(topics []tidings.Topic, slug, language string) string {
	for i := range topics {
		if topics[i].Slug == slug {
			return cmp.Or(oneLine(topics[i].Name(language)), oneLine(slug))
		}
	}
	return oneLine(slug)
}
