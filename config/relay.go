package config

import (
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
)

// How a connection to a relay is secured.
const (
	StartTLS = "starttls" // and not without
	TLS      = "tls"      // from the first octet on
	NoTLS    = "none"     // only to this machine itself
)

// Relay takes the mails.
type Relay struct {
	Host         string
	Port         int // never 0 in a checked Config
	Security     string
	User         string // empty: without logging in
	Password     string
	PasswordFile string // was read: see Password
	Connections  int    // at once, at most
	Weight       int    // its part of the rate; 0: it sends only while none of the others works
	Hello        string // the name in EHLO; empty: the machine's
}

// SMTP is the first relay, and what goes for all.
type SMTP struct {
	Relay
	Rate          int // mails a second, at most, over all relays; 0: as many as they take
	PerConnection int // mails that a connection carries before a new one takes its place
	PerDomain     int // connections that talk to one recipient domain at once, over all relays; 0: any number
}

// relayTable is the name of the tables of further relays: [[relay]].
const relayTable = "relay"

// usualRelay has every default in place.
func usualRelay() Relay {
	return Relay{Host: "localhost", Security: StartTLS, Connections: 2, Weight: 1}
}

func (r *Relay) name() string { return net.JoinHostPort(strings.ToLower(r.Host), strconv.Itoa(r.Port)) }

// readRelays takes the [[relay]] tables out of the values.
func (p *problems) readRelays(data []byte, values map[string]any, c *Config) {
	p.readTables(data, values, relayTable, func() map[string]func(any) string {
		r := usualRelay()
		r.Host = ""
		c.Relays = append(c.Relays, r)
		return setters(c.Relays[len(c.Relays)-1].keys())
	})
}

// keys fill one relay.
func (r *Relay) keys() []key {
	return []key{
		{name: "host", text: &r.Host},
		{name: "port", number: &r.Port},
		{name: "security", text: &r.Security},
		{name: "user", text: &r.User},
		{name: "password", text: &r.Password},
		{name: "password_file", text: &r.PasswordFile},
		{name: "connections", number: &r.Connections},
		{name: "weight", number: &r.Weight},
		{name: "hello", text: &r.Hello},
	}
}

// checkRelays judges all relays, the first one included.
func (p *problems) checkRelays(c *Config, folder string) {
	s := &c.SMTP
	p.checkRelay(&s.Relay, "smtp", folder)
	p.between("smtp.rate", s.Rate, 0, 100_000)
	p.between("smtp.per_connection", s.PerConnection, 1, 1_000_000)
	p.between("smtp.per_domain", s.PerDomain, 0, 100)
	names := []string{s.name()}
	called := s.Weight > 0
	for i := range c.Relays {
		r := &c.Relays[i]
		p.checkRelay(r, relayTable+"."+strconv.Itoa(i+1), folder)
		if r.Host != "" && slices.Contains(names, r.name()) {
			p.add(tableKey(relayTable, i, "host"), "%s stands here a second time: give the one more connections", r.name())
		}
		names, called = append(names, r.name()), called || r.Weight > 0
	}
	if !called {
		p.add("smtp.weight", "is 0, as that of every other relay: 0 is for those that step in when another does not work")
	}
}

// heaviest is the weight that a relay may have at most.
const heaviest = 1000

func (p *problems) checkRelay(r *Relay, section, folder string) {
	at := func(k string) string { return section + "." + k }
	p.oneOf(at("security"), r.Security, StartTLS, TLS, NoTLS)
	if !isHost(r.Host) {
		p.add(at("host"), "must be the name or the IP address of a host")
	} else if r.Security == NoTLS && !isLoopback(r.Host) {
		p.add(at("security"), `"none" would send mails and password readable over the network: only a relay on this machine `+
			`(localhost) may go without TLS`)
	}
	if r.Port == 0 {
		r.Port = map[string]int{StartTLS: 587, TLS: 465, NoTLS: 25}[r.Security]
	}
	p.between(at("port"), r.Port, 0, 65535)
	p.between(at("connections"), r.Connections, 1, 100)
	p.between(at("weight"), r.Weight, 0, heaviest)
	if r.Hello != "" && !isHost(r.Hello) {
		p.add(at("hello"), "%q is no name of a host", r.Hello)
	}
	p.passwordFile(section, &r.Password, &r.PasswordFile, folder)
	if r.User == "" && r.Password != "" {
		p.add(at("user"), "is missing, but there is a password")
	}
	if r.User != "" && r.Password == "" && r.PasswordFile == "" {
		p.add(at("password"), "is missing, but there is a user: write %s, %s or %s",
			at("password_file"), at("password"), key{name: at("password")}.variable())
	}
}

// largestSecret is in octets; a password file that is larger is some other file.
const largestSecret = 4096

// passwordFile reads the file that holds a section's password. A line's end behind it does not belong to it.
func (p *problems) passwordFile(section string, password, file *string, folder string) {
	key := section + ".password_file"
	if *file == "" {
		return
	}
	if *password != "" {
		p.add(key, "stands beside %s.password: keep one of them", section)
		return
	}
	*file = within(folder, *file)
	secret, err := os.ReadFile(*file)
	switch {
	case err != nil:
		p.add(key, "cannot be read: %v", err)
	case len(secret) > largestSecret:
		p.add(key, "%s is too large to be a password", *file)
	default:
		if *password = strings.TrimRight(string(secret), "\r\n"); *password == "" {
			p.add(key, "%s is empty", *file)
		}
	}
}
