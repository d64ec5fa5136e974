package faulty

import "crypto/sha256"

// Phase is a step of a conversation.
type Phase string

// The phases, in their order. Connect is before there is a socket.
const (
	Connect   Phase = "connect"
	Greeting  Phase = "greeting"
	Hello     Phase = "EHLO" // HELO too
	StartTLS  Phase = "STARTTLS"
	Handshake Phase = "handshake" // after the 220 to STARTTLS
	Auth      Phase = "AUTH"
	Mail      Phase = "MAIL"
	Rcpt      Phase = "RCPT"
	Data      Phase = "DATA" // the command
	Body      Phase = "body" // after its first octets
	Dot       Phase = "dot"
	Quit      Phase = "QUIT"
)

// Phases are all of them, in their order.
func Phases() []Phase {
	return []Phase{Connect, Greeting, Hello, StartTLS, Handshake, Auth, Mail, Rcpt, Data, Body, Dot, Quit}
}

// Fault is a way to fail. The zero value is none.
type Fault string

// The faults.
const (
	None      Fault = ""
	Temporary Fault = "4xx"     // 451, and the conversation goes on
	Permanent Fault = "5xx"     // 550, likewise; its status says nothing of the address
	Closing   Fault = "421"     // and closes
	Close     Fault = "close"   // without a word
	Hang      Fault = "hang"    // keeps the socket, and neither reads nor writes any more
	Garbage   Fault = "garbage" // a line that is no reply, in place of one; then goes on
	HalfYes   Fault = "halfyes" // the reply that was due, but for its CRLF; then closes
	HalfNo    Fault = "halfno"  // the beginning of a 550, likewise
	Slow      Fault = "slow"    // one octet a second
	WrongTLS  Fault = "tls"     // at the handshake a certificate of somebody else's; anywhere else a TLS alert for a reply
)

// Faults are all of them.
func Faults() []Fault {
	return []Fault{Temporary, Permanent, Closing, Close, Hang, Garbage, HalfYes, HalfNo, Slow, WrongTLS}
}

// refuses reports whether a mail whose dot meets this fault is not taken. Any other takes it, and loses the answer.
func (f Fault) refuses() bool {
	return f == Temporary || f == Permanent || f == Closing || f == HalfNo
}

// answers reports whether a dot that meets this fault is answered in full.
func (f Fault) answers() bool {
	return f == None || f == Slow || f == Temporary || f == Permanent || f == Closing
}

// At is where a conversation stands when the Script is asked.
type At struct {
	Phase      Phase
	Connection int    // counted from 1
	Message    int    // how many MAIL there were, this one included, over all connections
	To         string // the recipient, from RCPT on
}

// Options are what differs from a relay that offers PIPELINING and takes everything. The zero value is such a relay.
type Options struct {
	NoPipelining bool
	StartTLS     bool              // is offered; see Server.RootCAs
	Users        map[string]string // passwords by user; empty: no AUTH
	Eager        bool              // answers DATA with 354 although no recipient was taken, as some relays do

	// Script says what goes wrong. nil: nothing. It is called from the connections' goroutines.
	Script func(At) Fault
	// Kept is told of each mail that was taken, before its sender is; nil: nobody is.
	Kept func(Receipt)
}

// Receipt is what is kept of a mail that was taken.
type Receipt struct {
	To        string
	MessageID string
	Date      string
	Hash      [sha256.Size]byte // of all its octets
}
