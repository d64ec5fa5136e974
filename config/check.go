package config

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
)

// check judges every value, and fills in what follows from others.
func (p *problems) check(c *Config, folder string) {
	p.checkSite(c)
	p.checkPlace(c, folder)
	p.checkBrand(&c.Brand, folder)
	p.checkMail(&c.Mail, c.base)
	p.checkRelays(c, folder)
	p.checkDKIM(c, folder)
	p.checkBounce(&c.Bounce, c.Mail.UnsubscribeMailto, folder)
	p.checkCadences(c)
	p.checkJoining(c)
	p.checkKeeping(c, folder)
	p.checkSources(c)
	p.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	p.oneOf("log.format", c.Log.Format, "text", "json")
}

func (p *problems) checkSite(c *Config) {
	s := &c.site
	if len(s.Name) == 0 && !p.has("site.name") {
		p.add("site.name", `is missing: write the organisation's name, "…" or { en = "…", ko = "…" }`)
	}
	for tag, name := range s.Name {
		key := p.languageOf("site.name", tag)
		p.oneLine(key, name)
		if strings.TrimSpace(name) == "" {
			p.add(key, "is empty")
		}
	}
	c.base = p.baseURL(s.BaseURL)
	p.language("site.language", s.Language)
	for i, tag := range s.Languages {
		p.language("site.languages", tag)
		if slices.Contains(s.Languages[:i], tag) {
			p.add("site.languages", "holds %q twice", tag)
		}
	}
	if len(s.Languages) == 0 {
		s.Languages = []string{s.Language}
	}
	if !slices.Contains(s.Languages, s.Language) {
		p.add("site.languages", "must hold site.language, which is %q", s.Language)
	}
	c.zone = p.zone("site.time_zone", s.TimeZone)
	for tag, address := range s.PostalAddress {
		key := p.languageOf("site.postal_address", tag)
		if strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			p.add(key, "holds a control character; several lines are written in three quotes")
		}
	}
	p.tag(s.Tag)
}

// languageOf is the key of a text in a language that it checks; an empty tag is the text without one.
func (p *problems) languageOf(key, tag string) string {
	if tag == "" {
		return key
	}
	p.language(key+"."+tag, tag)
	return key + "." + tag
}

// baseURL is the site's address, without a slash at its end.
func (p *problems) baseURL(s string) *url.URL {
	const key, example = "site.base_url", "https://news.example.org"
	u, err := url.Parse(strings.TrimSuffix(s, "/"))
	switch {
	case s == "":
		p.add(key, "is missing: write the address that readers see, such as %s", example)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		p.add(key, "must be a whole address, such as %s", example)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		p.add(key, "must be scheme and host alone, such as %s: pages of the site stand at its root", example)
	case !isHost(u.Hostname()) || u.Port() != "" && !isPort(u.Port()):
		p.add(key, "%q is no name of a host", u.Host)
	default:
		u.Host = strings.ToLower(u.Host)
		return u
	}
	return nil
}

// tag: RFC 4151 §2.1: a domain or an address that was ours on a date, which may be a year, a month or a day.
func (p *problems) tag(s string) {
	const key = "site.tag"
	authority, date, ok := strings.Cut(s, ",")
	if s == "" {
		p.add(key, `is missing: write a domain of yours and a year in which it is yours, such as "news.example.org,2026"; `+
			`never change it later`)
		return
	}
	dated := false
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		if _, err := time.Parse(layout, date); err == nil {
			dated = true
		}
	}
	_, host, isAddress := strings.Cut(authority, "@")
	if !isAddress {
		host = authority
	}
	if !ok || !dated || !isHost(host) || !strings.Contains(host, ".") || authority != strings.ToLower(authority) {
		p.add(key, `must be a domain in lower case and a year (or a day), such as "news.example.org,2026"`)
	}
}

func (p *problems) checkPlace(c *Config, folder string) {
	if !isListen(c.Server.Listen) {
		p.add("server.listen", `must be host:port, such as "127.0.0.1:8080", or ":8080" for every interface`)
	}
	switch at := c.Metrics.Listen; {
	case at == "":
	case !isListen(at):
		p.add("metrics.listen", `must be host:port, such as "127.0.0.1:9180", or empty`)
	case at == c.Server.Listen:
		p.add("metrics.listen", "is where the web server listens: give it an address of its own, which visitors don't reach")
	}
	for key, at := range map[string]string{"bounce.listen_smtp": c.Bounce.ListenSMTP, "bounce.listen_lmtp": c.Bounce.ListenLMTP} {
		if at != "" && (at == c.Server.Listen || at == c.Metrics.Listen) && !strings.HasSuffix(at, ":0") {
			p.add(key, "is where the web server or the metrics listen: give it an address of its own")
		}
	}
	if c.Database.Path == "" {
		p.add("database.path", "is empty: name a file")
	}
	c.Database.Path = within(folder, c.Database.Path)
	if c.Theme.Dir == "" {
		return
	}
	c.Theme.Dir = within(folder, c.Theme.Dir)
	if info, err := os.Stat(c.Theme.Dir); err != nil || !info.IsDir() {
		p.add("theme.dir", "there is no folder %s", c.Theme.Dir)
	}
}

// isListen: host:port, where the host may be left out and the port 0.
func isListen(s string) bool {
	host, port, err := net.SplitHostPort(s)
	return err == nil && (host == "" || isHost(host)) && (port == "0" || isPort(port))
}

// within resolves a path relative to the configuration's folder.
func within(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

func (p *problems) checkMail(m *Mail, base *url.URL) {
	if m.From == "" {
		p.add("mail.from", `is missing: write whom the mails are from, such as "Press office <press@example.org>"`)
	} else if from := p.address("mail.from", m.From); from != nil && m.Bounce == "" {
		m.Bounce = from.Address
	}
	if m.ReplyTo != "" {
		p.address("mail.reply_to", m.ReplyTo)
	}
	p.bareAddress("mail.bounce", m.Bounce)
	p.bareAddress("mail.unsubscribe_mailto", m.UnsubscribeMailto)
	if m.Domain == "" && base != nil {
		m.Domain = base.Hostname()
	}
	if m.Domain != "" && !isHost(m.Domain) {
		p.add("mail.domain", "%q is no name of a host", m.Domain)
	}
	m.Domain = strings.ToLower(m.Domain)
}
