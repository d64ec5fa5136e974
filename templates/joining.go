package templates

import (
	"io"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// A Notice says why a form came back although nothing in it is wrong.
type Notice string

// The notices. The zero Notice is none.
const (
	PressAgain   Notice = "again"   // sent as only programs do, or open for longer than a day: another press will do
	NetworkBusy  Notice = "network" // too many requests from the visitor's network
	SiteBusy     Notice = "site"    // too many from everywhere
	UnprovenBusy Notice = "work"    // too many without the work that the script does
)

// Guard is what every form has that makes us write to an address.
type Guard struct {
	Action string // URL that the form POSTs to
	Stamp  string // says when the form was handed out, in a way that nobody else can write
	Work   int    // bits of work that the script is asked for; 0: none
	Notice Notice
	Faults []Fault // in the order of the fields
}

// Fault is what is wrong with a field.
type Fault struct {
	Field  string // "address", "topics", "words", "filter", "languages", "cadence", "hour", "zone" or "language"
	Kind   FaultKind
	Reason string // why, in English, when there is more to say than the field's own words do; may be empty
}

// FaultKind is in which way a field is wrong, where it may be so in several.
type FaultKind string

// The kinds of faults. The zero FaultKind is the usual one of the field.
const (
	TooMuch   FaultKind = "much"    // of topics, words or a filter: too many, or too long
	Malformed FaultKind = "form"    // of an address: there is something, but no address
	Unchanged FaultKind = "already" // of an address: mails go there as it is
)

// Fault is what is wrong with a field, or nil.
func (g *Guard) Fault(field string) *Fault {
	if i := slices.IndexFunc(g.Faults, func(f Fault) bool { return f.Field == field }); i >= 0 {
		return &g.Faults[i]
	}
	return nil
}

// Entries is what a visitor has filled in, as they typed it.
type Entries struct {
	Address   string
	Topics    []string // slugs
	Words     string   // one on a line, or with commas between
	Filter    string   // in place of topics, words and languages, when it says more than they can
	Languages []string // of releases; empty: all
	Cadence   string
	Hour      int    // 0–23, or tidings.AnyHour
	Zone      string // IANA name
	Language  string // of the mails
}

// Chosen reports whether the list of entries has the value.
func (*Entries) Chosen(list []string, value string) bool { return slices.Contains(list, value) }

// SubscribePage is where people subscribe. Once Sent, it says what happens next, to everybody the same.
type SubscribePage struct {
	Page
	Guard
	Sent      bool
	Form      string // which one it is, for the record of consent
	Entries   Entries
	Topics    []tidings.Topic  // to choose from
	Cadences  tidings.Cadences // likewise
	Languages []string         // of mails, likewise
	Guess     bool             // nobody has chosen the zone yet: the script may put the reader's own in its place
	Now       time.Time        // for which the zones' clocks are told
	Preview   *Preview         // nil: was not asked for
	LinkURL   string           // for those who have lost theirs
	FormURL   string           // the same page, without anything chosen
}

// Preview is what a choice would have brought.
type Preview struct {
	Days     int               // that were looked at
	Mails    int               // a month, about; 0 with Releases: fewer than one
	Date     time.Time         // of the last one
	Releases []tidings.Release // in it, the newest first; empty: there was nothing in all these days
	More     int               // and so many more
	Earlier  []tidings.Release // in place of Releases: the last that would have come before, or with Coming, that are about to come
	Coming   bool
}

// LinkPage sends people the link to their own page. Once Sent, it says so, to everybody the same.
type LinkPage struct {
	Page
	Guard
	Sent    bool
	Address string // as typed
}

// ConfirmState is how far a confirmation has come.
type ConfirmState string

// The states of confirming.
const (
	ConfirmAsk     ConfirmState = "ask"     // GET: asks, with a button that POSTs
	ConfirmDone    ConfirmState = "done"    // POST
	ConfirmAgain   ConfirmState = "again"   // the button had been pressed before
	ConfirmExpired ConfirmState = "expired" // too late
	ConfirmUnknown ConfirmState = "unknown" // a link that is not one of ours
	ConfirmTaken   ConfirmState = "taken"   // the new address is somebody's already
	ConfirmStopped ConfirmState = "stopped" // the address may not be written to any more
	ConfirmTooMuch ConfirmState = "toomuch" // together with what they have it is more than a filter can say
)

// ConfirmPage asks whether what somebody asked for is meant, and does it.
type ConfirmPage struct {
	Page
	State   ConfirmState
	Action  string // URL that the button POSTs to; needed for ConfirmAsk
	Confirm tidings.Confirmation
	Topics  []tidings.Topic // they name those that were chosen
	LinkURL string
}

// EmbedPage gives the HTML of forms for other sites.
type EmbedPage struct {
	Page
	Code   string // a form that leads here
	Script string // one that is answered where it stands; empty: no site may have it
}

// Subscribe renders the page where people subscribe.
func (s *Set) Subscribe(w io.Writer, p *SubscribePage) error {
	return s.page(w, "subscribe", p.Language, p)
}

// Link renders the page that sends people their link.
func (s *Set) Link(w io.Writer, p *LinkPage) error { return s.page(w, "link", p.Language, p) }

// Confirm renders the pages behind the link of a letter.
func (s *Set) Confirm(w io.Writer, p *ConfirmPage) error { return s.page(w, "confirm", p.Language, p) }

// Embed renders the page about forms for other sites.
func (s *Set) Embed(w io.Writer, p *EmbedPage) error { return s.page(w, "embed", p.Language, p) }
