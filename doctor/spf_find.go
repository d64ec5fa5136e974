package doctor

import (
	"context"
	"errors"
	"net/netip"
)

const (
	whySPF     = "Receivers ask the envelope's domain which machines may send for it; without a pass, mail is refused or lands in spam."
	mendSPF    = "Publish one TXT record at %s that names your relay, as its operator says, such as: v=spf1 include:RELAY -all"
	mendExits  = "doctor.addresses in the configuration, or tidings doctor --address 192.0.2.1"
	whyNothing = "Such names are for examples and private networks: nobody on the Internet takes mail from them."
)

// spf looks at the record of the envelope's domain. It gives its voice too.
func (d *Doctor) spf(ctx context.Context, f *Facts) ([]Finding, voice) {
	if nobodys(f.Bounce) {
		return []Finding{note(CheckSPF, "%s is nobody's: DNS is not asked", f.Bounce).because(whyNothing)}, silent
	}
	s := &survey{Doctor: d}
	p, err := s.policy(ctx, f.Bounce)
	fault := (*spfFault)(nil)
	switch {
	case errors.Is(err, errNoSPF):
		return []Finding{warn(CheckSPF, "%s has no SPF record", f.Bounce).because(whySPF).mend(mendSPF, f.Bounce)}, silent
	case errors.As(err, &fault):
		return d.spfBefore(ctx, f, p, fault)
	case err != nil:
		return []Finding{unsure(CheckSPF, "%s could not be asked for: %v", f.Bounce, err)}, unknown
	}
	findings := []Finding{ok(CheckSPF, "%s: %s (%d of %d lookups)", f.Bounce, p.record, s.lookups, spfLookups)}
	if p.nobody() {
		return []Finding{hard(CheckSPF, "%s: %s: it lets nobody send", f.Bounce, p.record).because(whySPF).mend(mendSPF, f.Bounce)}, silent
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
	found, spoken := d.spfOfExits(ctx, f, p)
	if !p.anybody() {
		spoken = silent
	}
	return append(findings, found...), spoken
}

// spfBefore is for a record with a fault, which is hard unless all addresses from which mail leaves find their match before it: receivers
// do not come to it then.
func (d *Doctor) spfBefore(ctx context.Context, f *Facts, p *spfPolicy, fault *spfFault) ([]Finding, voice) {
	mend := "Correct the TXT record of %s, and have its operator correct what it refers to."
	if exits, _ := d.outgoing(ctx, f); p == nil || !p.before(exits) {
		return []Finding{hard(CheckSPF, "%v", fault).because("This is a permanent error (RFC 7208 §2.6.7): no mail passes SPF.").
			mend(mend, fault.domain)}, silent
	}
	found, spoken := d.spfOfExits(ctx, f, p)
	behind := warn(CheckSPF, "%v", fault).
		because("Receivers stop at the first match (RFC 7208 §4.6.2): those of your mail stand before this, and to all others it is a permanent error.")
	return append([]Finding{behind.mend(mend, fault.domain)}, found...), spoken
}

// before reports whether it is known that all exits find their match before a fault.
func (p *spfPolicy) before(exits []exit) bool {
	for _, e := range exits {
		for _, ip := range e.found {
			if got := p.check(ip); got == "!" || got == "%" {
				return false
			}
		}
		if len(e.found) == 0 {
			return false
		}
	}
	return len(exits) > 0
}

// spfOfExits looks whether the addresses from which mail leaves pass.
func (d *Doctor) spfOfExits(ctx context.Context, f *Facts, p *spfPolicy) ([]Finding, voice) {
	exits, sure := d.outgoing(ctx, f)
	var findings []Finding
	var ways []voice
	for _, e := range exits {
		if len(e.found) == 0 {
			ways = append(ways, unknown)
		}
		switch {
		case e.err != nil:
			findings = append(findings, unsure(CheckSPF, "the addresses of %s could not be asked for: %v", e.host, e.err))
		case len(e.found) == 0:
			findings = append(findings, note(CheckSPF, "whether mail passes is not known: %s is no public address", e.host).
				because("Mail leaves to the world from another address than the relay's.").
				mend("Say from which: "+mendExits))
		}
		for _, ip := range e.found {
			findings, ways = append(findings, p.judge(ip, e.host, f.Bounce, sure)), append(ways, p.voice(ip, sure))
		}
	}
	return findings, together(ways)
}

// voice is that of an address, which is that of a relay unless it is known for sure.
func (p *spfPolicy) voice(ip netip.Addr, sure bool) voice {
	switch p.check(ip) {
	case "+":
		return speaks
	case "%":
		return unknown
	}
	if sure {
		return silent
	}
	return doubtful
}

// judge says what receivers make of an address, which is that of a relay unless it is known for sure.
func (p *spfPolicy) judge(ip netip.Addr, host, domain string, sure bool) Finding {
	switch got := p.check(ip); {
	case got == "+" && sure:
		return ok(CheckSPF, "%s passes", ip)
	case got == "+":
		return ok(CheckSPF, "%s, the address of %s, passes", ip, host)
	case got == "%":
		return note(CheckSPF, "whether %s passes depends on the mail (macros, ptr or exists)", ip)
	case sure:
		return hard(CheckSPF, "%s does not pass for %s", ip, domain).because(whySPF).mend("Add ip4:%s or the relay's include to the record.", ip)
	}
	return warn(CheckSPF, "%s, the address of %s, does not pass for %s", ip, host, domain).
		because(whySPF + " Many relays send from other addresses than they listen on; then this means nothing.").
		mend("Ask the relay's operator what to include, or say from where mail leaves: " + mendExits)
}
