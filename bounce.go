package tidings

import (
	"strings"
	"time"
)

// Bounce is what somebody on a mail's way, or its reader's provider, says of it afterwards; or that the relay refused its recipient.
type Bounce struct {
	Mail       ReturnPath
	Kind       BounceKind
	Status     string // RFC 3463, "5.1.1"; "" of a complaint
	Diagnostic string // the words of whoever refused: one line, without addresses
	Via        string // how we heard of it: "smtp", "lmtp", "pipe", "relay", "ses"
	At         time.Time
	Address    string // to which the mail went, where that is known for certain; its subscriber may have moved since
}

// BounceKind says who speaks.
type BounceKind string

// The kinds. A complaint is a reader's, who calls a mail spam; all else is a server's.
const (
	Bounced    BounceKind = "bounce"
	Complained BounceKind = "complaint"
)

// BounceVerdict is what follows from a bounce.
type BounceVerdict string

// The verdicts, the mildest first.
const (
	BounceNothing BounceVerdict = "nothing" // it is no fault, or of no address that is still written to
	BounceAlarm   BounceVerdict = "alarm"   // the mail's fault or the sender's: a person must look, and the address is left alone
	BounceSoft    BounceVerdict = "soft"    // may pass: it counts, see SoftBounces
	BounceHard    BounceVerdict = "hard"    // the address will never take mail: it is suppressed
)

// An address is suppressed when so many soft bounces, the first and the last of them so far apart, have no success between them.
const (
	SoftBounces = 5
	SoftSpan    = 14 * 24 * time.Hour
)

// AlarmRest is how long one alarm stands for all that say the same: a run that a provider refuses has thousands.
const AlarmRest = time.Hour

// VerdictOf judges a status of RFC 3463. Success (2.x) is nothing; a status that is none judges nobody. Of the final ones
// (5.x), those of §3.2 and §3.3 that speak of the address itself, and RFC 7505 §4.2 (5.1.10), are hard; senders, sizes, contents and policies
// are no fault of the address; a full mailbox and what is not named here may pass, as all of 4.x.
func VerdictOf(status string) BounceVerdict {
	class, rest, _ := strings.Cut(status, ".")
	subject, _, dotted := strings.Cut(rest, ".")
	switch {
	case !dotted || class != "4" && class != "5":
		return BounceNothing
	case class == "4":
		return BounceSoft
	}
	switch status {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1":
		return BounceHard
	case "5.1.7", "5.1.8", "5.3.4":
		return BounceAlarm
	}
	if subject == "6" || subject == "7" {
		return BounceAlarm
	}
	return BounceSoft
}

// Milder gives the milder of two verdicts.
func (v BounceVerdict) Milder(other BounceVerdict) BounceVerdict {
	if v.rank() < other.rank() {
		return v
	}
	return other
}

// Worse reports whether more follows from the verdict than from the other.
func (v BounceVerdict) Worse(other BounceVerdict) bool { return v.rank() > other.rank() }

func (v BounceVerdict) rank() int {
	switch v {
	case BounceAlarm:
		return 1
	case BounceSoft:
		return 2
	case BounceHard:
		return 3
	case BounceNothing:
	}
	return 0
}

// BounceRecord is a bounce as it was judged and is kept.
type BounceRecord struct {
	Bounce
	Subscriber int64 // 0: nobody yet, or nobody any more
	Verdict    BounceVerdict
	Suppressed bool // the address was, by this one
	Repeated   bool // it was known already, and nothing followed from it
	Again      bool // it is an alarm, and another one with this status was raised within AlarmRest
}
