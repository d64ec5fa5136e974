package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// The most lookups that a record may cost (RFC 7208 §4.6.4), and the most that may find nothing.
const (
	spfLookups = 10
	spfVoids   = 2
)

// spfPolicy is a record with all that it refers to looked up; after a fault, with all that stands before it, and the term that is broken.
type spfPolicy struct {
	record   string
	terms    []spfTerm
	redirect *spfPolicy
}

// errNoSPF: the domain has no record.
var errNoSPF = errors.New("there is no SPF record")

// spfFault is a permerror (RFC 7208 §2.6.7): receivers act as if something is wrong with the domain.
type spfFault struct{ domain, reason string }

func (e *spfFault) Error() string { return e.domain + ": " + e.reason }

// survey looks a record up with all that it refers to, and counts.
type survey struct {
	*Doctor
	lookups, voids int
}

func (s *survey) policy(ctx context.Context, domain string) (*spfPolicy, error) {
	found, err := s.txt(ctx, domain, "v=spf1")
	if err != nil {
		return nil, err
	}
	var records []string
	for _, text := range found {
		if len(text) == len("v=spf1") || text[len("v=spf1")] == ' ' {
			records = append(records, text)
		}
	}
	switch len(records) {
	case 0:
		return nil, errNoSPF
	case 1:
	default:
		return nil, &spfFault{domain, fmt.Sprintf("it has %d SPF records, where one is allowed", len(records))}
	}
	terms, redirect, err := parseSPF(records[0])
	if err != nil {
		return nil, &spfFault{domain, err.Error()}
	}
	p := &spfPolicy{record: records[0], terms: terms}
	for i := range terms {
		if err := s.resolve(ctx, domain, &terms[i]); err != nil {
			terms[i].broken, p.terms = true, terms[:i+1]
			return p, err
		}
	}
	if redirect == "" || p.all() != nil { // §6.1: behind an all it is ignored
		return p, nil
	}
	if err = s.count(domain); err == nil {
		p.redirect, err = s.refer(ctx, domain, redirect)
	}
	if p.redirect == nil {
		p.terms = append(p.terms, spfTerm{name: "redirect", qualifier: "+", unknown: err == nil, broken: err != nil})
	}
	return p, err
}

// count counts one lookup.
func (s *survey) count(domain string) error {
	if s.lookups++; s.lookups > spfLookups {
		return &spfFault{domain, fmt.Sprintf("its SPF record takes more than %d lookups", spfLookups)}
	}
	return nil
}

// refer looks up a record that another one refers to. Where there is none, that is a fault of the one that refers (§5.2, §6.1).
func (s *survey) refer(ctx context.Context, domain, to string) (*spfPolicy, error) {
	if strings.Contains(to, "%") {
		return nil, nil //nolint:nilnil // it depends on the mail: nothing is known
	}
	p, err := s.policy(ctx, to)
	if errors.Is(err, errNoSPF) {
		return p, &spfFault{domain, "its SPF record refers to " + to + ", which has none"}
	}
	return p, err
}

// resolve looks up what a term matches.
func (s *survey) resolve(ctx context.Context, domain string, t *spfTerm) (err error) {
	if t.name == "all" || t.name == "ip4" || t.name == "ip6" {
		return nil
	}
	if err := s.count(domain); err != nil {
		return err
	}
	host := t.domain
	if host == "" {
		host = domain
	}
	if strings.Contains(host, "%") || t.name == "ptr" || t.name == "exists" {
		t.unknown = true
		return nil
	}
	if t.name == "include" {
		t.include, err = s.refer(ctx, domain, host)
		t.unknown = t.include == nil
		return err
	}
	hosts := []string{host}
	if t.name == "mx" {
		if hosts, _, err = s.exchanges(ctx, host); err != nil {
			return err
		}
		if len(hosts) > spfLookups {
			return &spfFault{domain, fmt.Sprintf("%s has more than %d MX, which its SPF record names", host, spfLookups)}
		}
	}
	for _, h := range hosts {
		found, err := s.addresses(ctx, h)
		if err != nil {
			return err
		}
		for _, ip := range found {
			t.match = append(t.match, netip.PrefixFrom(ip, t.bits(ip)).Masked())
		}
	}
	if len(t.match) == 0 {
		s.voids++
	}
	return nil
}

// all is the term that says what becomes of all others; nil: there is none.
func (p *spfPolicy) all() *spfTerm {
	for i := range p.terms {
		if p.terms[i].name == "all" {
			return &p.terms[i]
		}
	}
	return nil
}

// last is the word about all others, through redirects; "?" when nothing is said.
func (p *spfPolicy) last() string {
	if t := p.all(); t != nil {
		return t.qualifier
	}
	if p.redirect != nil {
		return p.redirect.last()
	}
	return "?"
}

// nobody reports whether all addresses fail.
func (p *spfPolicy) nobody() bool { return !p.anybody() && p.redirect == nil && p.last() == "-" }

// anybody reports whether some address can pass.
func (p *spfPolicy) anybody() bool {
	for _, t := range p.terms {
		if t.qualifier == "+" {
			return true
		}
	}
	return p.redirect != nil && p.redirect.anybody()
}

// check is what receivers make of an address: a qualifier, "" when nothing matches, "%" when that depends on what is not known, "!" when
// they meet a fault before anything matches. They go from left to right, and stop at the first match (§4.6.2).
func (p *spfPolicy) check(ip netip.Addr) string {
	for i := range p.terms {
		switch t := &p.terms[i]; t.matches(ip) {
		case "yes":
			return t.qualifier
		case "unknown":
			return "%"
		case "fault":
			return "!"
		}
	}
	if p.redirect != nil {
		return p.redirect.check(ip)
	}
	return ""
}

func (t *spfTerm) matches(ip netip.Addr) string {
	if t.name == "all" {
		return "yes"
	}
	if t.unknown && !t.broken {
		return "unknown"
	}
	if t.include != nil {
		switch t.include.check(ip) {
		case "+":
			return "yes"
		case "%":
			return "unknown"
		case "!":
			return "fault"
		}
		return "no"
	}
	if t.broken {
		return "fault"
	}
	for _, network := range t.match {
		if network.Contains(ip) {
			return "yes"
		}
	}
	return "no"
}
