package config

import (
	"crypto/tls"
	"net"
	"slices"
	"strings"
)

// Bounce is how we hear of mails that came back.
type Bounce struct {
	Domain     string // of the envelopes' senders, one for each mail; empty: mail.bounce is that of all
	ListenSMTP string // host:port; empty: nowhere
	ListenLMTP string // likewise
	Feedback   string // a bare address that complaints come to, at the listeners; empty: none
	CertFile   string // for STARTTLS at ListenSMTP, in PEM; empty: it is not offered
	KeyFile    string
	IMAP       IMAP
	Webhooks   []Webhook
}

// IMAP is a mailbox that reports come to.
type IMAP struct {
	Host         string // empty: there is none
	Port         int    // never 0 in a checked Config with a Host
	Security     string
	User         string
	Password     string
	PasswordFile string // was read: see Password
	Mailbox      string
	Minutes      int // between two looks
}

// Webhook is a way by which a relay tells of bounces and complaints.
type Webhook struct {
	Kind   string // generic, mailgun, postmark or ses
	Secret string // that it proves itself with
	Topic  string // of ses: the ARN of the topic that may tell
}

// The relays whose webhooks are understood.
const (
	HookGeneric  = "generic"
	HookMailgun  = "mailgun"
	HookPostmark = "postmark"
	HookSES      = "ses"
)

// leastSecret is in octets.
const leastSecret = 16

// webhookTable is the name of the tables: [[bounce.webhook]].
const webhookTable = "bounce.webhook"

func (p *problems) readWebhooks(data []byte, values map[string]any, c *Config) {
	p.readTables(data, values, webhookTable, func() map[string]func(any) string {
		c.Bounce.Webhooks = append(c.Bounce.Webhooks, Webhook{})
		return setters(c.Bounce.Webhooks[len(c.Bounce.Webhooks)-1].keys())
	})
}

// keys fill one webhook.
func (w *Webhook) keys() []key {
	return []key{{name: "kind", text: &w.Kind}, {name: "secret", text: &w.Secret}, {name: "topic", text: &w.Topic}}
}

func (p *problems) checkBounce(b *Bounce, leave, folder string) {
	b.Domain = strings.ToLower(b.Domain)
	if b.Domain != "" && (!isHost(b.Domain) || net.ParseIP(b.Domain) != nil) {
		p.add("bounce.domain", `%q is no domain: write one whose mail comes to this machine, such as "bounce.example.org"`, b.Domain)
	}
	for _, l := range []struct{ key, at string }{{"bounce.listen_smtp", b.ListenSMTP}, {"bounce.listen_lmtp", b.ListenLMTP}} {
		if l.at == "" {
			continue
		}
		if host, port, err := net.SplitHostPort(l.at); err != nil || host != "" && !isHost(host) || port != "0" && !isPort(port) {
			p.add(l.key, `must be host:port, such as "127.0.0.1:2424", or ":25" for every interface`)
		}
		if b.Domain == "" {
			p.add(l.key, "needs bounce.domain: without it no report says which mail it speaks of")
		}
	}
	if b.ListenSMTP != "" && b.ListenSMTP == b.ListenLMTP && !strings.HasSuffix(b.ListenSMTP, ":0") {
		p.add("bounce.listen_lmtp", "is where bounce.listen_smtp listens already")
	}
	p.checkFeedback(b, leave)
	p.checkCertificate(b, folder)
	p.checkIMAP(b, folder)
	for i, w := range b.Webhooks {
		p.checkWebhook(b, i, w)
	}
}

func (p *problems) checkFeedback(b *Bounce, leave string) {
	const at = "bounce.feedback"
	if b.Feedback == "" {
		return
	}
	if p.address(at, b.Feedback) != nil {
		p.bareAddress(at, b.Feedback)
	}
	if b.ListenSMTP == "" && b.ListenLMTP == "" {
		p.add(at, "needs bounce.listen_smtp or bounce.listen_lmtp: a pipe and a mailbox take complaints at any address")
	}
	if strings.EqualFold(b.Feedback, leave) {
		p.add(at, "is mail.unsubscribe_mailto: complaints need another address")
	}
}

// checkCertificate reads it, as whoever serves it does.
func (p *problems) checkCertificate(b *Bounce, folder string) {
	const cert, secret = "bounce.cert_file", "bounce.key_file"
	switch {
	case b.CertFile == "" && b.KeyFile == "":
		return
	case b.CertFile == "":
		p.add(secret, "stands here without bounce.cert_file")
		return
	case b.KeyFile == "":
		p.add(cert, "stands here without bounce.key_file")
		return
	case b.ListenSMTP == "":
		p.add(cert, "needs bounce.listen_smtp: by LMTP a mail server of yours brings the reports")
	}
	b.CertFile, b.KeyFile = within(folder, b.CertFile), within(folder, b.KeyFile)
	if _, err := tls.LoadX509KeyPair(b.CertFile, b.KeyFile); err != nil {
		p.add(cert, "cannot be read with its key: %v", err)
	}
}

func (p *problems) checkIMAP(b *Bounce, folder string) {
	m := &b.IMAP
	p.oneOf("bounce.imap.security", m.Security, StartTLS, TLS, NoTLS)
	p.between("bounce.imap.port", m.Port, 0, 65535)
	p.between("bounce.imap.minutes", m.Minutes, 1, 24*60)
	p.passwordFile("bounce.imap", &m.Password, &m.PasswordFile, folder)
	if m.Host == "" {
		return
	}
	switch {
	case !isHost(m.Host):
		p.add("bounce.imap.host", "must be the name or the IP address of a host")
	case m.Security == NoTLS && !isLoopback(m.Host):
		p.add("bounce.imap.security", `"none" would send the password readable over the network: only a server on this machine (localhost) may go without TLS`)
	}
	if m.Port == 0 {
		m.Port = map[string]int{StartTLS: 143, TLS: 993, NoTLS: 143}[m.Security]
	}
	if b.Domain == "" {
		p.add("bounce.imap.host", "needs bounce.domain: without it no report says which mail it speaks of")
	}
	if m.User == "" {
		p.add("bounce.imap.user", "is missing: write whose mailbox it is")
	}
	if m.Password == "" && m.PasswordFile == "" {
		p.add("bounce.imap.password", "is missing: write bounce.imap.password_file, bounce.imap.password or TIDINGS_BOUNCE_IMAP_PASSWORD")
	}
	if m.Mailbox == "" {
		p.add("bounce.imap.mailbox", "is empty")
	}
}

func (p *problems) checkWebhook(b *Bounce, i int, w Webhook) {
	at := func(k string) string { return tableKey(webhookTable, i, k) }
	kinds := []string{HookGeneric, HookMailgun, HookPostmark, HookSES}
	switch {
	case !slices.Contains(kinds, w.Kind):
		p.add(at("kind"), "must be one of %s", strings.Join(kinds, ", "))
	case slices.ContainsFunc(b.Webhooks[:i], func(o Webhook) bool { return o.Kind == w.Kind }):
		p.add(at("kind"), "%s stands here a second time", w.Kind)
	case w.Kind == HookSES:
		if !strings.HasPrefix(w.Topic, "arn:aws") || !strings.Contains(w.Topic, ":sns:") {
			p.add(at("topic"), `must be the ARN of your topic, such as "arn:aws:sns:eu-west-1:123456789012:bounces": whoever has an account there can sign`)
		}
	case len(w.Secret) < leastSecret:
		p.add(at("secret"), "must have %d characters at the least: whoever guesses it can suppress your readers", leastSecret)
	}
}
