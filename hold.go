package tidings

import "time"

// HoldBy is who holds the bulk mail of a database back.
type HoldBy string

// Those who hold.
const (
	HeldByPerson HoldBy = "person" // somebody asked for it
	HeldAsCopy   HoldBy = "copy"   // the file is a copy of another: who knows what the other has sent meanwhile
	HeldByDoctor HoldBy = "doctor" // the mail would not arrive as it is
)

// Hold keeps all bulk mail of a database back: no run is made and no delivery is sent. Letters go out, since each answers what
// somebody has just done; but a copy keeps those back that it found in the file. The zero value is no hold.
type Hold struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	By     HoldBy    `json:"by"`
}

// Holds reports whether there is a hold.
func (h Hold) Holds() bool { return !h.At.IsZero() }

// LettersFrom is since when letters must have been written to go out; zero: all go.
func (h Hold) LettersFrom() time.Time {
	if h.By == HeldAsCopy {
		return h.At
	}
	return time.Time{}
}
