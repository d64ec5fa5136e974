// Package mailer wakes the digest and drains the outbox to the relay: each delivery reaches its reader once, or its row
// says why it did not.
//
// A release is rendered and encoded once for a run and language, into an item; an edition is composed once, of items, into a Form; a
// message is the Form with its personal blanks filled: To, Message-ID, Date, the leave link, that to the reader's own page, and the address; and signed, where the relay does not sign. The same delivery
// always gives the same octets, so that a retry is a copy that receivers can drop.
//
// A letter is a mail to one person, an answer to something they did. It goes ahead of all digests, and Post makes it leave
// now. Its link is made of its nonce whenever it is composed, and nobody can make it again once the letter is settled. No
// letter waits for a person: whoever wants it asks again.
//
// A Relay is the way to the mail server, as RFC 5321 asks: encrypted unless it is on loopback, one recipient for each
// transaction, deadlines for each command, and the body ready before DATA. What became of a message is told by the phase that
// ended it:
//
//	dial, TLS, AUTH, any 421,               the relay's fault   no attempt counts; the breaker opens after three
//	a connection lost before the dot
//	any refusal of MAIL or DATA             the relay's fault   likewise; the delivery's own (deferred) when the relay took
//	                                                            others lately and refuses no more than three
//	RCPT 3xx or 4xx, 4xx after the dot,     the delivery's own  deferred: 5m 15m 30m 1h 2h 4h 8h 8h…
//	5.4.5 at either
//	RCPT 5xx                                the address's fault failed, and judged as a bounce: tidings.VerdictOf;
//	                                                            held when the relay refuses everybody
//	5xx after the dot                       the message's fault failed; when it is a habit, the run is held
//	no reply after the dot, or 3xx          nobody knows        uncertain: again 15 minutes later; held when that follows
//	                                                            a silence and three attempts count
//
// The first digit of a reply decides (RFC 5321 §4.2.1): any 2xx is the yes that was due. But a body goes out on a 354 alone, and what is
// neither a yes nor a no ends the connection.
//
// What the relay hangs up on at the recipient or later, by a 421 or without a word, or refuses at DATA as the fourth and more, is
// remembered (hangups.go): when it takes others and
// hangs up on the same mail again, that is the delivery's own: deferred. So one mail stops no others. A probe of a relay that is left alone
// carries another mail, if any is due; when none is and the relay lets us in, what it hung up on has an attempt of its own. Only a relay
// that hung up on several readers since it last took a mail, of whatever domains it takes mails for, is at fault still: for two days, and not
// for readers on whom it hung up before that mail.
//
// A delivery is given up when its cadence's time is over and six attempts count; a letter, after a day. One that waited for
// days has its six; but a letter whose link has ended is not sent.
//
// Relays also refuse recipients that are in order: when they take no mail from us, when their own map is broken. So a run
// is held when most of its last 50 recipients, and 10 at least, were refused, of three domains or more; else what goes to the one domain
// that refuses. An address is suppressed only while the
// relay takes others: of the last 50 of all runs since the process began, it took one and refused fewer than 10.
// A relay that has taken nothing since then, or refuses two readers and more in a row, of runs of which it took nobody, is not believed
// either, at any size, unless it speaks of the address (5.1.x, 5.2.x): what it refused is held, over all runs and passes of the process.
// Letters, which anybody can have sent to whatever address, are counted apart, and are no run.
//
// Where the relay has PIPELINING (RFC 2920), the commands of the next message go out behind the body of the last: one round trip a
// message. Half a line is no reply.
//
// Several relays share the outbox: each has workers and a breaker of its own, and when it fails, what it had is the others' to send. A
// fallback sends while no other relay works. No more connections than allowed talk to one recipient domain at a time, and a relay that
// answers 4.7.x gets half as many, and more again step by step. So does one that refuses many mails for now at their dots. One that
// answers 421 to a new connection while it has others of ours gets no more than those (crowd.go).
//
// A Mailer does it all: Run for ever, Drain once. That a message was taken is in the journal, on the disk, before the same connection's
// next body goes out, so that a crash can make at most one copy for each connection; the outbox follows in larger strides. When it
// stops, what is in flight has 30 seconds.
package mailer
