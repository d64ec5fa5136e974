package tidings

import "time"

// TraceStep says how far a mail has come.
type TraceStep byte

// The steps of a mail at the wire.
const (
	TraceBegun TraceStep = 'B' // its body is about to be sent: from here on it may have arrived
	TraceSent  TraceStep = 'S' // the relay took it
	TraceEnded TraceStep = 'E' // it was not taken, or nobody knows; the outbox says which
)

// Trace is one line of the sender's journal. It names the mail by its Message-ID, which no other mail ever has, whatever became of the
// database meanwhile.
type Trace struct {
	Step      TraceStep
	MessageID string // without angle brackets
	Run       int64  // of a delivery that is begun: the id of its run; 0: it is a letter, or was begun before
	// Of a mail that was sent, what its Outcome says.
	At       time.Time
	Attempts int
	Reply    string
}
