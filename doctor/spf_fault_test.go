package doctor

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// TestAFaultBehindTheMatchOfAllAddressesIsNotHard has records that break behind, or within, what some addresses match.
func TestAFaultBehindTheMatchOfAllAddressesIsNotHard(t *testing.T) {
	t.Parallel()
	dns := table{
		"relay.agency.org A": {"203.0.113.5"},
		"in.org TXT":         {"v=spf1 ip4:203.0.113.6 include:gone.org -all"},
		"bad.org TXT":        {"v=spf1 ip4:203.0.113.5 nonsense -all"},
	}
	var many []string
	for i := range 11 {
		dns[fmt.Sprintf("h%d A", i)] = []string{fmt.Sprintf("198.18.1.%d", i)}
		many = append(many, fmt.Sprintf("a:h%d", i))
	}
	dns["many.org TXT"] = []string{"v=spf1 " + strings.Join(many, " ") + " -all"}
	for name, c := range map[string]struct {
		record, given string
		want          []string
		speaks        voice
	}{
		"before too many":        {strings.Join(many, " "), "203.0.113.5", []string{"warn more than 10 lookups", "ok 203.0.113.5 passes"}, speaks},
		"among too many":         {strings.Join(many, " "), "203.0.113.5 198.18.1.9", []string{"warn more than 10", "ok 203.0.113.5 passes", "ok 198.18.1.9 passes"}, speaks},
		"the one too many":       {strings.Join(many, " "), "198.18.1.10", []string{"hard more than 10 lookups"}, silent},
		"one of two behind":      {strings.Join(many, " "), "203.0.113.5 203.0.113.9", []string{"hard more than 10 lookups"}, silent},
		"the relay's own":        {strings.Join(many, " "), "", []string{"warn more than 10", "ok 203.0.113.5, the address of relay.agency.org, passes"}, speaks},
		"by a redirect":          {"redirect=many.org", "203.0.113.5", []string{"warn more than 10", "ok 203.0.113.5 passes"}, speaks},
		"within an include":      {"include:in.org", "203.0.113.5 203.0.113.6", []string{"warn in.org: its SPF record refers to gone.org", "ok 203.0.113.5", "ok 203.0.113.6 passes"}, speaks},
		"behind in an include":   {"include:in.org", "203.0.113.7", []string{"hard in.org: its SPF record refers to gone.org"}, silent},
		"no redirect there":      {"redirect=gone.org", "203.0.113.5 203.0.113.9", []string{"hard refers to gone.org"}, silent},
		"before no redirect":     {"redirect=gone.org", "203.0.113.5", []string{"warn refers to gone.org", "ok 203.0.113.5 passes"}, speaks},
		"an include unread":      {"include:bad.org", "203.0.113.9", []string{"hard nonsense"}, silent},
		"before one unread":      {"include:bad.org", "203.0.113.5", []string{"warn nonsense", "ok 203.0.113.5 passes"}, speaks},
		"a record unread":        {"nonsense", "203.0.113.5", []string{"hard nonsense"}, silent}, // §4.6: all of it is read before anything matches
		"a macro before a fault": {"exists:%{i}.agency.org include:gone.org", "203.0.113.9", []string{"hard refers to gone.org"}, silent},
	} {
		dns["bounce.agency.org TXT"] = []string{"v=spf1 ip4:203.0.113.5 " + c.record}
		if !strings.HasPrefix(c.record, "redirect") {
			dns["bounce.agency.org TXT"][0] += " -all"
		}
		f := facts()
		for _, given := range strings.Fields(c.given) {
			f.Addresses = append(f.Addresses, netip.MustParseAddr(given))
		}
		findings, spoken := (&Doctor{Resolver: dns}).spf(t.Context(), f)
		expect(t, name, findings, c.want...)
		if spoken != c.speaks {
			t.Errorf("%s: its voice is %d, want %d", name, spoken, c.speaks)
		}
	}
}
