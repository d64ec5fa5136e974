package mailer

import "github.com/tidings/tidings"

// returnPath is the envelope's sender of a delivery, in angle brackets: with a domain for bounces one of its own (VERP), the same on
// every retry, so that a report says which mail it speaks of; else the one for all.
func (c *Composer) returnPath(d *tidings.Delivery) string {
	if c.sender.BounceDomain == "" {
		return "<" + c.sender.Bounce + ">"
	}
	return "<" + c.keys.ReturnLocal(tidings.PathOf(d), d.Date) + "@" + c.sender.BounceDomain + ">"
}

// anySender is an envelope's sender as the relay knows those of our mails, in angle brackets, for a transaction that ends with it.
func (c *Composer) anySender() string {
	if c.sender.BounceDomain == "" {
		return "<" + c.sender.Bounce + ">"
	}
	return "<postmaster@" + c.sender.BounceDomain + ">"
}
