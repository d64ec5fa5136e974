// Package bounce reads what mail servers, providers and relays say of mails that were sent, and believes it only when it knows
// which mail is meant.
//
// Parse reads a report: a delivery status notification (RFC 3464), an abuse report (RFC 5965), or, where a return path of ours
// says which mail it speaks of, one of the older forms. Each mail has a return path of its own with a MAC (see tidings.ReturnPath):
// who forges a report cannot make the MAC, and the report is counted, logged and forgotten. A webhook is believed by its signature.
//
// What follows from a report is one rule, tidings.VerdictOf, and is done by the store in one transaction. A Listener answers 250
// only after that; a fault of ours is a 451, and the mail comes again. Nothing here ever answers a mail.
package bounce
