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
	AtReleases Place = "releases"
	AtTopics   Place = "topics"
	AtFeeds    Place = "feeds"
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
}

// FeedLink is a feed as a browser or a reader discovers it. Of a page's links the main feed comes first, and no two
// titles are the same. Set.FeedLinks makes them.
type FeedLink struct {
	Title     string
	URL       string
	MediaType string // without a charset
}

// ListPage lists releases: the front page, a topic's or a language's.
type ListPage struct {
	Page
	Selection tidings.Selection // the zero value: the front page
	Topics    []tidings.Topic   // all that are in use: they name the releases' topics, and Selection's
	Releases  []tidings.Release // newest first
	Total     int               // of the selection, on all its pages
	Newer     string            // URL of the page of newer releases; empty: this is the first
	Older     string            // URL of the page of older ones; empty: this is the last
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

// LeaveState is how far a reader's leaving has come.
type LeaveState string

// The states of leaving.
const (
	LeaveAsk     LeaveState = "ask"     // GET: asks, with a button that POSTs
	LeaveDone    LeaveState = "done"    // POST: also when the reader had left before
	LeaveTest    LeaveState = "test"    // the link of a test mail, which nobody is subscribed to
	LeaveUnknown LeaveState = "unknown" // a link that is not one of ours
)

// LeavePage lets a reader end a subscription. It shows no address: whoever was forwarded the mail sees it too.
type LeavePage struct {
	Page
	State  LeaveState
	Action string // URL that the button POSTs to; needed for LeaveAsk
}

// GonePage says that a release was withdrawn, or that a topic has ended. Exactly one of them is set.
type GonePage struct {
	Page
	Release *tidings.Release // its Title and Reason are shown
	Topic   *tidings.Topic
}

// ErrorPage answers what cannot be served.
type ErrorPage struct {
	Page
	Status int    // 404, 405 and 500 have words of their own; of others all are told the same as of a 500
	ID     string // of the line in the log; empty: there is none
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

// Feeds renders the page about the feeds.
func (s *Set) Feeds(w io.Writer, p *FeedsPage) error { return s.page(w, "feeds", p.Language, p) }

// Leave renders the pages behind a mail's unsubscribe link.
func (s *Set) Leave(w io.Writer, p *LeavePage) error { return s.page(w, "leave", p.Language, p) }

// Gone renders the page of what was public once.
func (s *Set) Gone(w io.Writer, p *GonePage) error { return s.page(w, "gone", p.Language, p) }

// Error renders the page of what cannot be served.
func (s *Set) Error(w io.Writer, p *ErrorPage) error { return s.page(w, "error", p.Language, p) }

// Mailbox renders the demo's list of mails.
func (s *Set) Mailbox(w io.Writer, p *MailboxPage) error { return s.page(w, "mailbox", p.Language, p) }

// Mail renders one of the demo's mails.
func (s *Set) Mail(w io.Writer, p *MailPage) error { return s.page(w, "mail", p.Language, p) }
