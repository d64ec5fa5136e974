package tidings

import "time"

// SubscriberState says whether a subscriber may be written to.
type SubscriberState string

// The states of a subscriber. Only Active ones are in runs.
const (
	Pending    SubscriberState = "pending"    // has not confirmed yet
	Active     SubscriberState = "active"     // has confirmed
	Paused     SubscriberState = "paused"     // keeps its place; gets what it missed when it comes back
	Left       SubscriberState = "left"       // has unsubscribed
	Suppressed SubscriberState = "suppressed" // must not be written to: a hard bounce or a complaint
)

// Consent is the ground on which a subscriber is written to, kept as evidence.
type Consent struct {
	Basis string    // "signed form 2026-03-01", "asked by phone", "double opt-in"; never empty
	By    string    // who recorded it: a user of the command line, or "web"
	At    time.Time // when it was given; zero: nobody wrote it down
}

// Subscriber is a person's address and what they chose.
type Subscriber struct {
	ID            int64
	Address       string // local part as given, domain in lower case as A-labels (RFC 5890)
	Language      string // of the mails and pages: BCP 47
	State         SubscriberState
	PausedUntil   time.Time // zero while Paused: until they say so
	Consent       Consent
	Created       time.Time
	Left          time.Time // zero unless State is Left
	Offered       time.Time // when a slower cadence was offered to them, and taken or not; zero: never
	Moved         time.Time // when they moved to this address from another; zero: never
	Feed          int64     // how often the personal feed was given a new address
	Subscriptions []Subscription
}

// AnyHour as a Subscription's Hour means: at the hour of the cadence's schedule.
const AnyHour = -1

// Subscription is what a subscriber gets at one cadence. A subscriber has at most one for each cadence.
type Subscription struct {
	ID           int64
	SubscriberID int64
	Cadence      string // a Cadence's Name
	Filter       Filter
	Zone         string // IANA name: "Asia/Seoul"
	Hour         int    // 0–23 of local time, or AnyHour
	Position     int64  // the publication number it stands at: everything up to here is settled for it
	Created      time.Time
}
