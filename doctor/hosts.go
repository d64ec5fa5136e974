package doctor

import (
	"context"
	"net/netip"
	"slices"
	"strings"
)

// mx looks where mails to the envelope's and to From's domain go.
func (d *Doctor) mx(ctx context.Context, f *Facts) []Finding {
	findings := make([]Finding, 0, 2)
	for _, domain := range slices.Compact([]string{f.Bounce, f.From}) {
		findings = append(findings, d.mxOf(ctx, domain, domain == f.Bounce))
	}
	return findings
}

func (d *Doctor) mxOf(ctx context.Context, domain string, bounces bool) Finding {
	if nobodys(domain) {
		return note(CheckMX, "%s is nobody's: DNS is not asked", domain).because(whyNothing)
	}
	hosts, null, err := d.exchanges(ctx, domain)
	if err != nil {
		return unsure(CheckMX, "the MX of %s could not be asked for: %v", domain, err)
	}
	bad, why := warn, "Readers who answer cannot reach you."
	if bounces {
		bad, why = hard, "Undeliverable mails cannot come back, and many receivers refuse mail from a domain that takes none."
	}
	mend := "Publish an MX for %s, or use an address of a domain that has one."
	if null {
		return bad(CheckMX, "%s says that it takes no mail (null MX)", domain).because("%s", why).mend(mend, domain)
	}
	if len(hosts) == 0 {
		hosts = []string{domain} // RFC 5321 §5.1: the domain itself
	}
	for _, host := range hosts {
		found, err := d.addresses(ctx, host)
		if err != nil {
			return unsure(CheckMX, "the address of %s could not be asked for: %v", host, err)
		}
		if len(found) > 0 {
			return ok(CheckMX, "mails to %s go to %s", domain, strings.Join(hosts, ", "))
		}
	}
	return bad(CheckMX, "%s has no mail server with an address", domain).because("%s", why).mend(mend, domain)
}

// ptr looks whether the addresses from which mails leave have names that lead back to them.
func (d *Doctor) ptr(ctx context.Context, f *Facts) []Finding {
	exits, _ := d.outgoing(ctx, f)
	var findings []Finding
	for _, e := range exits {
		switch {
		case e.err != nil:
			findings = append(findings, unsure(CheckPTR, "the addresses of %s could not be asked for: %v", e.host, e.err))
		case len(e.found) == 0:
			findings = append(findings, note(CheckPTR, "not checked: %s is no public address", e.host).
				mend("Say from where mail leaves: "+mendExits))
		}
		for _, ip := range e.found {
			findings = append(findings, d.ptrOf(ctx, ip))
		}
	}
	return findings
}

func (d *Doctor) ptrOf(ctx context.Context, ip netip.Addr) Finding {
	asking, cancel := d.question(ctx)
	defer cancel()
	names, err := d.Resolver.LookupAddr(asking, ip.String())
	if err != nil && !absent(err) {
		return unsure(CheckPTR, "the name of %s could not be asked for: %v", ip, err)
	}
	for _, name := range names {
		name = strings.TrimSuffix(name, ".")
		back, err := d.addresses(ctx, name)
		if err != nil {
			return unsure(CheckPTR, "the address of %s could not be asked for: %v", name, err)
		}
		if slices.Contains(back, ip) {
			return ok(CheckPTR, "%s is %s, and back", ip, name)
		}
	}
	why := "Many receivers refuse mail from an address without a name that leads back to it."
	if len(names) == 0 {
		return warn(CheckPTR, "%s has no name (PTR)", ip).because("%s", why).mend("Have whoever gives you the address set its PTR.")
	}
	name, kind := strings.TrimSuffix(names[0], "."), "AAAA"
	if ip.Is4() {
		kind = "A"
	}
	return warn(CheckPTR, "%s is called %s, which does not lead back to it", ip, name).because("%s", why).
		mend("Give %s an %s record with %s; or, when the name is not yours, have whoever gives you the address set another PTR.", name, kind, ip)
}
