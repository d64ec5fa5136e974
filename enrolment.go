package tidings

import "time"

// Enrolment is somebody on a list of subscribers that comes from elsewhere.
type Enrolment struct {
	// Active and Paused: who becomes a subscriber. Left: who is kept as somebody who left, so that no later list brings them
	// back. Suppressed: whose address is suppressed, and nothing else kept of them.
	Subscriber Subscriber
	Evidence   Evidence
	Reason     string    // for Suppressed: why
	Until      time.Time // for Suppressed: when it ends; zero: never
}

// Fate is what became of somebody on a list.
type Fate string

// The fates that a store decides.
const (
	FateAdded      Fate = "added"      // a subscriber now
	FateLeft       Fate = "left"       // known now as somebody who left
	FateSuppressed Fate = "suppressed" // nothing is sent to the address from now on
	FateKnown      Fate = "known"      // was here before, as a subscriber or as somebody who left: nothing of it changed
	FateBarred     Fate = "barred"     // is suppressed here, whatever the list says
)

// Enrolled says what became of an Enrolment, and why where it is not what was asked for. The reason of FateKnown ends with a colon and
// the state in which they are here.
type Enrolled struct {
	Fate   Fate
	Reason string
}
