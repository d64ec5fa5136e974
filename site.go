package tidings

import (
	"net/url"
	"strings"
	"time"
)

// Site is the publisher as the world sees it. Every URL, every id and every mail identity is built here, from the
// configured base URL and never from a request.
type Site struct {
	Names      map[string]string // by language: {"en": "Ministry of Trade", "ko": "산업통상자원부"}
	Base       *url.URL          // https://news.example.org, without a trailing slash
	Language   string            // the language of pages that have no other: BCP 47
	Languages  []string          // those that releases come in, the default first
	Zone       *time.Location    // of dates shown, and of after: and before:
	Postal     string            // the postal address in every mail's footer
	TagEntity  string            // RFC 4151 §2.1: "news.example.org,2026": a domain and a day (or year) on which it was ours; fixed for ever
	MailDomain string            // the domain of Message-IDs and List-Ids
}

// Name is the site's name in the language, else in the base language ("pt" for "pt-BR"), else in its default language,
// else in English, else its host.
func (s *Site) Name(language string) string {
	base, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, base, s.Language, "en"} {
		if n := s.Names[l]; n != "" {
			return n
		}
	}
	return s.Host()
}

// Selection is what a feed or a listing shows: everything (the zero value), one topic or one language.
type Selection struct {
	Topic    string
	Language string
}

// Filter is the selection in the filter language.
func (sel Selection) Filter() string {
	switch {
	case sel.Topic != "":
		return "topic:" + sel.Topic
	case sel.Language != "":
		return "lang:" + sel.Language
	}
	return ""
}

// FeedFormat is the format of a feed, and the ending of its URL.
type FeedFormat string

// The feed formats.
const (
	RSS  FeedFormat = "rss"  // RSS 2.0
	Atom FeedFormat = "atom" // RFC 4287
	JSON FeedFormat = "json" // JSON Feed 1.1
)

// FeedFormats are all of them, in the order that pages list them.
func FeedFormats() []FeedFormat { return []FeedFormat{Atom, RSS, JSON} }

// MediaType is the format's media type with its charset.
func (f FeedFormat) MediaType() string {
	if f == JSON {
		return "application/feed+json; charset=utf-8"
	}
	return "application/" + string(f) + "+xml; charset=utf-8"
}

// Name is the format's name, as readers know it.
func (f FeedFormat) Name() string {
	switch f {
	case RSS:
		return "RSS"
	case Atom:
		return "Atom"
	}
	return "JSON Feed"
}

// Host is the site's host name, without a port.
func (s *Site) Host() string { return s.Base.Hostname() }

// URL is the absolute URL of a path on the site; its segments are escaped.
func (s *Site) URL(segments ...string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(s.Base.String(), "/"))
	for _, seg := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(seg))
	}
	if len(segments) == 0 {
		b.WriteByte('/')
	}
	return b.String()
}

// ReleaseURL is the page of a release.
func (s *Site) ReleaseURL(slug string) string { return s.URL("releases", slug) }

// SelectionURL is the page that lists a selection.
func (s *Site) SelectionURL(sel Selection) string {
	switch {
	case sel.Topic != "":
		return s.URL("topics", sel.Topic)
	case sel.Language != "":
		return s.URL("languages", sel.Language)
	}
	return s.URL()
}

// FeedURL is the canonical URL of a selection's feed, its rel=self.
func (s *Site) FeedURL(sel Selection, f FeedFormat) string {
	ending := "." + string(f)
	switch {
	case sel.Topic != "":
		return s.URL("feeds", "topics", sel.Topic+ending)
	case sel.Language != "":
		return s.URL("feeds", "languages", sel.Language+ending)
	}
	return s.URL("feeds", "all"+ending)
}

// FeedsURL is the page about the feeds.
func (s *Site) FeedsURL() string { return s.URL("feeds") }

// OPMLURL lists all feeds for a feed reader.
func (s *Site) OPMLURL() string { return s.URL("feeds", "opml.xml") }

// LeaveURL is both the page that asks "do you want to leave?" and the target of the one-click POST (RFC 8058 §3.1).
func (s *Site) LeaveURL(token string) string { return s.URL("u", token) }

// NewReleaseURI mints the tag: URI of a release (RFC 4151 §2.1) from its first slug. It is minted once and stored, and does
// not follow a later change of slug; a slug that was ever public is never given to another release.
func (s *Site) NewReleaseURI(slug string) string {
	return "tag:" + s.TagEntity + ":release/" + url.PathEscape(slug)
}

// FeedURI is the id of a selection's feed: the same in every format.
func (s *Site) FeedURI(sel Selection) string {
	id := "all"
	switch {
	case sel.Topic != "":
		id = "topic/" + url.PathEscape(sel.Topic)
	case sel.Language != "":
		id = "language/" + url.PathEscape(sel.Language)
	}
	return "tag:" + s.TagEntity + ":feed/" + id
}

// ListID identifies a cadence's mails (RFC 2919 §2), without angle brackets.
func (s *Site) ListID(cadence string) string { return cadence + "." + s.MailDomain }

// Query asks for public releases, newest first: by Published, and among equals by publication number.
type Query struct {
	Selection Selection
	Limit     int // at most this many; 0: all
	Offset    int // after skipping this many
}

// Mark says how far a selection has come: it moves whenever something in the selection goes public, changes or is
// withdrawn, and only then. Equal marks mean equal content.
type Mark struct {
	Seq int64     // the publication number that last touched the selection; 0: nothing ever did
	At  time.Time // when that was; never goes backwards
}
