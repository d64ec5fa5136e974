// Package mailbox is a small SMTP server that keeps every mail it accepts, octet for octet, and shows it to whoever
// asks. The demo sends to it, and so do the tests: a real conversation over a real socket, with no mail leaving the
// machine.
//
// Listen opens it, on loopback alone. Read takes a kept mail apart with the standard library's parsers, which share
// nothing with the code that wrote the mail.
package mailbox
