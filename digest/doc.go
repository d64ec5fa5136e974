// Package digest decides who is due and what they get; it never sends.
//
// A Planner asks its Ledger which slots (a cadence, a zone and an hour) have subscriptions and when each last ran,
// computes the due times that have come since, and opens one run for each slot that is due. In the one transaction
// that opens a run, Decide matches filters with releases: once for each distinct filter and position, and language where a release
// is in several, however many subscribers share them. What comes out are rows: editions, deliveries, and the positions where subscriptions now
// stand. From there the mailer carries on.
//
// Why nobody misses a release or gets it twice:
//
//   - a subscription's position only moves forward, over publications that are settled for it, and a run takes only what
//     lies beyond it;
//   - a subscriber with several subscriptions gets a release by the fastest one that matches: a slower one stops short of
//     a release that a faster one has yet to settle, and looks again at its next run, when the release was delivered
//     or the faster subscription is gone;
//   - releases that share a translation are one: a subscriber gets the version that suits them best of those that a run
//     finds, and never another one; unless that one is withdrawn before a mail has it: then their next run has another
//     version stand in;
//   - several missed due times make one run, at the newest of them.
//
// A correction or a withdrawal goes to those, and only those, who got the release before: once, by whichever of their
// digests comes next, whatever their filters say.
package digest
