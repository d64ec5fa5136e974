package doctor

import (
	"crypto/tls"
	"time"
)

// Listener is where other servers bring reports of mails that came back. The zero value is none.
type Listener struct {
	At                string // bounce.listen_smtp; empty: nowhere
	CertFile, KeyFile string // empty: it offers no TLS
}

// certificate looks at that of the listener for reports, as it stands in its files.
func certificate(l *Listener, now time.Time) Finding {
	switch {
	case l.At == "":
		return note(CheckBounceTLS, "not checked: no other server brings reports by SMTP here (bounce.listen_smtp)")
	case l.CertFile == "":
		return note(CheckBounceTLS, "%s has no certificate: reports come unencrypted", l.At).
			because("A report holds the address of a reader.").mend("Set bounce.cert_file and bounce.key_file.")
	}
	pair, err := tls.LoadX509KeyPair(l.CertFile, l.KeyFile)
	if err != nil {
		return hard(CheckBounceTLS, "the certificate cannot be read with its key: %v", err).
			because("The daemon shows the one that it read before, and does not start again.").
			mend("Put a pair that belongs together into %s and %s, readable to the service.", l.CertFile, l.KeyFile)
	}
	const why = "Servers that insist on a certificate that is good bring no reports: whom they tell of is written to again and again."
	mend := "Renew " + l.CertFile + " and its key; nothing needs a restart."
	switch from, end := pair.Leaf.NotBefore, pair.Leaf.NotAfter; {
	case now.After(end):
		return hard(CheckBounceTLS, "the certificate is over since %s", end.Format(time.DateOnly)).because(why).mend("%s", mend)
	case now.Before(from):
		return hard(CheckBounceTLS, "the certificate begins on %s", from.Format(time.DateOnly)).because(why).mend("%s", mend)
	case end.Sub(now) < shortOf:
		return warn(CheckBounceTLS, "the certificate ends in %d days, on %s", int(end.Sub(now).Hours()/24), end.Format(time.DateOnly)).
			because(why).mend("%s", mend)
	default:
		return ok(CheckBounceTLS, "a certificate for %d days", int(end.Sub(now).Hours()/24))
	}
}
