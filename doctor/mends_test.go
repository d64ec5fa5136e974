package doctor

import (
	"strings"
	"testing"
)

func TestDMARCIsMendedByWhatCanMendIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy dmarcPolicy
		bounce string
		signer string // "": nothing is signed
		want   string
	}{
		"of another domain":          {dmarcPolicy{}, "relay.net", "relay.net", "Use a bounce address under agency.org, or sign with d=agency.org."},
		"under it, and SPF is wrong": {dmarcPolicy{}, "bounce.agency.org", "relay.net", "Mend what is said of SPF above, or sign with d=agency.org."},
		"under it, and nothing signed": {
			dmarcPolicy{},
			"bounce.agency.org", "",
			"Mend what is said of SPF above, or sign with d=agency.org.",
		},
		"under it, which is not enough": {
			dmarcPolicy{strictSPF: true},
			"bounce.agency.org", "relay.net",
			"Use a bounce address at agency.org itself, since aspf=s counts none under it, or take aspf=s out of the record, or sign with d=agency.org.",
		},
		"strict, and of another domain": {
			dmarcPolicy{strictSPF: true},
			"relay.net", "relay.net",
			"Use a bounce address at agency.org itself (aspf=s), or sign with d=agency.org.",
		},
		"strict, and SPF is wrong": {dmarcPolicy{strictSPF: true}, "agency.org", "relay.net", "Mend what is said of SPF above, or sign with d=agency.org."},
		"the key is wrong":         {dmarcPolicy{}, "relay.net", "agency.org", "Use a bounce address under agency.org, or mend what is said of DKIM above."},
		"both are wrong":           {dmarcPolicy{}, "agency.org", "agency.org", "Mend what is said of SPF above, or mend what is said of DKIM above."},
		"the key must be its own": {
			dmarcPolicy{strict: true},
			"relay.net", "mail.agency.org",
			"Use a bounce address under agency.org, or sign with d=agency.org.",
		},
	} {
		f := facts()
		f.Bounce = c.bounce
		keys := []voice{}
		if c.signer != "" {
			f.DKIM, keys = []Selector{{Domain: c.signer, Selector: "s"}}, []voice{silent}
		}
		c.policy.policy = "reject"
		if got := c.policy.alignment(f, silent, keys); got.Mend != c.want {
			t.Errorf("%s: %q, want %q", name, got.Mend, c.want)
		}
	}
}

func TestANameThatDoesNotLeadBackIsMendedByItsAddress(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"198.18.0.7":  "Give out.agency.org an A record with 198.18.0.7",
		"2001:db8::7": "Give out.agency.org an AAAA record with 2001:db8::7",
	} {
		dns := table{"relay.agency.org A": {ip}, ip + " PTR": {"out.agency.org."}, "out.agency.org A": {"198.18.0.8"}}
		found := (&Doctor{Resolver: dns}).ptr(t.Context(), facts())
		expect(t, ip, found, "warn is called out.agency.org, which does not lead back")
		if !strings.HasPrefix(found[0].Mend, want) {
			t.Errorf("%s: %q, want %q", ip, found[0].Mend, want)
		}
	}
}
