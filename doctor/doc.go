// Package doctor says whether the mail of a site can arrive, and what to mend. It asks DNS, the relay and the site itself, as strangers
// do, and changes nothing.
//
// Its promises:
//
//   - A finding says what was seen, why it matters, and its mend.
//   - What could not be found out (a timeout, a network that lets nobody out) is never a hard finding.
//   - A hard finding of SPF, DKIM or DMARC (Holding) means that receivers who follow the standards refuse the mail as it is set up.
//   - Names that nobody owns (RFC 2606, RFC 6761) are not asked for.
//
// SPF is RFC 7208, DKIM RFC 6376 and RFC 8463, DMARC RFC 7489, one-click unsubscription RFC 8058.
package doctor
