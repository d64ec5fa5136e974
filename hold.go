package tidings

import "time"

// Hold keeps digests from being sent until it is lifted. One over all of them also keeps runs from being made; the due times that pass
// meanwhile make one, as after downtime. Letters leave, since each answers what somebody has just done; but a copy keeps those back
// that it found in the file. The zero value is no hold.
type Hold struct {
	Run    int64     `json:"run,omitempty"` // whose deliveries; 0: those of all runs
	By     HoldKind  `json:"by"`            // several may stand at a time, and each is lifted by itself
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// HoldKind says who wants a hold. The zero value is none.
type HoldKind string

// The kinds of hold.
const (
	HeldByDesk   HoldKind = "desk"      // a person asked for it
	HeldByDoctor HoldKind = "doctor"    // the mail would not arrive as it is
	HeldAsCopy   HoldKind = "copy"      // the file is a copy of another: who knows what the other has sent meanwhile
	Cancelled    HoldKind = "cancelled" // for good: the run is not to be sent any more
)

// Holds reports whether there is a hold.
func (h Hold) Holds() bool { return h.By != "" }

// LettersFrom is since when letters must have been written to go out; zero: all go.
func (h Hold) LettersFrom() time.Time {
	if h.By == HeldAsCopy {
		return h.Since
	}
	return time.Time{}
}
