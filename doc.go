// Package tidings holds the nouns of a publisher of releases and the rules they obey.
//
// An organisation's release (a press release, an announcement, a notice) goes public once, in one transaction that
// gives it the next publication number. From then on it stands in every feed whose selection it belongs to, and goes
// to every confirmed subscriber whose filter matches it, in the digest of the cadence this subscriber chose.
//
// The way of the data:
//
//	files ─► ingest ─► store ─► feed ─► web ─► feed readers, browsers
//	                    │  ▲
//	                    │  └── subscribe ◄── web, command line ◄── people
//	                    ▼
//	                  digest ─► store (outbox) ─► mailer ─► SMTP relay
//
// The rules that the rest of the program leans on:
//
//   - One gate of visibility: what has a publication number and is not withdrawn is public; nothing else is, anywhere.
//   - Sequence, never timestamps: a Subscription stands at a publication number, a Run freezes the newest one, and a
//     digest takes what lies between. A late or backdated release is therefore in exactly one digest.
//   - One Filter selects everywhere: feeds, subscriptions, the rule that suggests a topic.
//   - Decide in the database, then act: a Run, its Editions and its Deliveries are rows before a byte is sent.
//   - At least once at the wire, once in practice: Message-ID, Date and MIME boundary derive from the Delivery.
//   - Every URL, every id and every mail identity is built by Site, and nowhere else.
//
// This package imports the standard library alone. It does no I/O, reads no clock and writes no log: instants come in
// as arguments. Every other package is a leaf around it; arch_test.go holds the table of who may import whom.
package tidings
