package config

import (
	"bytes"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Bounce is how we hear of mails that came back.
type Bounce struct {
	Domain     string // of the envelopes' senders, one for each mail; empty: mail.bounce is that of all
	ListenSMTP string // host:port; empty: nowhere
	ListenLMTP string // likewise
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

// webhookKey names a key of the i-th webhook as people count them: "bounce.webhook.1.kind".
func webhookKey(i int, k string) string { return webhookTable + "." + strconv.Itoa(i+1) + "." + k }

// readWebhooks takes the [[bounce.webhook]] tables out of the values.
func (p *problems) readWebhooks(data []byte, values map[string]any, c *Config) {
	section, _ := values["bounce"].(map[string]any)
	given, there := section["webhook"]
	if !there {
		return
	}
	delete(section, "webhook")
	tables, ok := given.([]any)
	if !ok {
		p.add(webhookTable, "must be tables of their own: begin each with a line [[bounce.webhook]]")
		return
	}
	p.findWebhookLines(data)
	for i, table := range tables {
		var w Webhook
		places := map[string]*string{"kind": &w.Kind, "secret": &w.Secret, "topic": &w.Topic}
		keys, ok := table.(map[string]any)
		if !ok {
			p.add(webhookTable, "must be tables of their own: begin each with a line [[bounce.webhook]]")
			continue
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			if places[k] == nil {
				p.add(webhookKey(i, k), "is unknown%s", nearest(k, slices.Sorted(maps.Keys(places))))
			} else if reason := (key{text: places[k]}).set(keys[k]); reason != "" {
				p.add(webhookKey(i, k), "%s", reason)
			}
		}
		c.Bounce.Webhooks = append(c.Bounce.Webhooks, w)
	}
}

// findWebhookLines notes where each webhook and its keys stand, as far as the text can be read.
func (p *problems) findWebhookLines(data []byte) {
	var parser unstable.Parser
	parser.Reset(data)
	count, inside := 0, false
	for parser.NextExpression() {
		e := parser.Expression()
		if e.Kind != unstable.ArrayTable && e.Kind != unstable.Table && e.Kind != unstable.KeyValue {
			continue
		}
		var names []string
		line := 0
		for it := e.Key(); it.Next(); {
			names = append(names, string(it.Node().Data))
			line = 1 + bytes.Count(data[:it.Node().Raw.Offset], []byte("\n"))
		}
		name := strings.Join(names, ".")
		switch {
		case e.Kind == unstable.KeyValue && inside:
			p.lines[webhookKey(count-1, name)] = line
		case e.Kind == unstable.KeyValue:
		default:
			if inside = e.Kind == unstable.ArrayTable && name == webhookTable; inside {
				count++
				p.lines[webhookTable+"."+strconv.Itoa(count)] = line
			}
		}
	}
}

func (p *problems) checkBounce(b *Bounce, folder string) {
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
	p.checkIMAP(b, folder)
	for i, w := range b.Webhooks {
		p.checkWebhook(b, i, w)
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
	at := func(k string) string { return webhookKey(i, k) }
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
