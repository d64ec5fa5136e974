package tidings

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Site is the publisher as the world sees it. Every URL, every id and every mail identity is built here, from the
// configured base URL and never from a request.
type Site struct {
	Names      map[string]string // by language: {"en": "Ministry of Trade", "ko": "산업통상자원부"}
	Base       *url.URL          // https://news.example.org, without a trailing slash
	Language   string            // the language of pages that have no other: BCP 47
	Languages  []string          // those that releases come in, the default first
	Zone       *time.Location    // of dates shown, and of after: and before:
	Postal     map[string]string // the postal address at the foot of every page and mail, by language
	Footer     map[string]string // a line of the operator's at the foot of every page, by language; may be empty
	Logo       string            // path of the logo below Base, with a hash of its content; empty: none
	TagEntity  string            // RFC 4151 §2.1: "news.example.org,2026": a domain and a day (or year) on which it was ours; fixed for ever
	MailDomain string            // the domain of Message-IDs and List-Ids
}

// Name is the site's name in the language, else in the base language ("pt" for "pt-BR"), else in its default language,
// else in English, else its host.
func (s *Site) Name(language string) string {
	if name := s.in(language, s.Names); name != "" {
		return name
	}
	return s.Host()
}

// PostalAddress is where the publisher sits, as the language writes it, else as Name finds another; it may be empty.
func (s *Site) PostalAddress(language string) string { return s.in(language, s.Postal) }

// FooterLine is the operator's line at the foot of every page, likewise.
func (s *Site) FooterLine(language string) string { return s.in(language, s.Footer) }

// in is the text of a language, else of its base language, else of the site's own, else in English.
func (s *Site) in(language string, texts map[string]string) string {
	base, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, base, s.Language, "en"} {
		if text := texts[l]; text != "" {
			return text
		}
	}
	return ""
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
	case sel.Office != "":
		return s.URL("offices", OfficeSlug(sel.Office))
	case sel.Query != "":
		return s.SearchURL(sel.Query)
	}
	return s.URL()
}

// PageURL is the page with the number n, from 1, of a list whose first page is at first.
func (s *Site) PageURL(first string, n int) string {
	if n == 1 {
		return first
	}
	return strings.TrimSuffix(first, "/") + "/page/" + strconv.Itoa(n)
}

// ArchiveURL is the page of all years, of one year (month 0) or of one month.
func (s *Site) ArchiveURL(year int, month time.Month) string {
	switch {
	case year == 0:
		return s.URL("archive")
	case month == 0:
		return s.URL("archive", fmt.Sprintf("%04d", year))
	}
	return s.URL("archive", fmt.Sprintf("%04d", year), fmt.Sprintf("%02d", month))
}

// Span is the instants of a year (month 0) or of a month in the site's zone: from the first, until before the second.
func (s *Site) Span(year int, month time.Month) (from, until time.Time) {
	if month == 0 {
		return time.Date(year, 1, 1, 0, 0, 0, 0, s.Zone), time.Date(year+1, 1, 1, 0, 0, 0, 0, s.Zone)
	}
	return time.Date(year, month, 1, 0, 0, 0, 0, s.Zone), time.Date(year, month+1, 1, 0, 0, 0, 0, s.Zone)
}

// OfficesURL is the page of all offices.
func (s *Site) OfficesURL() string { return s.URL("offices") }

// OfficeSlug names an office's page: its words in lower case with hyphens between.
func OfficeSlug(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}), "-")
}

// SearchURL is the page that finds what a filter selects; of an empty one it asks for words.
func (s *Site) SearchURL(query string) string {
	if query == "" {
		return s.URL("search")
	}
	return s.URL("search") + "?q=" + url.QueryEscape(query)
}

// FileURL is where a file that is kept here is served.
func (s *Site) FileURL(hash, name string) string { return s.URL("files", hash, name) }

// AttachmentURL is where an attachment is, here or elsewhere.
func (s *Site) AttachmentURL(a Attachment) string {
	if a.Hash != "" {
		return s.FileURL(a.Hash, a.Name)
	}
	return a.URL
}

// CardURL is the generated picture of a revision of a release, for where it is shared.
func (s *Site) CardURL(r *Release) string {
	return s.URL("cards", r.Slug, strconv.Itoa(r.Revision)+".png")
}

// SitemapURL lists all pages for search engines.
func (s *Site) SitemapURL() string { return s.URL("sitemap.xml") }

// LeaveURL is both the page that asks "do you want to leave?" and the target of the one-click POST (RFC 8058 §3.1).
func (s *Site) LeaveURL(token string) string { return s.URL("u", token) }

// ManageURL is the own page of the subscriber to whom the token was sent.
func (s *Site) ManageURL(token string) string { return s.URL("me", token) }

// ConfirmURL is the page whose button does what a letter asks about.
func (s *Site) ConfirmURL(token string) string { return s.URL("confirm", token) }

// NewReleaseURI mints the tag: URI of a release (RFC 4151 §2.1) from its first slug. It is minted once and stored, and does
// not follow a later change of slug; a slug that was ever public is never given to another release.
func (s *Site) NewReleaseURI(slug string) string {
	return "tag:" + s.TagEntity + ":release/" + url.PathEscape(slug)
}

// ListID identifies a cadence's mails (RFC 2919 §2), without angle brackets.
func (s *Site) ListID(cadence string) string { return cadence + "." + s.MailDomain }

// Query asks for public releases, newest first: by Published, and among equals by publication number.
type Query struct {
	Selection Selection
	From      time.Time // published then or later; zero: from the first on
	Until     time.Time // published before; zero: up to the newest
	Limit     int       // at most this many; 0: all
	Offset    int       // after skipping this many
}

// Hits is what a search finds: the page of releases that was asked for, newest first.
type Hits struct {
	Releases []Release
	Total    int  // how many there are in all; with More, at least so many
	More     bool // Total was not counted to the end
}

// Tombstone is what may be said of a release that was public and is withdrawn.
type Tombstone struct {
	URI, Slug, Language, Title string
	Reason                     string
	Successor                  string // slug of the public release that took its place; empty: there is none
	Published, Withdrawn       time.Time
}

// OfficeCount is an office and how many public releases it has.
type OfficeCount struct {
	Name  string
	Count int
}

// Mark says how far a selection has come: it moves whenever something in the selection goes public, changes or is
// withdrawn, and only then. Equal marks mean equal content.
type Mark struct {
	Seq int64     // the publication number that last touched the selection; 0: nothing ever did
	At  time.Time // when that was; never goes backwards
}
