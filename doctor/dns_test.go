package doctor

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// table is a DNS of its own: "NAME TXT", "NAME MX", "NAME A" and "ADDRESS PTR" with their values. What is not in it is not there; a
// value "timeout" is none that comes.
type table map[string][]string

func (t table) ask(name, kind string) ([]string, error) {
	values, there := t[strings.TrimSuffix(name, ".")+" "+kind]
	if !there {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	if values[0] == "timeout" {
		return nil, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true, IsTemporary: true}
	}
	return values, nil
}

func (t table) LookupTXT(_ context.Context, name string) ([]string, error) { return t.ask(name, "TXT") }

func (t table) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	hosts, err := t.ask(name, "MX")
	var found []*net.MX
	for _, h := range hosts {
		found = append(found, &net.MX{Host: h + "."})
	}
	return found, err
}

func (t table) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	values, err := t.ask(host, "A")
	var found []netip.Addr
	for _, v := range values {
		found = append(found, netip.MustParseAddr(v))
	}
	return found, err
}

func (t table) LookupAddr(_ context.Context, addr string) ([]string, error) {
	return t.ask(addr, "PTR")
}

// facts are those of a site whose relay is relay.agency.org.
func facts() *Facts {
	relay := Relay{Section: "smtp", Host: "relay.agency.org", Port: 587, Security: "starttls"}
	return &Facts{From: "agency.org", Bounce: "bounce.agency.org", Relays: []Relay{relay}}
}

// said is each finding as "severity seen".
func said(findings []Finding) []string {
	var all []string
	for _, f := range findings {
		line := string(f.Severity) + " " + f.Seen
		if f.Unsure {
			line = "unsure " + f.Seen
		}
		all = append(all, line)
	}
	return all
}

// expect sees that each text begins a finding's words, in order, and that all that is bad says why and how to mend it.
func expect(t *testing.T, name string, findings []Finding, want ...string) {
	t.Helper()
	got := said(findings)
	matches := len(got) == len(want)
	for i := 0; matches && i < len(got); i++ {
		severity, words, _ := strings.Cut(want[i], " ")
		matches = strings.HasPrefix(got[i], severity+" ") && strings.Contains(got[i], words)
	}
	if !matches {
		t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	for _, f := range findings {
		if (f.Severity == Warn || f.Severity == Hard) && (f.Why == "" || f.Mend == "") {
			t.Errorf("%s: %q does not say why, or how to mend it", name, f.Seen)
		}
		if f.Unsure && f.Severity == Hard {
			t.Errorf("%s: %q is hard, and not known", name, f.Seen)
		}
	}
}

func TestSPFIsReadAsReceiversReadIt(t *testing.T) {
	t.Parallel()
	relay := []string{"198.18.0.7", "2001:db8:7::7"}
	chain := table{"bounce.agency.org TXT": {"v=spf1 include:i1.agency.org -all"}}
	for i := range 11 {
		name := "i" + strings.Repeat("x", i)
		next := "i" + strings.Repeat("x", i+1)
		chain[name+" TXT"] = []string{"v=spf1 include:" + next + " -all"}
	}
	chain["bounce.agency.org TXT"] = []string{"v=spf1 include:i -all"}
	for name, c := range map[string]struct {
		dns  table
		want []string
	}{
		"none":          {table{}, []string{"warn bounce.agency.org has no SPF record"}},
		"other TXT":     {table{"bounce.agency.org TXT": {"v=spf10 -all", "hello"}}, []string{"warn has no SPF record"}},
		"two":           {table{"bounce.agency.org TXT": {"v=spf1 -all", "v=spf1 a -all"}}, []string{"hard 2 SPF records"}},
		"timeout":       {table{"bounce.agency.org TXT": {"timeout"}}, []string{"unsure i/o timeout"}},
		"nobody sends":  {table{"bounce.agency.org TXT": {"v=spf1 -all"}}, []string{"hard it lets nobody send"}},
		"a wrong word":  {table{"bounce.agency.org TXT": {"v=spf1 ipv4:198.18.0.7 -all"}}, []string{`hard "ipv4:198.18.0.7" is no mechanism`}},
		"a wrong net":   {table{"bounce.agency.org TXT": {"v=spf1 ip4:198.18.0.700 -all"}}, []string{"hard holds no address of that kind"}},
		"a wrong mask":  {table{"bounce.agency.org TXT": {"v=spf1 a/33 -all"}}, []string{`hard "a/33" is no mechanism`}},
		"empty include": {table{"bounce.agency.org TXT": {"v=spf1 include: -all"}}, []string{"hard names no domain"}},
		"nothing there": {table{"bounce.agency.org TXT": {"v=spf1 include:gone.org -all"}}, []string{"hard refers to gone.org, which has none"}},
		"a chain":       {chain, []string{"hard more than 10 lookups"}},
		"a loop": {
			table{"bounce.agency.org TXT": {"v=spf1 include:bounce.agency.org -all"}},
			[]string{"hard more than 10 lookups"},
		},
		"everybody": {
			table{"bounce.agency.org TXT": {"v=spf1 +all"}, "relay.agency.org A": relay[:1]},
			[]string{"ok (0 of 10 lookups)", "warn lets everybody send", "ok 198.18.0.7, the address of relay.agency.org, passes"},
		},
		"no end": {
			table{"bounce.agency.org TXT": {"v=spf1 a:relay.agency.org"}, "relay.agency.org A": relay},
			[]string{"ok (1 of 10", "warn says nothing of all other", "ok 198.18.0.7, the address of relay.agency.org, passes", "ok 2001:db8:7::7, the address of relay.agency.org, passes"},
		},
		"by mx, a network and a redirect": {
			table{
				"bounce.agency.org TXT": {"v=spf1 redirect=_spf.agency.org"}, "_spf.agency.org TXT": {"V=SPF1 mx/24//48 ?ip6:2001:db8::/32 ~all"},
				"_spf.agency.org MX": {"mx.agency.org"}, "mx.agency.org A": {"198.18.0.200"}, "relay.agency.org A": relay,
			},
			[]string{"ok (2 of 10", "ok 198.18.0.7, the address of relay.agency.org, passes", "warn 2001:db8:7::7, the address of relay.agency.org, does not pass"},
		},
		"an include that says no is passed over": {
			table{
				"bounce.agency.org TXT": {"v=spf1 include:no.org ip4:198.18.0.7 -all"}, "no.org TXT": {"v=spf1 -ip4:198.18.0.7 ip4:198.18.9.9 -all"},
				"relay.agency.org A": relay[:1],
			},
			[]string{"ok (1 of 10", "ok 198.18.0.7, the address of relay.agency.org, passes"},
		},
		"a macro is not guessed": {
			table{"bounce.agency.org TXT": {"v=spf1 exists:%{i}.ok.org -all"}, "relay.agency.org A": relay[:1]},
			[]string{"ok (1 of 10", "note whether 198.18.0.7 passes depends"},
		},
		"names of nothing": {
			table{"bounce.agency.org TXT": {"v=spf1 a:x.org a:y.org a:z.org ip4:198.18.0.7 -all"}, "relay.agency.org A": {"10.0.0.1"}},
			[]string{"ok (3 of 10", "warn 3 names", "note relay.agency.org is no public address"},
		},
		"within the record nobody answers": {
			table{"bounce.agency.org TXT": {"v=spf1 include:slow.org -all"}, "slow.org TXT": {"timeout"}},
			[]string{"unsure i/o timeout"},
		},
	} {
		findings, _ := (&Doctor{Resolver: c.dns}).spf(t.Context(), facts())
		expect(t, name, findings, c.want...)
	}
	given := facts()
	given.Addresses = []netip.Addr{netip.MustParseAddr("198.18.0.9")}
	findings, _ := (&Doctor{Resolver: table{"bounce.agency.org TXT": {"v=spf1 ip4:198.18.0.7 -all"}}}).spf(t.Context(), given)
	expect(t, "an address that is known", findings, "ok bounce.agency.org", "hard 198.18.0.9 does not pass")
}

func TestMXAndPTRAreLookedAtAsReceiversDo(t *testing.T) {
	t.Parallel()
	f := facts()
	for name, c := range map[string]struct {
		dns  table
		want []string
	}{
		"all well": {
			table{"bounce.agency.org MX": {"mx.agency.org"}, "mx.agency.org A": {"198.18.0.1"}, "agency.org A": {"198.18.0.2"}},
			[]string{"ok mails to bounce.agency.org go to mx.agency.org", "ok mails to agency.org go to agency.org"},
		},
		"null":    {table{"bounce.agency.org MX": {""}, "agency.org MX": {""}}, []string{"hard null MX", "warn null MX"}},
		"nothing": {table{"agency.org MX": {"gone.agency.org"}}, []string{"hard bounce.agency.org has no mail server", "warn agency.org has no mail server"}},
		"timeout": {table{"bounce.agency.org MX": {"timeout"}, "agency.org A": {"timeout"}}, []string{"unsure i/o timeout", "unsure i/o timeout"}},
	} {
		expect(t, name, (&Doctor{Resolver: c.dns}).mx(t.Context(), f), c.want...)
	}
	at := []string{"198.18.0.7"}
	for name, c := range map[string]struct {
		dns  table
		want string
	}{
		"there and back": {table{"relay.agency.org A": at, "198.18.0.7 PTR": {"out.agency.org."}, "out.agency.org A": at}, "ok 198.18.0.7 is out.agency.org"},
		"no way back":    {table{"relay.agency.org A": at, "198.18.0.7 PTR": {"out.agency.org."}}, "warn is called out.agency.org, which does not lead back"},
		"no name":        {table{"relay.agency.org A": at}, "warn has no name"},
		"private":        {table{"relay.agency.org A": {"192.168.0.7"}}, "note not checked"},
		"timeout":        {table{"relay.agency.org A": at, "198.18.0.7 PTR": {"timeout"}}, "unsure i/o timeout"},
	} {
		expect(t, name, (&Doctor{Resolver: c.dns}).ptr(t.Context(), f), c.want)
	}
}

func TestNobodysNamesAreNotAskedFor(t *testing.T) {
	t.Parallel()
	f := facts()
	f.From, f.Bounce = "example.org", "bounce.news.example"
	f.DKIM = []Selector{{Domain: "example.org", Selector: "s"}}
	findings := (&Doctor{Resolver: refusing{t}}).MailChecks(t.Context(), f)
	expect(t, "reserved", findings, "note bounce.news.example", "note s._domainkey.example.org", "note example.org")
	if holding, _ := Holding(findings); holding != nil {
		t.Errorf("held for %v", holding)
	}
}

// refusing is a DNS that must not be asked.
type refusing struct{ t *testing.T }

func (r refusing) LookupTXT(_ context.Context, name string) ([]string, error) {
	return nil, r.asked(name)
}

func (r refusing) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, r.asked(name)
}

func (r refusing) LookupAddr(_ context.Context, name string) ([]string, error) {
	return nil, r.asked(name)
}

func (r refusing) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	return nil, r.asked(name)
}

func (r refusing) asked(name string) error {
	r.t.Errorf("%s was asked for", name)
	return errors.New("refused")
}

func TestAHardFindingHoldsUnlessOverruledAndATimeoutSaysNothing(t *testing.T) {
	t.Parallel()
	findings := []Finding{hard(CheckSPF, "two"), hard(CheckMX, "none"), unsure(CheckDMARC, "timeout")}
	if holding, sure := Holding(findings); len(holding) != 1 || holding[0].Check != CheckSPF || sure {
		t.Errorf("%v, %v", holding, sure)
	}
	Overrule(findings, []string{CheckSPF})
	if holding, _ := Holding(findings); len(holding) != 0 || findings[0].Severity != Warn || !findings[0].Overruled || findings[1].Severity != Hard {
		t.Errorf("%v: %v", holding, findings)
	}
}
