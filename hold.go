package tidings

import "time"

// Hold keeps digests from being sent until it is lifted. Runs are planned all the same, and letters leave: somebody waits for them.
type Hold struct {
	Run    int64    // whose deliveries; 0: those of all runs
	By     HoldKind // several may stand at a time, and each is lifted by itself
	Reason string
	Since  time.Time
}

// HoldKind says who wants a hold. The zero value is none.
type HoldKind string

// The kinds of hold.
const (
	HeldByDesk    HoldKind = "desk"      // a person asked for it
	HeldByDoctor  HoldKind = "doctor"    // a check found what keeps mail from arriving
	HeldByRestore HoldKind = "restore"   // the file may be older than what was sent
	Cancelled     HoldKind = "cancelled" // for good: the run is not to be sent any more
)
