package config

import (
	"net/mail"
	"os"
	"slices"
	"strings"
)

// DKIM is a key that signs the mails.
type DKIM struct {
	Selector string
	Domain   string // of the From address where none is configured
	KeyFile  string // was read: see Key
	Key      []byte // PEM
}

// name is where verifiers find the public key.
func (d DKIM) name() string { return d.Selector + "._domainkey." + d.Domain }

// readDKIM takes the [[dkim]] tables out of the values.
func (p *problems) readDKIM(data []byte, values map[string]any, c *Config) {
	p.readTables(data, values, "dkim", func() map[string]func(any) string {
		c.DKIM = append(c.DKIM, DKIM{})
		d := &c.DKIM[len(c.DKIM)-1]
		text := func(place *string) func(any) string { return func(v any) string { return key{text: place}.set(v) } }
		return map[string]func(any) string{
			"selector": text(&d.Selector), "domain": text(&d.Domain), "key_file": text(&d.KeyFile),
		}
	})
}

// largestKey is in octets; a key of 8192 bits has 6,400.
const largestKey = 16384

// checkDKIM reads the keys. Whether they are some, and may speak for the From address, is for those to say who sign.
func (p *problems) checkDKIM(c *Config, folder string) {
	for i := range c.DKIM {
		d := &c.DKIM[i]
		at := func(k string) string { return tableKey("dkim", i, k) }
		if from, err := mail.ParseAddress(c.Mail.From); err == nil && d.Domain == "" {
			d.Domain = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
		}
		d.Selector, d.Domain = strings.ToLower(d.Selector), strings.ToLower(d.Domain)
		switch {
		case d.Selector == "":
			p.add(at("selector"), "is missing: write the name under which the DNS has the public key, such as 2026a")
		case !isHost(d.Selector):
			p.add(at("selector"), "%q is none: letters, digits and hyphens, such as 2026a", d.Selector)
		case slices.ContainsFunc(c.DKIM[:i], func(o DKIM) bool { return o.name() == d.name() }):
			p.add(at("selector"), "%q stands here a second time: a new key needs a new selector", d.Selector)
		}
		if d.Domain != "" && !isHost(d.Domain) {
			p.add(at("domain"), "%q is no domain", d.Domain)
		}
		p.keyFile(d, at("key_file"), folder)
	}
}

// keyFile reads a key, as secret as its operator keeps it: in a container it may well be readable to all who are there.
func (p *problems) keyFile(d *DKIM, at, folder string) {
	if p.has(at) {
		return
	}
	if d.KeyFile == "" {
		p.add(at, "is missing: make a key with `tidings keys dkim new`")
		return
	}
	d.KeyFile = within(folder, d.KeyFile)
	var err error
	if d.Key, err = os.ReadFile(d.KeyFile); err != nil {
		p.add(at, "cannot be read: %v", err)
	} else if len(d.Key) > largestKey {
		p.add(at, "%s is too large to be a key", d.KeyFile)
	}
}
