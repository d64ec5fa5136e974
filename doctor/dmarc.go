package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// dmarcPolicy is what the domain of From asks receivers to do (RFC 7489 §6.3).
type dmarcPolicy struct {
	policy            string // none, quarantine or reject
	strictSPF, strict bool   // aspf=s, adkim=s
	reports           bool
}

// enforced: mail that fails is not delivered as usual.
func (p *dmarcPolicy) enforced() bool { return p.policy != "none" }

func parseDMARC(record string, sub bool) (p dmarcPolicy, err error) {
	if !strings.HasPrefix(strings.ReplaceAll(record, " ", ""), "v=DMARC1") {
		return p, errors.New("it does not begin with v=DMARC1")
	}
	tags, err := tagList(record)
	if err != nil {
		return p, err
	}
	p.policy = strings.ToLower(tags["p"])
	if sp := strings.ToLower(tags["sp"]); sub && sp != "" {
		p.policy = sp
	}
	if !slices.Contains([]string{"none", "quarantine", "reject"}, p.policy) {
		return p, fmt.Errorf("p=%s is not none, quarantine or reject", p.policy)
	}
	for _, name := range []string{"aspf", "adkim"} {
		if v := strings.ToLower(tags[name]); v != "" && v != "r" && v != "s" {
			return p, fmt.Errorf("%s=%s is not r or s", name, v)
		}
	}
	p.strictSPF, p.strict = strings.EqualFold(tags["aspf"], "s"), strings.EqualFold(tags["adkim"], "s")
	p.reports = tags["rua"] != ""
	return p, nil
}

// organisation is the domain that somebody registered, such as example.org of news.example.org.
func organisation(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

// aligned: RFC 7489 §3.1.
func aligned(domain, from string, strict bool) bool {
	if strict {
		return strings.EqualFold(domain, from)
	}
	return organisation(domain) == organisation(from)
}

const whyDMARC = "Mail fails DMARC when neither SPF nor DKIM passes in the name of From's domain."

// dmarc looks at the record of From's domain, and whether anything passes in its name: SPF, or one of the keys.
func (d *Doctor) dmarc(ctx context.Context, f *Facts, spf voice, keys []voice) []Finding {
	if nobodys(f.From) {
		return []Finding{note(CheckDMARC, "%s is nobody's: DNS is not asked", f.From).because(whyNothing)}
	}
	records, at, err := d.dmarcRecords(ctx, f.From)
	mend := fmt.Sprintf("Publish one TXT record at _dmarc.%s, to begin with: v=DMARC1; p=none; rua=mailto:YOU", organisation(f.From))
	why := "Large receivers want a record of every domain that sends bulk mail."
	switch {
	case err != nil:
		return []Finding{unsure(CheckDMARC, "_dmarc.%s could not be asked for: %v", f.From, err)}
	case len(records) == 0:
		return []Finding{warn(CheckDMARC, "%s has no DMARC record", f.From).because("%s", why).mend("%s", mend)}
	case len(records) > 1:
		return []Finding{warn(CheckDMARC, "_dmarc.%s has %d records", at, len(records)).because("Receivers then take none of them.").
			mend("Leave one.")}
	}
	p, err := parseDMARC(records[0], !strings.EqualFold(at, f.From))
	if err != nil {
		return []Finding{warn(CheckDMARC, "_dmarc.%s: %s: %v", at, records[0], err).
			because("Receivers pass over a record that they cannot read.").mend("%s", mend)}
	}
	findings := []Finding{ok(CheckDMARC, "_dmarc.%s: %s", at, records[0])}
	if !p.reports {
		findings = append(findings, note(CheckDMARC, "nobody gets reports (no rua=)").
			because("They tell who sends in your name, and what fails.").
			mend("Add rua=mailto:YOU to the record."))
	}
	return append(findings, p.alignment(f, spf, keys))
}

// alignment says whether anything passes in the name of From's domain.
func (p *dmarcPolicy) alignment(f *Facts, spf voice, keys []voice) Finding {
	if !aligned(f.Bounce, f.From, p.strictSPF) {
		spf = silent
	}
	dkim := silent
	for i, key := range keys {
		if aligned(f.DKIM[i].Domain, f.From, p.strict) {
			dkim = max(dkim, key)
		}
	}
	switch {
	case spf == speaks && dkim == speaks:
		return ok(CheckDMARC, "SPF (%s) and DKIM both speak for %s", f.Bounce, f.From)
	case dkim == speaks && spf == unknown:
		return ok(CheckDMARC, "DKIM speaks for %s; whether SPF does is not known (%s)", f.From, f.Bounce)
	case dkim == speaks:
		return ok(CheckDMARC, "DKIM speaks for %s; SPF does not (%s)", f.From, f.Bounce)
	case spf == speaks:
		return ok(CheckDMARC, "SPF (%s) speaks for %s; DKIM does not, as far as is known here", f.Bounce, f.From)
	case max(spf, dkim) == unknown:
		return note(CheckDMARC, "whether SPF (%s) or DKIM speaks for %s is not known: see what is said of them", f.Bounce, f.From).
			because(whyDMARC)
	}
	return p.neither(f, spf)
}

// neither is for when nothing is known to pass; SPF may still be doubtful.
func (p *dmarcPolicy) neither(f *Facts, spf voice) Finding {
	mend := p.mend(f)
	switch {
	case len(f.DKIM) == 0:
		return warn(CheckDMARC, "SPF (%s) does not speak for %s, and nothing is signed here", f.Bounce, f.From).
			because("%s Only a signature of your relay's, with d=%s, can make it pass.", whyDMARC, f.From).mend("%s", mend)
	case spf == doubtful:
		return warn(CheckDMARC, "DKIM does not speak for %s, and SPF (%s) does not for all addresses", f.From, f.Bounce).
			because(whyDMARC).mend("%s", mend)
	case p.enforced():
		return hard(CheckDMARC, "neither SPF (%s) nor DKIM speaks for %s, and its policy is %s", f.Bounce, f.From, p.policy).
			because(whyDMARC).mend("%s", mend)
	}
	return warn(CheckDMARC, "neither SPF (%s) nor DKIM speaks for %s", f.Bounce, f.From).because(whyDMARC).mend("%s", mend)
}

// mend says what makes SPF or DKIM speak for From's domain: what is in its name already is to pass, and what is not, to be in its name.
func (p *dmarcPolicy) mend(f *Facts) string {
	spf := "Use a bounce address under " + f.From
	switch {
	case aligned(f.Bounce, f.From, p.strictSPF):
		spf = "Mend what is said of SPF above"
	case p.strictSPF && aligned(f.Bounce, f.From, false):
		spf = fmt.Sprintf("Use a bounce address at %s itself, since aspf=s counts none under it, or take aspf=s out of the record", f.From)
	case p.strictSPF:
		spf = fmt.Sprintf("Use a bounce address at %s itself (aspf=s)", f.From)
	}
	dkim := "sign with d=" + f.From
	for i := range f.DKIM {
		if aligned(f.DKIM[i].Domain, f.From, p.strict) {
			dkim = "mend what is said of DKIM above"
		}
	}
	return spf + ", or " + dkim + "."
}

// dmarcRecords gives the records of the domain, else those of the organisation's, and whose they are.
func (d *Doctor) dmarcRecords(ctx context.Context, domain string) (records []string, at string, err error) {
	for _, at := range slices.Compact([]string{domain, organisation(domain)}) {
		records, err = d.txt(ctx, "_dmarc."+at, "v=DMARC1")
		if err != nil || len(records) > 0 {
			return records, at, err
		}
	}
	return nil, domain, nil
}
