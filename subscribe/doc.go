// Package subscribe decides who is a subscriber: joining, changing, pausing, leaving and being erased, for the web and
// the command line alike.
//
// What a person gave is checked here, once: an address that mail can be sent to, a zone that exists, a cadence that the
// site offers, a filter whose topics are known. A fault of theirs comes back as a tidings.InvalidError that says what to
// write instead. Everything else about subscribers is the Register's: it writes each step down with who took it.
//
// Leaving always works. It needs no more than the token of any mail that was ever sent (RFC 8058), it succeeds a second
// time, and it succeeds for somebody who has been erased since.
package subscribe
