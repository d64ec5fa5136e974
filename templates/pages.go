package templates

import (
	"io"
	"time"

	"github.com/tidings/tidings"
)

// A Place is an entry of the pages' main navigation.
type Place string

// The places. A page that is none of them has the zero Place.
const (
	AtReleases  Place = "releases"
	AtTopics    Place = "topics"
	AtFeeds     Place = "feeds"
	AtArchive   Place = "archive"
	AtOffices   Place = "offices"
	AtSearch    Place = "search"
	AtSubscribe Place = "subscribe"
)

// Page is what every page has.
type Page struct {
	Site        *tidings.Site
	Language    string // of the page's own words: BCP 47; served by the catalogue that fits best
	Title       string // without the site's name; empty: the page's own, in its language
	Description string // for search engines; empty: none is given
	Canonical   string // absolute; empty: the page is nobody's to index
	Feeds       []FeedLink
	Here        Place
	Subscribe   string          // URL of the page to subscribe on; empty: there is none
	Shows       string          // the language of all that the page shows, as of a release or of a list in one language; empty: none such
	Alternates  []AlternateLink // the same page in all its languages, its own among them; empty: there is but one
	Fallback    string          // URL of the one of Alternates for readers of none of their languages (hreflang x-default)
	Card        Card            // how the page looks where it is shared; zero: as its title
	Data        any             // schema.org, as JSON-LD; nil: none
}

// AlternateLink is a page that says the same in another language.
type AlternateLink struct {
	Language string // BCP 47
	Title    string // of that page, in its language
	URL      string
}

// Card is how a page is shown where a link to it is shared (Open Graph).
type Card struct {
	Article       bool   // a release, not a list
	Image         string // absolute URL; empty: none
	Alt           string // what the image shows
	Width, Height int    // of the image, in pixels
}

// FeedLink is a feed as a browser or a reader discovers it. Of a page's links the main feed comes first, and no two
// titles are the same. Set.FeedLinks makes them.
type FeedLink struct {
	Title     string
	URL       string
	MediaType string // without a charset
}

// ListPage lists releases: the front page, a topic's, a language's, an office's, a year's or a month's.
type ListPage struct {
	Page
	Selection tidings.Selection         // the zero value: the front page, or the archive's
	Year      int                       // of a page of the archive; 0: it is none
	Month     time.Month                // likewise; 0: the whole year
	Months    []MonthLink               // of Year, the newest first: those with a release
	Number    int                       // which page of the list this is, from 1
	Last      int                       // the number of its last page
	Topics    []tidings.Topic           // all that are in use: they name the releases' topics, and Selection's
	Releases  []tidings.Release         // newest first
	Versions  map[int64][]AlternateLink // of a release, by its number: the languages that it is there in besides
	Total     int                       // of the selection, on all its pages
	Newer     string                    // URL of the page of newer releases; empty: this is the first
	Older     string                    // URL of the page of older ones; empty: this is the last
}

// Front reports whether this is the first page of all releases, which opens with the newest one.
func (p *ListPage) Front() bool {
	return p.Selection == (tidings.Selection{}) && p.Year == 0 && p.Newer == ""
}

// MonthLink is a month of the archive and how many public releases it has.
type MonthLink struct {
	Year  int
	Month time.Month
	URL   string
	Count int
}

// YearLink is a year of the archive, with its months that have a release, the newest first.
type YearLink struct {
	Year   int
	URL    string
	Count  int
	Months []MonthLink
}

// ArchivePage lists the years and months, the newest first.
type ArchivePage struct {
	Page
	Years []YearLink
}

// OfficesPage lists the offices that releases come from.
type OfficesPage struct {
	Page
	Offices []tidings.OfficeCount
}

// SearchPage asks for words, and shows what they find.
type SearchPage struct {
	Page
	Query   string   // as the reader typed it; empty: nothing was asked yet
	Problem string   // why Query is no filter, in English; empty: it is one
	Unknown []string // topics that Query names and that are not there
	Topics  []tidings.Topic
	// Selection is what Query selects, to be followed; zero: it cannot be.
	Selection tidings.Selection
	Hits      []Hit
	Total     int  // in all
	More      bool // Total was not counted to the end: there are more
	Number    int  // which page of the hits this is, from 1
	Last      int  // the number of their last page; 0: unknown
	Newer     string
	Older     string
}

// Hit is one release that was found, with the words that it was found by.
type Hit struct {
	Release tidings.Release
	Title   []tidings.Fragment // the whole title
	Text    []tidings.Fragment // the best of the text around what was found
}

// ReleasePage shows one release.
type ReleasePage struct {
	Page
	Release tidings.Release // its Body.HTML is trusted: ingest has sanitised it
	Topics  []tidings.Topic
}

// TopicsPage lists all topics in use.
type TopicsPage struct {
	Page
	Topics []TopicCount
}

// TopicCount is a topic and how many public releases it has.
type TopicCount struct {
	Topic tidings.Topic
	Count int
}

// FeedsPage tells people about the feeds. The languages are the site's.
type FeedsPage struct {
	Page
	Topics []tidings.Topic
}

// GonePage says that a release was withdrawn, or that a topic has ended. Exactly one of them is set. Alternates are what still
// stands of the release in other languages.
type GonePage struct {
	Page
	Release   *tidings.Release // its Title and Reason are shown
	Successor *tidings.Release // the release that took its place; nil: none did
	Topic     *tidings.Topic
}

// ErrorPage answers what cannot be served.
type ErrorPage struct {
	Page
	Status int    // 404, 405, 413 and 500 have words of their own; of others all are told the same as of a 500
	ID     string // of the line in the log; empty: there is none
	Closed bool   // with 404: it was a form to join by, and nobody can
	Query  string // words of the address that was not found, to search for; empty: none
	Topics []tidings.Topic
}

// MailboxPage lists the mails that the demo has sent.
type MailboxPage struct {
	Page
	Mails []MailboxEntry // newest first
}

// MailboxEntry is one mail sent.
type MailboxEntry struct {
	URL     string // of its MailPage
	To      string
	Subject string
	Date    time.Time
}

// MailPage shows one mail of the demo as its reader sees it, and as it went over the wire.
type MailPage struct {
	Page
	Mail    MailboxEntry
	Headers []MailHeader // in the order of the message
	HTMLURL string       // serves the HTML part alone, for a sandboxed frame
	Text    string       // the text part
	Source  string       // the whole message
	RawURL  string       // serves the message as message/rfc822
}

// MailHeader is one header field, decoded.
type MailHeader struct{ Name, Value string }

// List renders a page that lists releases.
func (s *Set) List(w io.Writer, p *ListPage) error { return s.page(w, "list", p.Language, p) }

// Release renders the page of one release.
func (s *Set) Release(w io.Writer, p *ReleasePage) error { return s.page(w, "release", p.Language, p) }

// Topics renders the page of all topics.
func (s *Set) Topics(w io.Writer, p *TopicsPage) error { return s.page(w, "topics", p.Language, p) }

// Archive renders the page of all years and months.
func (s *Set) Archive(w io.Writer, p *ArchivePage) error { return s.page(w, "archive", p.Language, p) }

// Offices renders the page of all offices.
func (s *Set) Offices(w io.Writer, p *OfficesPage) error { return s.page(w, "offices", p.Language, p) }

// Search renders the page that finds releases.
func (s *Set) Search(w io.Writer, p *SearchPage) error { return s.page(w, "search", p.Language, p) }

// Feeds renders the page about the feeds.
func (s *Set) Feeds(w io.Writer, p *FeedsPage) error { return s.page(w, "feeds", p.Language, p) }

// Gone renders the page of what was public once.
func (s *Set) Gone(w io.Writer, p *GonePage) error { return s.page(w, "gone", p.Language, p) }

// Error renders the page of what cannot be served.
func (s *Set) Error(w io.Writer, p *ErrorPage) error { return s.page(w, "error", p.Language, p) }

// Mailbox renders the demo's list of mails.
func (s *Set) Mailbox(w io.Writer, p *MailboxPage) error { return s.page(w, "mailbox", p.Language, p) }

// Mail renders one of the demo's mails.
func (s *Set) Mail(w io.Writer, p *MailPage) error { return s.page(w, "mail", p.Language, p) }
