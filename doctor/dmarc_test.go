package doctor

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestDMARCAsksThatSomethingSpeaksForFrom(t *testing.T) {
	t.Parallel()
	ours, relays := Selector{Domain: "agency.org", Selector: "s"}, Selector{Domain: "relay.net", Selector: "s"}
	other := facts()
	other.Bounce = "mail.relay.net"
	for name, c := range map[string]struct {
		record, at string
		bounce     string
		dkim       []Selector
		spf        bool
		want       []string
	}{
		"both": {"v=DMARC1; p=reject; rua=mailto:x@agency.org", "", "bounce.agency.org", []Selector{ours}, true, []string{"ok", "ok SPF (bounce.agency.org) and DKIM both"}},
		"SPF":  {"v=DMARC1;p=none", "", "bounce.agency.org", nil, true, []string{"ok", "note nobody gets reports", "ok SPF (bounce.agency.org) speaks"}},
		"strictly not": {
			"v=DMARC1; p=reject; aspf=s; rua=mailto:x@y.org", "", "bounce.agency.org",
			[]Selector{relays},
			true,
			[]string{"ok", "hard neither SPF (bounce.agency.org) nor DKIM speaks for agency.org, and its policy is reject"},
		},
		"neither, and nobody minds":   {"v=DMARC1; p=none; rua=mailto:x@y.org", "", "mail.relay.net", []Selector{relays}, true, []string{"ok", "warn neither SPF"}},
		"neither, as far as is known": {"v=DMARC1; p=reject; rua=mailto:x@y.org", "", "mail.relay.net", nil, true, []string{"ok", "warn nothing is signed here"}},
		"SPF that does not pass":      {"v=DMARC1; p=quarantine; rua=mailto:x@y.org", "", "bounce.agency.org", []Selector{relays}, false, []string{"ok", "hard its policy is quarantine"}},
		"DKIM":                        {"v=DMARC1; p=reject; rua=mailto:x@y.org", "", "mail.relay.net", []Selector{relays, ours}, true, []string{"ok", "ok DKIM speaks"}},
		"no record":                   {"", "", "bounce.agency.org", nil, true, []string{"warn agency.org has no DMARC record"}},
		"nobody answers":              {"timeout", "", "bounce.agency.org", nil, true, []string{"unsure i/o timeout"}},
		"no policy":                   {"v=DMARC1; rua=mailto:x@y.org", "", "bounce.agency.org", nil, true, []string{"warn p= is not"}},
		"no tags":                     {"v=DMARC1; reject", "", "bounce.agency.org", nil, true, []string{`warn "reject" is no tag`}},
	} {
		f := facts()
		f.Bounce, f.DKIM = c.bounce, c.dkim
		dns := table{}
		if c.record != "" {
			dns["_dmarc.agency.org TXT"] = []string{c.record}
		}
		spf, keys := silent, []voice(nil)
		if c.spf {
			spf = speaks
		}
		for range c.dkim {
			keys = append(keys, speaks)
		}
		expect(t, name, (&Doctor{Resolver: dns}).dmarc(t.Context(), f, spf, keys), c.want...)
	}
	f := facts()
	f.From = "news.agency.org"
	dns := table{"_dmarc.agency.org TXT": {"v=DMARC1; p=none; sp=reject; rua=mailto:x@y.org"}}
	f.DKIM, f.Bounce = []Selector{relays}, "relay.net"
	expect(t, "the organisation's, for what is below", (&Doctor{Resolver: dns}).dmarc(t.Context(), f, silent, []voice{speaks}),
		"ok _dmarc.agency.org", "hard its policy is reject")
}

func TestDMARCBelievesWhatIsFoundOfSPFAndOfTheKeys(t *testing.T) {
	t.Parallel()
	const (
		reject, key = "v=DMARC1; p=reject; rua=mailto:x@agency.org", "v=DKIM1; k=ed25519; p="
		passes      = "v=spf1 ip4:198.18.0.7 -all"
		neither     = "hard neither SPF (bounce.agency.org) nor DKIM speaks for agency.org, and its policy is reject"
	)
	good := key + base64.StdEncoding.EncodeToString(make([]byte, ed25519.PublicKeySize))
	unsigned := "-"
	for name, c := range map[string]struct {
		spf, key, relay string // "": it is not there
		given           string // the addresses from which mails leave
		want            string
	}{
		"no key and no SPF":                {"", "", "198.18.0.7", "", neither},
		"a key for another use":            {"", strings.Replace(good, "k=", "s=tlsrpt; k=", 1), "198.18.0.7", "", neither},
		"a revoked key":                    {"", key, "198.18.0.7", "", neither},
		"SPF in which nobody passes":       {"v=spf1 ?all", "", "198.18.0.7", "", neither},
		"SPF that a given address fails":   {passes, "", "198.18.0.7", "198.18.0.9", neither},
		"SPF with a fault":                 {"v=spf1 a/33 -all", "", "198.18.0.7", "", neither},
		"SPF that the relay may fail":      {passes, "", "198.18.0.9", "", "warn DKIM does not speak for agency.org, and SPF (bounce.agency.org) does not for all"},
		"SPF that one address fails":       {passes, "", "198.18.0.7 198.18.0.9", "", "warn does not for all"},
		"SPF that one given address fails": {passes, "", "198.18.0.7", "198.18.0.7 198.18.0.9", "warn does not for all"},
		"SPF that nothing is signed for":   {"v=spf1 ?all", unsigned, "198.18.0.7", "", "warn SPF (bounce.agency.org) does not speak for agency.org, and nothing is signed"},
		"SPF that may fail, and no key":    {passes, unsigned, "198.18.0.9", "", "warn and nothing is signed"},
		"SPF alone":                        {passes, "", "198.18.0.7", "", "ok SPF (bounce.agency.org) speaks for agency.org"},
		"the key alone":                    {"", good, "198.18.0.7", "", "ok DKIM speaks for agency.org; SPF does not"},
		"the key, and SPF by a given one":  {passes, good, "198.18.0.9", "198.18.0.7", "ok SPF (bounce.agency.org) and DKIM both speak"},
		"the key, and SPF that may fail":   {passes, good, "198.18.0.9", "", "ok DKIM speaks for agency.org; SPF does not"},
		"the key, and nobody knows of SPF": {passes, good, "10.0.0.1", "", "ok DKIM speaks for agency.org; whether SPF does is not known"},
		"SPF unknown, and no key":          {passes, "", "10.0.0.1", "", "note whether SPF (bounce.agency.org) or DKIM speaks for agency.org is not known"},
		"SPF by a macro, and no key":       {"v=spf1 redirect=%{i}.agency.org", "", "198.18.0.7", "198.18.0.7", "note is not known"},
		"SPF that nobody tells, no key":    {"timeout", "", "198.18.0.7", "", "note is not known"},
		"a key that nobody tells, no SPF":  {"", "timeout", "198.18.0.7", "", "note is not known"},
	} {
		f, dns := facts(), table{"_dmarc.agency.org TXT": {reject}, "relay.agency.org A": strings.Fields(c.relay)}
		if c.key != unsigned {
			f.DKIM = []Selector{{Domain: "agency.org", Selector: "s"}}
		}
		if c.spf != "" {
			dns["bounce.agency.org TXT"] = []string{c.spf}
		}
		if c.key != "" {
			dns["s._domainkey.agency.org TXT"] = []string{c.key}
		}
		for _, given := range strings.Fields(c.given) {
			f.Addresses = append(f.Addresses, netip.MustParseAddr(given))
		}
		findings := (&Doctor{Resolver: dns}).MailChecks(t.Context(), f)
		Overrule(findings, []string{CheckSPF, CheckDKIM})
		findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.Check != CheckDMARC })
		expect(t, name, findings, "ok _dmarc.agency.org", c.want)
	}
}

func TestOneGoodKeyOfSeveralSpeaks(t *testing.T) {
	t.Parallel()
	f := facts()
	f.Bounce = "mail.relay.net"
	for name, c := range map[string]struct {
		keys []voice
		want string
	}{
		"the second":        {[]voice{silent, speaks}, "ok DKIM speaks"},
		"of another domain": {[]voice{silent, silent, speaks}, "hard neither"},
		"not known":         {[]voice{silent, unknown}, "note is not known"},
	} {
		f.DKIM = []Selector{{Domain: "agency.org"}, {Domain: "agency.org"}, {Domain: "relay.net"}}[:len(c.keys)]
		p := dmarcPolicy{policy: "quarantine"}
		expect(t, name, []Finding{p.alignment(f, speaks, c.keys)}, c.want)
	}
}
