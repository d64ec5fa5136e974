package tidings

import (
	"net/netip"
	"time"
)

// SignUpForm is a wish to join as a visitor wrote it.
type SignUpForm struct {
	Address  string // as typed: it may be anything
	Language string // of letters, mails and pages
	Choices  []Choice
	Form     string     // see Evidence
	Wording  string     // likewise
	From     netip.Addr // who asks; invalid: not known
}

// SignUp is a wish to become a subscriber, or to get more than one gets, that whoever owns the address has not confirmed yet.
type SignUp struct {
	ID            int64
	Address       string // as Subscriber's
	Language      string // of the letter, and later of mails and pages
	Subscriptions []Subscription
	Position      int64 // the newest publication number when it was made: what comes after it is not missed
	Evidence      Evidence
	Created       time.Time
}

// Evidence is how somebody said what they want, as far as we could see it.
type Evidence struct {
	Form    string // which one: "page", "embed", "topic:energy", "import"
	Wording string // the version of the words that they agreed to: see templates.Set.Wording
	Network string // the block of addresses that it came from, "203.0.113.0/24" or "2001:db8::/48"; empty: none is known
}

// ConsentKind is what an entry in the record of consent tells.
type ConsentKind string

// The kinds of entry.
const (
	ConsentRecorded  ConsentKind = "recorded"  // the press office or an import wrote it down: Detail has the basis
	ConsentAsked     ConsentKind = "asked"     // somebody filled in a form with the address
	ConsentConfirmed ConsentKind = "confirmed" // whoever owns the address pressed the button
	ConsentChanged   ConsentKind = "changed"   // other choices, a pause or a language
	ConsentMoved     ConsentKind = "moved"     // to another address, which was confirmed
	ConsentLeft      ConsentKind = "left"      // unsubscribed, by whichever way; Detail has the reason, if one was given
)

// ConsentEntry is one entry of the record of consent, which is only ever added to.
type ConsentEntry struct {
	Subscriber int64
	Kind       ConsentKind
	At         time.Time
	Actor      string
	Evidence   Evidence
	Detail     string // JSON: what was chosen, or the basis; never an address
}

// Admission says what became of a request that may make us send a mail. It does not depend on whose the address is, nor on
// whether it is one.
type Admission string

// The answers to such a request.
const (
	Admitted    Admission = "admitted"     // whoever should get a mail gets it
	NetworkBusy Admission = "network-busy" // too many requests from there; it may be tried again in an hour
	SiteBusy    Admission = "site-busy"    // too many from everywhere
)

// Confirmation is what the link in a letter does, or did, when its button is pressed.
type Confirmation struct {
	Purpose    Purpose
	Done       bool   // the button had been pressed before: a used link still says what it did
	Language   string // of the letter
	SignUp     SignUp // for PurposeConfirm, as long as it is not Done
	Known      bool   // for PurposeConfirm: the address has a subscriber already, who gets the choices besides
	NewAddress string // for PurposeMove
}

// Visit is a subscriber's own page, as the holder of a link may see it.
type Visit struct {
	Subscriber Subscriber
	Test       bool       // by the link of a test mail: there is nobody, and nothing to see or to do
	Own        bool       // by a link that was sent for just this; else by the link of a digest, which may have been forwarded
	Feed       string     // the token of the personal feed; empty unless Own
	Mails      []PastMail // of the last 90 days, the newest first; empty unless Own
	Offer      bool       // nobody has asked yet whether a slower cadence would do
}

// Leaving is what the token of a mail can end.
type Leaving struct {
	Test   bool     // it came in a test mail: there is nothing to end
	Gone   bool     // they have left already, or were erased
	Topics []string // slugs of topics that can be left alone, while the rest stays
	Offer  bool     // mails once a week instead may be offered: they come more often now, and it was not offered before
}

// PastMail is a mail that a subscriber got, or did not get.
type PastMail struct {
	Delivery Delivery
	Titles   []string    // of its releases, in the mail's order; withdrawn ones are left out
	Said     []PastEntry // the same with withdrawn ones, for the press office
}

// PastEntry is what a mail said of a release.
type PastEntry struct {
	Title string
	Kind  EntryKind
	Gone  bool // the release is withdrawn now
}

// Dossier is everything that is held about a subscriber, as they may have it. What others wrote down about what they did, and by
// number alone, is not in it: the audit log.
type Dossier struct {
	Subscriber  Subscriber
	Consents    []ConsentEntry // the oldest first
	SignUps     []SignUp       // for their address, not confirmed yet
	Mails       []PastMail     // the newest first
	Letters     []Delivery     // likewise
	Suppression Suppression
}

// Suppression says why an address must not be written to. The zero value: it may be.
type Suppression struct {
	Reason string
	At     time.Time
	Erased bool      // it is of somebody who was erased: they may come back, but only by themselves
	Until  time.Time // when it ends; zero: never
}

// Over reports whether it has ended.
func (s Suppression) Over(now time.Time) bool { return !s.Until.IsZero() && !now.Before(s.Until) }

// LetterKind says what a letter is for.
type LetterKind string

// The kinds of letter.
const (
	ConfirmLetter LetterKind = "confirm" // asks the owner of an address whether they want what somebody asked for
	LinkLetter    LetterKind = "link"    // brings the link to one's own page
	MoveLetter    LetterKind = "move"    // asks the owner of a new address whether mails may move there
	MovedLetter   LetterKind = "moved"   // tells the old address
	ChangedLetter LetterKind = "changed" // tells a subscriber what was done by the link of a digest, and brings their own
	EraseLetter   LetterKind = "erase"   // asks whether everything held is to be erased
	CopyLetter    LetterKind = "copy"    // a digest once more, under another Message-ID
)

// Became is what a subscriber gets once something was changed, and whether.
type Became struct {
	State         SubscriberState
	PausedUntil   time.Time // as Subscriber's
	Subscriptions []Subscription
}

// Letter is a mail to one person that belongs to no run: an answer to something they did.
type Letter struct {
	ID         int64
	Kind       LetterKind
	Address    string
	Language   string
	Subscriber int64     // 0: nobody yet
	SignUp     SignUp    // for ConfirmLetter
	Known      bool      // for ConfirmLetter: the address has a subscriber already
	Delivery   int64     // for CopyLetter: the delivery to be had again
	Consent    int64     // for ChangedLetter: the entry in the record of consent that says what was done
	Became     Became    // for ChangedLetter
	Purpose    Purpose   // of the ticket in it; empty: it has none
	Nonce      []byte    // what the ticket is made from: kept until the letter is settled, and no longer
	TicketHash []byte    // by which the right key is found
	Expires    time.Time // of the ticket
	Domain     string    // of its Message-ID
	Created    time.Time
}
