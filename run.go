package tidings

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
)

// Slot is what the members of a run share: a cadence, a zone and an hour. Its due times are its own.
type Slot struct {
	Cadence string
	Zone    string // IANA name; "" for Immediate, which knows no zone
	Hour    int    // 0–23, or AnyHour
}

// Standing is a slot with subscriptions of active subscribers, or with a run that was cut off, and how far its runs have come.
type Standing struct {
	Slot     Slot
	After    time.Time // due times after this instant have not been run: the last run's Due, or the instant since when somebody is in the slot
	Position int64     // of Immediate, which is due by it: that of a subscription that is not at the newest publication, or else the newest; 0 for the others
	CutOff   Run       // its run that was cut off while it was decided, and is gone on with; zero: there is none
	Empty    bool      // nobody is in it any more: it is there for that run
}

// RunKind says what called for a run.
type RunKind string

// A run is made when its time has come, or because the press office asked.
const (
	ScheduledRun RunKind = "scheduled"
	ForcedRun    RunKind = "forced"
)

// Run is one due digest time of one slot. It freezes the newest publication number, and settles for each member the
// publications up to it, as far as none is left to a faster subscription of the same subscriber.
type Run struct {
	ID      int64
	Slot    Slot
	Kind    RunKind
	Due     time.Time // (Slot, Due) is unique: a run is never made twice
	UpTo    int64     // the newest publication number when it was made
	Created time.Time // also the Date of its mails, in whole seconds
	Domain  string    // the domain of its Message-IDs
	Goes    time.Time // nothing of it is sent before: until then the press office may look at it; zero: it goes when it is decided
}

// MessageID is the Message-ID (RFC 5322 §3.6.4), without angle brackets, of the run's mail to a subscriber: the same on
// every retry. Two databases that count alike do not share it, since the run's instants are in it.
func (r *Run) MessageID(subscriber int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %d %d",
		r.Slot.Cadence, r.ID, r.Due.UnixMilli(), r.Created.UnixMilli(), subscriber))
	id := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])
	return strings.ToLower(id) + "@" + r.Domain
}

// EntryKind says why a release is in an edition.
type EntryKind string

// The kinds of entry. The last two go only to those who got the release before.
const (
	NewEntry       EntryKind = ""          // it is new to the reader
	CorrectedEntry EntryKind = "corrected" // it was corrected since; Release.Note says how
	WithdrawnEntry EntryKind = "withdrawn" // it was withdrawn since; Release.Reason says why
)

// Candidate is a release that a run may take: with the number it was first published under, or the number of what has to be
// told of it to those who got it before, or the number of the withdrawal that made it a stand-in.
type Candidate struct {
	Seq     int64
	Kind    EntryKind
	Instead int64 // id of the withdrawn version for which it stands in, with those who were to get that one; 0: of none
	Release Release
}

// Cohort is the subscriptions of a run that must all get the same edition: same filter, position and language, and the
// same past as far as it matters.
// A subscriber with several subscriptions is a cohort of its own, since its editions depend on one another.
type Cohort struct {
	Filter       Filter
	Position     int64          // candidates up to this number are settled already
	Language     string         // of the mail's own words; empty where it makes no difference: no candidate is in several
	Subscription int64          // 0, or the one subscription that this cohort is
	Others       []Subscription // the same subscriber's other subscriptions, on any slot
	Got          map[int64]bool // ids of candidates that they have in a delivery already, be it in another language
	Owed         map[int64]bool // ids of corrected and withdrawn candidates that they got before, and must be told of
	Missed       map[int64]bool // ids of withdrawn releases that were decided for them, and withdrawn before a mail had them
	OnWire       map[int64]bool // likewise, but a mail that may have them is being sent, or of unknown fate
	Going        map[int64]bool // ids of withdrawn candidates of which it is open whether they get them: a mail that may have them is being sent
}

// Entry is one release in an edition, under the section it stands in.
type Entry struct {
	Release  int64  // id
	Revision int    // the one the edition was decided with, so that a retry is byte-identical
	Section  string // a topic's slug; "" is the section of what fits no chosen topic
	Kind     EntryKind
}

// Decision is what a run settles for a cohort.
type Decision struct {
	Entries  []Entry // empty: no mail
	Position int64   // where the cohort's subscriptions stand afterwards
}

// Edition is the content that all subscribers with the same matches share in a run.
type Edition struct {
	ID       int64
	Run      Run
	Language string
	Entries  []Entry
	Releases []Release // in the order of Entries, each as of its Entry's revision; withdrawn ones are gone from both
}

// Contents is what the editions of a run are made of.
type Contents struct {
	Run     Run
	Entries map[int]Entry // by their numbers, by which editions name them; without those that were taken out of the run
}

// Excerpt is an edition, told by what of its run's contents it has.
type Excerpt struct {
	Edition  int64
	Run      int64
	Language string
	Entries  []int // numbers of Contents.Entries, in order; those that are not there any more were taken out
}

// Delivery is one edition to one subscriber.
type Delivery struct {
	ID         int64
	RunID      int64
	EditionID  int64
	Subscriber int64
	Since      time.Time // when the subscriber was first stored: the leave link is bound to it
	Cadence    string
	Address    string
	MessageID  string    // without angle brackets; the same on every retry
	Date       time.Time // whole seconds; the same on every retry
	State      DeliveryState
	Attempts   int       // that counted against the delivery, not against the relay
	Next       time.Time // not before this instant
	LastReply  string    // the relay's last words, or ours about it
	Settled    time.Time // when it came into an end state; zero: not yet
	Claimed    time.Time // by Claim; zero: it was read otherwise
	// nil: it is a digest's. Else ID is the letter's, and there is neither a run nor an edition; but EditionID and Cadence of a
	// CopyLetter are those of the digest that it brings again.
	Letter *Letter
}

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states of a delivery: pending → sending → sent | deferred | failed | uncertain; deferred and uncertain ones are
// tried again. Sent, Failed and Suppressed are ends; Held waits for a person.
const (
	DeliveryPending    DeliveryState = "pending"
	DeliverySending    DeliveryState = "sending"    // claimed; found at start it means Uncertain
	DeliverySent       DeliveryState = "sent"       // the relay took it: 250 after the dot
	DeliveryDeferred   DeliveryState = "deferred"   // a passing fault; due again at Next
	DeliveryFailed     DeliveryState = "failed"     // a final refusal, or given up
	DeliverySuppressed DeliveryState = "suppressed" // not sent, and not to be: left, suppressed, or nothing left in it
	DeliveryUncertain  DeliveryState = "uncertain"  // the body was sent and no reply came; may have arrived
	DeliveryHeld       DeliveryState = "held"       // waits for a person
)

// Outcome is what one attempt, or the decision not to make it, did to a delivery. The store writes it down as it stands.
type Outcome struct {
	Delivery int64
	Letter   bool // Delivery is a letter's number
	State    DeliveryState
	Attempts int       // the delivery's count afterwards
	Next     time.Time // for Deferred and Uncertain (and Pending, when the relay was at fault)
	Reply    string    // the relay's words: one line, no control characters
	Address  string    // to which it was tried; empty: it was not, or that is not known
	Recalled bool      // it has failed, for words that are worth nothing: it is Held after all, with them behind Reply
	Bounced  string    // the status (RFC 3463) with which its recipient, or it for what it is, was refused, or given up; empty: it was not
	At       time.Time
}
