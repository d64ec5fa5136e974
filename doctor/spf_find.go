package doctor

import (
	"context"
	"errors"
)

const (
	whySPF     = "Receivers ask the envelope's domain which machines may send for it; without a pass, mail is refused or lands in spam."
	mendSPF    = "Publish one TXT record at %s that names your relay, as its operator says, such as: v=spf1 include:RELAY -all"
	whyNothing = "Such names are for examples and private networks: nobody on the Internet takes mail from them."
)

// spf looks at the record of the envelope's domain. It gives the policy too; nil: there is none that receivers can use.
func (d *Doctor) spf(ctx context.Context, f *Facts) ([]Finding, *spfPolicy) {
	if nobodys(f.Bounce) {
		return []Finding{note(CheckSPF, "%s is nobody's: DNS is not asked", f.Bounce).because(whyNothing)}, nil
	}
	s := &survey{Doctor: d}
	p, err := s.policy(ctx, f.Bounce)
	fault := (*spfFault)(nil)
	switch {
	case errors.Is(err, errNoSPF):
		return []Finding{warn(CheckSPF, "%s has no SPF record", f.Bounce).because(whySPF).mend(mendSPF, f.Bounce)}, nil
	case errors.As(err, &fault):
		return []Finding{hard(CheckSPF, "%v", err).because("This is a permanent error (RFC 7208 §2.6.7): no mail passes SPF.").
			mend("Correct the TXT record of %s, and have its operator correct what it refers to.", fault.domain)}, nil
	case err != nil:
		return []Finding{unsure(CheckSPF, "%s could not be asked for: %v", f.Bounce, err)}, nil
	}
	findings := []Finding{ok(CheckSPF, "%s: %s (%d of %d lookups)", f.Bounce, p.record, s.lookups, spfLookups)}
	if p.nobody() {
		return []Finding{hard(CheckSPF, "%s: %s: it lets nobody send", f.Bounce, p.record).because(whySPF).mend(mendSPF, f.Bounce)}, nil
	}
	switch p.last() {
	case "+":
		findings = append(findings, warn(CheckSPF, "%s lets everybody send (+all)", f.Bounce).
			because("Who forges mail from you passes too, and your name suffers for it.").mend("End the record with -all or ~all."))
	case "?":
		findings = append(findings, warn(CheckSPF, "the record of %s says nothing of all other machines", f.Bounce).
			because("Receivers give such a record little weight.").mend("End it with -all or ~all."))
	}
	if s.voids > spfVoids {
		findings = append(findings, warn(CheckSPF, "%d names in the record of %s have no address", s.voids, f.Bounce).
			because("More than %d make a permanent error at some receivers (RFC 7208 §4.6.4).", spfVoids).mend("Take them out."))
	}
	return append(findings, d.spfOfRelay(ctx, f, p)...), p
}

// spfOfRelay looks whether the addresses from which mail leaves pass.
func (d *Doctor) spfOfRelay(ctx context.Context, f *Facts, p *spfPolicy) []Finding {
	from, sure, err := d.outgoing(ctx, f)
	if err != nil {
		return []Finding{unsure(CheckSPF, "the addresses of %s could not be asked for: %v", f.Relay.Host, err)}
	}
	if len(from) == 0 {
		return []Finding{note(CheckSPF, "whether mail passes is not known: %s is no public address", f.Relay.Host).
			because("Mail leaves to the world from another address than the relay's.").
			mend("Say from which: tidings doctor --address 192.0.2.1")}
	}
	var findings []Finding
	for _, ip := range from {
		switch got := p.check(ip); {
		case got == "+":
			findings = append(findings, ok(CheckSPF, "%s passes", ip))
		case got == "%":
			findings = append(findings, note(CheckSPF, "whether %s passes depends on the mail (macros, ptr or exists)", ip))
		case sure:
			findings = append(findings, hard(CheckSPF, "%s does not pass for %s", ip, f.Bounce).because(whySPF).
				mend("Add ip4:%s or the relay's include to the record.", ip))
		default:
			findings = append(findings, warn(CheckSPF, "%s, the address of %s, does not pass for %s", ip, f.Relay.Host, f.Bounce).
				because(whySPF+" Many relays send from other addresses than they listen on; then this means nothing.").
				mend("Ask the relay's operator what to include, or say from where mail leaves: tidings doctor --address 192.0.2.1"))
		}
	}
	return findings
}
