package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/smtp"
	"strconv"
	"time"
)

// shortOf is how long before its end a certificate is worth a warning.
const shortOf = 14 * 24 * time.Hour

const whyRelay = "No mail leaves by a relay that does not answer; nothing is lost meanwhile."

// relay looks whether the way to the relay is encrypted, by a certificate for its name. It does not log in.
func (d *Doctor) relay(ctx context.Context, r *Relay, now time.Time) Finding {
	addr := net.JoinHostPort(r.Host, strconv.Itoa(r.Port))
	if r.Security == "none" {
		return note(CheckRelay, "%s is on this machine, and is not encrypted", addr)
	}
	ctx, cancel := d.question(ctx)
	defer cancel()
	conn, err := d.Dial(ctx, "tcp", addr)
	if err != nil {
		return Finding{Check: CheckRelay, Severity: Warn, Seen: addr + ": " + err.Error(), Unsure: true}.
			because(whyRelay).
			mend("See whether it runs, and whether this machine may reach it.")
	}
	defer conn.Close()
	if until, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(until) // a connection that knows none ends with the other side's patience
	}
	state, err := d.secure(ctx, conn, r)
	if err != nil {
		return relayFault(addr, r.Section, err)
	}
	end := state.PeerCertificates[0].NotAfter
	days := int(end.Sub(now).Hours() / 24)
	if end.Sub(now) < shortOf {
		return warn(CheckRelay, "the certificate of %s ends in %d days", addr, days).because("No mail leaves by it after that.").
			mend("Have its operator renew it.")
	}
	return ok(CheckRelay, "%s: %s, a certificate for %s for %d days", addr, tls.VersionName(state.Version), r.Host, days)
}

var errNoSTARTTLS = errors.New("it does not offer STARTTLS")

// secure is the conversation up to TLS.
func (d *Doctor) secure(ctx context.Context, conn net.Conn, r *Relay) (tls.ConnectionState, error) {
	cfg := &tls.Config{ServerName: r.Host, MinVersion: tls.VersionTLS12, RootCAs: d.RootCAs}
	if r.Security == "tls" {
		secured := tls.Client(conn, cfg)
		if err := secured.HandshakeContext(ctx); err != nil {
			return tls.ConnectionState{}, err
		}
		conn = secured
	}
	client, err := smtp.NewClient(conn, r.Host)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer client.Close()
	hello := r.Hello
	if hello == "" {
		hello = "localhost"
	}
	if err := client.Hello(hello); err != nil {
		return tls.ConnectionState{}, err
	}
	if r.Security != "tls" {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return tls.ConnectionState{}, errNoSTARTTLS
		}
		if err := client.StartTLS(cfg); err != nil {
			return tls.ConnectionState{}, err
		}
	}
	state, _ := client.TLSConnectionState()
	_ = client.Quit() // all has been seen
	return state, nil
}

func relayFault(addr, section string, err error) Finding {
	why := "Tidings sends nothing over a way that is not safe."
	var (
		invalid  *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		hostname x509.HostnameError
	)
	switch {
	case errors.Is(err, errNoSTARTTLS):
		return hard(CheckRelay, "%s: %v", addr, err).because("%s", why).
			mend(`Have its operator offer it; or set %s.security = "tls" with the port for it, often 465.`, section)
	case errors.As(err, &hostname), errors.As(err, &invalid):
		return hard(CheckRelay, "%s: %v", addr, err).because("%s", why).
			mend("Set %s.host to the name that the certificate is for, or have its operator mend the certificate.", section)
	case errors.As(err, &record):
		return hard(CheckRelay, "%s does not speak TLS from the start", addr).because("%s", why).
			mend(`Set %s.security = "starttls", often with port 587; or correct the port.`, section)
	}
	return Finding{Check: CheckRelay, Severity: Warn, Seen: addr + ": " + err.Error(), Unsure: true}.
		because(whyRelay).
		mend("See tidings check, and the relay's log.")
}
