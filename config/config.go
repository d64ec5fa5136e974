package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/tidings/tidings"
)

// Config is a checked configuration. Its zero value is none: take it from Load or Parse.
type Config struct {
	Server    Server
	Database  Database
	Mail      Mail
	SMTP      SMTP
	Relays    []Relay // beside that of SMTP
	Bounce    Bounce
	Desk      Desk
	Subscribe Subscribe
	Retention Retention
	Metrics   Metrics
	Backup    Backup
	Doctor    Doctor
	Log       Log
	Brand     Brand
	Theme     Theme
	Sources   []Source
	DKIM      []DKIM

	site     site
	cadences []cadence // fastest first; an empty spec: not offered
	built    tidings.Cadences
	base     *url.URL
	zone     *time.Location
}

// site is what Site is built of.
type site struct {
	Name          map[string]string // by language; "": the site's language
	BaseURL       string
	Language      string
	Languages     []string
	TimeZone      string
	PostalAddress map[string]string // likewise
	Tag           string
}

// Server is the web server.
type Server struct {
	Listen         string   // host:port; an empty host: every interface
	TrustedProxies []string // see Proxies
}

// Proxies are the networks whose machines are believed when they say whom they ask for; empty: none is.
func (s Server) Proxies() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range s.TrustedProxies {
		if network, err := network(text); err == nil { // those of a checked Config all are
			out = append(out, network)
		}
	}
	return out
}

// Database is the one file that holds everything.
type Database struct {
	Path string // absolute, or relative to the working folder as the configuration's own path was
}

// Mail is what stands in the mails' headers.
type Mail struct {
	From              string // an address, with or without a name
	ReplyTo           string // the same; empty: replies go to From
	Bounce            string // the bare address of the envelope's sender
	UnsubscribeMailto string // a bare address that takes requests to leave by mail; empty: the link alone
	Domain            string // of Message-IDs and List-Ids
}

// Desk is the press office.
type Desk struct {
	Notify []string // bare addresses that are told of each run that waits for the press office
}

// Subscribe is how visitors join.
type Subscribe struct {
	Open           bool     // visitors may join by themselves
	LettersPerHour int      // that visitors can ask for, sent or not, at most
	ProofOfWork    int      // how hard a browser with script must work before it may ask, in bits; 0: not at all
	EmbedOrigins   []string // "https://www.example.org": sites whose pages may send our form by script and read the answer (CORS)
}

// Retention is for how many days what is over is kept.
type Retention struct {
	UnconfirmedDays int // sign-ups that nobody confirmed; 2 at the least, as long as their links work
	LeftDays        int // subscribers who left; 0: for ever
	DetailsDays     int // how each mail fared
}

// Metrics are numbers for Prometheus.
type Metrics struct {
	Listen string // host:port of its own; empty: nowhere
}

// Log is what is written to standard error.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text, json
}

// Brand is how the publisher looks. Its zero value looks well too.
type Brand struct {
	Logo       string            // a file: SVG, PNG, JPEG or WebP; empty: the name alone stands at the head of pages
	Colour     string            // "#rrggbb", the accent of light pages; empty: ours
	ColourDark string            // of dark ones; empty: a lighter Colour
	Footer     map[string]string // a line at the foot of pages, by language; "": the site's language
	LogoHash   string            // of the file's content, so that the Fingerprint changes with it
}

// Theme is the operator's templates.
type Theme struct {
	Dir string // laid over the built-in templates; empty: none
}

// Default is a configuration with every default in place. What has none is empty; it does not pass the checks.
func Default() *Config {
	return &Config{
		Server:    Server{Listen: "127.0.0.1:8080", TrustedProxies: []string{"127.0.0.0/8", "::1/128"}},
		Database:  Database{Path: "tidings.db"},
		SMTP:      SMTP{Relay: usualRelay(), PerConnection: 1000},
		Bounce:    Bounce{IMAP: IMAP{Security: TLS, Mailbox: "INBOX", Minutes: 5}},
		Subscribe: Subscribe{Open: true, LettersPerHour: 1000},
		Retention: Retention{UnconfirmedDays: 7, DetailsDays: 90},
		Backup:    Backup{At: "0 3 * * *", Keep: 14},
		Doctor:    Doctor{Hold: true},
		Log:       Log{Level: "info", Format: "text"},
		site:      site{Language: "en", TimeZone: "UTC"},
		cadences: []cadence{
			{name: tidings.Immediate, spec: "* * * * *"},
			{name: tidings.Daily, spec: "0 8 * * *"},
			{name: tidings.Weekly, spec: "0 8 * * 1"},
			{name: tidings.Monthly, spec: "0 8 1 * *"},
		},
	}
}

// Load reads and checks the file, with this process's environment over it. What is wrong comes as Problems.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return Parse(data, path, os.Environ())
}

// Parse is Load on a text that has been read; environment is in the form of os.Environ. Relative paths in it are
// relative to the named file's folder.
func Parse(data []byte, path string, environment []string) (*Config, error) {
	c := Default()
	p := &problems{file: path, env: map[string]string{}, lines: map[string]int{}}
	if !p.readFile(data, c) {
		return nil, p.all
	}
	p.readEnvironment(environment, c)
	p.check(c, filepath.Dir(path))
	if len(p.all) > 0 {
		return nil, p.sorted()
	}
	return c, nil
}

// Site is the publisher as configured; a new one at each call.
func (c *Config) Site() *tidings.Site {
	base := *c.base
	return &tidings.Site{
		Names: c.byLanguage(c.site.Name), Base: &base, Language: c.site.Language, Languages: append([]string(nil), c.site.Languages...),
		Zone: c.zone, Postal: c.byLanguage(c.site.PostalAddress),
		Footer: c.byLanguage(c.Brand.Footer), TagEntity: c.site.Tag, MailDomain: c.Mail.Domain,
	}
}

// byLanguage are texts of which one without a language is in the site's own.
func (c *Config) byLanguage(texts map[string]string) map[string]string {
	out := map[string]string{}
	for language, text := range texts {
		if text == "" {
			continue
		}
		if language == "" {
			language = c.site.Language
		}
		out[language] = text
	}
	return out
}

// Cadences are the cadences on offer, fastest first.
func (c *Config) Cadences() tidings.Cadences { return append(tidings.Cadences(nil), c.built...) }

// Fingerprint changes when pages and feeds would look different for the same releases. No secret goes into it.
func (c *Config) Fingerprint() string {
	s := c.site
	s.BaseURL = c.base.String() // with a slash at its end or without
	// fmt writes a map in the order of its keys.
	text := fmt.Appendf(nil, "%q %q %q", s, c.Brand, c.Theme.Dir)
	if !c.Subscribe.Open {
		text = append(text, " closed"...) // pages offer nothing then
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
