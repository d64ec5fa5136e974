package doctor

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Resolver asks DNS; *net.Resolver does.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// Web asks web servers; an *http.Client does. It should follow no redirects.
type Web interface {
	Do(req *http.Request) (*http.Response, error)
}

// Doctor is what it takes to look.
type Doctor struct {
	Resolver Resolver
	Web      Web
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error) // to the relay
	RootCAs  *x509.CertPool                                                    // whom to trust; nil: the system's
	Patience time.Duration                                                     // with each question; 0: 5 seconds
}

// Selector is a key that mails are signed with.
type Selector struct {
	Domain   string           // d=
	Selector string           // s=
	Key      crypto.PublicKey // nil: it is not known here, and only what is published is looked at
}

// Relay is a mail server that takes the mails.
type Relay struct {
	Section  string // of the configuration, that it stands in: "smtp"
	Host     string
	Port     int
	Security string // "starttls", "tls" or "none"
	Hello    string // our name in EHLO
}

// Facts are what is to be looked at.
type Facts struct {
	From      string       // the domain of From
	Bounce    string       // the domain of the envelope's sender
	Addresses []netip.Addr // from which mails leave to the world; empty: guessed from the relay's name
	DKIM      []Selector   // empty: this program does not sign
	Signed    []string     // the header fields that are signed; nil: not known
	Relays    []Relay      // one at the least
	Base      *url.URL     // of the site
	OneClick  string       // the URL that leaves, with a token that changes nothing
	Proof     string       // the header field that its answer to a one-click has, and nobody else's

	Reports  Listener
	Zones    []string // in use, by IANA name
	Size     int64    // of the database, in octets
	Free     int64    // on its disk; negative: not known
	Looked   bool     // the database was read
	Damage   error    // of it; nil: none found
	KeyFile  string   // with the keys of the links in mails; empty: there is none
	KeyMode  string   // its mode where that is open to everybody; empty: it is not, or there are no modes
	Backup   time.Time
	Schedule time.Duration // how far apart backups should be at the most; 0: nobody makes them
}

// MailChecks asks DNS whether receivers can believe the mails: SPF, DKIM and DMARC.
func (d *Doctor) MailChecks(ctx context.Context, f *Facts) []Finding {
	spf, bySPF := d.spf(ctx, f)
	dkim, byKey := d.dkim(ctx, f)
	return append(append(spf, dkim...), d.dmarc(ctx, f, bySPF, byKey)...)
}

// OutsideChecks asks for all else that is elsewhere: MX, PTR, the relay, the site itself.
func (d *Doctor) OutsideChecks(ctx context.Context, f *Facts, now time.Time) []Finding {
	findings := d.mx(ctx, f)
	findings = append(findings, d.ptr(ctx, f)...)
	for i := range f.Relays {
		findings = append(findings, d.relay(ctx, &f.Relays[i], now))
	}
	return append(findings, d.site(ctx, f, now)...)
}

// question is one question's time.
func (d *Doctor) question(ctx context.Context) (context.Context, context.CancelFunc) {
	patience := d.Patience
	if patience == 0 {
		patience = 5 * time.Second
	}
	return context.WithTimeout(ctx, patience)
}

// absent: the answer was that there is nothing. Any other error is none.
func absent(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound && !dns.IsTemporary && !dns.IsTimeout
}

// txt gives the TXT records of a name that begin so; none are no error.
func (d *Doctor) txt(ctx context.Context, name, prefix string) ([]string, error) {
	ctx, cancel := d.question(ctx)
	defer cancel()
	all, err := d.Resolver.LookupTXT(ctx, name)
	if err != nil && !absent(err) {
		return nil, err
	}
	var found []string
	for _, text := range all {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			found = append(found, text)
		}
	}
	return found, nil
}

// addresses gives those of a host; none are no error.
func (d *Doctor) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip.Unmap()}, nil
	}
	ctx, cancel := d.question(ctx)
	defer cancel()
	found, err := d.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil && !absent(err) {
		return nil, err
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found, nil
}

// exchanges gives the MX of a domain; none are no error. Null says that it takes no mail (RFC 7505).
func (d *Doctor) exchanges(ctx context.Context, domain string) (hosts []string, null bool, err error) {
	ctx, cancel := d.question(ctx)
	defer cancel()
	found, err := d.Resolver.LookupMX(ctx, domain)
	if err != nil && !absent(err) && len(found) == 0 {
		return nil, false, err
	}
	for _, mx := range found {
		if mx.Host == "." || mx.Host == "" {
			null = true
			continue
		}
		hosts = append(hosts, strings.TrimSuffix(mx.Host, "."))
	}
	return hosts, null && len(hosts) == 0, nil
}

// exit is where mails leave to the world.
type exit struct {
	host  string       // of the relay
	found []netip.Addr // its public addresses
	err   error
}

// outgoing is from where mails leave, as far as is known; sure when it was given, then by no name.
func (d *Doctor) outgoing(ctx context.Context, f *Facts) (exits []exit, sure bool) {
	if len(f.Addresses) > 0 {
		return []exit{{found: f.Addresses}}, true
	}
	for i := range f.Relays {
		host := f.Relays[i].Host
		if slices.ContainsFunc(exits, func(e exit) bool { return strings.EqualFold(e.host, host) }) {
			continue // the same by another port
		}
		e := exit{host: host}
		var all []netip.Addr
		all, e.err = d.addresses(ctx, host)
		for _, ip := range all {
			if ip.IsGlobalUnicast() && !ip.IsPrivate() {
				e.found = append(e.found, ip)
			}
		}
		exits = append(exits, e)
	}
	return exits, false
}

// nobodys: names that no one can own, of examples and of private networks (RFC 2606, RFC 6761, RFC 6762).
func nobodys(domain string) bool {
	domain = "." + strings.ToLower(strings.TrimSuffix(domain, "."))
	for _, end := range []string{
		".example", ".test", ".invalid", ".localhost", ".local", ".internal", ".example.com", ".example.net", ".example.org",
	} {
		if strings.HasSuffix(domain, end) {
			return true
		}
	}
	return false
}
