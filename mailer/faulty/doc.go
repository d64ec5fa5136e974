// Package faulty is a relay that fails on demand, at the phase and in the way that a test asks for, and says afterwards what
// it took: each mail by its Message-ID, with its Date and the hash of its octets.
//
// Behind it stands a real SMTP server (go-smtp), which sees only what a fault lets through. Between the two sits a
// conversation that reads one command, asks the Script, and answers. What a client pipelines waits in a buffer meanwhile, and
// the replies leave together, as they do at a real relay.
//
// Listen opens it on loopback; Serve in memory, for testing/synctest, where Dial gives connections that buffer as sockets do.
// It is for tests alone.
package faulty
