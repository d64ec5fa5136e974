package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// The hardest sum that a browser may be asked for, in bits: at 24 a telephone is busy for a minute.
const hardestWork = 24

// longestKept is in days: a hundred years.
const longestKept = 36_500

// checkJoining judges what has to do with visitors who join.
func (p *problems) checkJoining(c *Config) {
	for _, text := range c.Server.TrustedProxies {
		if _, err := network(text); err != nil {
			p.add("server.trusted_proxies", `%q is no network: write one such as "10.0.0.0/8", or a single address`, text)
		}
	}
	s := &c.Subscribe
	p.between("subscribe.letters_per_hour", s.LettersPerHour, 1, 1_000_000)
	p.between("subscribe.proof_of_work", s.ProofOfWork, 0, hardestWork)
	for i, origin := range s.EmbedOrigins {
		if s.EmbedOrigins[i] = originOf(origin); !isOrigin(s.EmbedOrigins[i]) {
			p.add("subscribe.embed_origins", `%q is no site: write scheme and host alone, such as "https://www.example.org"`, origin)
		}
		if slices.Contains(s.EmbedOrigins[:i], s.EmbedOrigins[i]) {
			p.add("subscribe.embed_origins", "holds %q twice", origin)
		}
	}
	p.between("retention.unconfirmed_days", c.Retention.UnconfirmedDays, 2, longestKept) // their links work for two days
	p.between("retention.left_days", c.Retention.LeftDays, 0, longestKept)
	p.between("retention.details_days", c.Retention.DetailsDays, 1, longestKept)
}

// network is an address, or a network as CIDR has it (RFC 4632). IPv4 within IPv6 is IPv4.
func network(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return network.Masked(), nil
}

// originOf writes a site as browsers send it (RFC 6454 §6.2): in lower case, and without the port that its scheme has anyway.
func originOf(s string) string {
	s = strings.ToLower(s)
	for scheme, port := range map[string]string{"https://": ":443", "http://": ":80"} {
		if strings.HasPrefix(s, scheme) {
			return strings.TrimSuffix(s, port)
		}
	}
	return s
}

// isOrigin: RFC 6454 §6.2, as browsers send it.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && isHost(u.Hostname()) &&
		(u.Port() == "" && !strings.HasSuffix(s, ":") || isPort(u.Port())) && u.Scheme+"://"+u.Host == s
}
