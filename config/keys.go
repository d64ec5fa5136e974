package config

import (
	"slices"
	"strings"
)

// key is one key of the configuration and the place it fills: exactly one of the pointers is set.
type key struct {
	name   string // "smtp.port"
	text   *string
	number *int
	flag   *bool
	list   *[]string
	names  *map[string]string // a string, or a table of strings by language
}

// keys are all of them, in the order of config.example.toml.
func keys(c *Config) []key {
	all := []key{
		{name: "site.name", names: &c.site.Name},
		{name: "site.base_url", text: &c.site.BaseURL},
		{name: "site.language", text: &c.site.Language},
		{name: "site.languages", list: &c.site.Languages},
		{name: "site.time_zone", text: &c.site.TimeZone},
		{name: "site.postal_address", names: &c.site.PostalAddress},
		{name: "site.tag", text: &c.site.Tag},
		{name: "server.listen", text: &c.Server.Listen},
		{name: "server.trusted_proxies", list: &c.Server.TrustedProxies},
		{name: "database.path", text: &c.Database.Path},
		{name: "mail.from", text: &c.Mail.From},
		{name: "mail.reply_to", text: &c.Mail.ReplyTo},
		{name: "mail.bounce", text: &c.Mail.Bounce},
		{name: "mail.unsubscribe_mailto", text: &c.Mail.UnsubscribeMailto},
		{name: "mail.domain", text: &c.Mail.Domain},
		{name: "bounce.domain", text: &c.Bounce.Domain},
		{name: "bounce.listen_smtp", text: &c.Bounce.ListenSMTP},
		{name: "bounce.listen_lmtp", text: &c.Bounce.ListenLMTP},
		{name: "bounce.feedback", text: &c.Bounce.Feedback},
		{name: "bounce.cert_file", text: &c.Bounce.CertFile},
		{name: "bounce.key_file", text: &c.Bounce.KeyFile},
		{name: "bounce.imap.host", text: &c.Bounce.IMAP.Host},
		{name: "bounce.imap.port", number: &c.Bounce.IMAP.Port},
		{name: "bounce.imap.security", text: &c.Bounce.IMAP.Security},
		{name: "bounce.imap.user", text: &c.Bounce.IMAP.User},
		{name: "bounce.imap.password", text: &c.Bounce.IMAP.Password},
		{name: "bounce.imap.password_file", text: &c.Bounce.IMAP.PasswordFile},
		{name: "bounce.imap.mailbox", text: &c.Bounce.IMAP.Mailbox},
		{name: "bounce.imap.minutes", number: &c.Bounce.IMAP.Minutes},
		{name: "desk.notify", list: &c.Desk.Notify},
		{name: "subscribe.open", flag: &c.Subscribe.Open},
		{name: "subscribe.letters_per_hour", number: &c.Subscribe.LettersPerHour},
		{name: "subscribe.proof_of_work", number: &c.Subscribe.ProofOfWork},
		{name: "subscribe.embed_origins", list: &c.Subscribe.EmbedOrigins},
		{name: "retention.unconfirmed_days", number: &c.Retention.UnconfirmedDays},
		{name: "retention.left_days", number: &c.Retention.LeftDays},
		{name: "retention.details_days", number: &c.Retention.DetailsDays},
		{name: "metrics.listen", text: &c.Metrics.Listen},
		{name: "backup.dir", text: &c.Backup.Dir},
		{name: "backup.at", text: &c.Backup.At},
		{name: "backup.keep", number: &c.Backup.Keep},
		{name: "doctor.hold", flag: &c.Doctor.Hold},
		{name: "doctor.addresses", list: &c.Doctor.Addresses},
		{name: "log.level", text: &c.Log.Level},
		{name: "log.format", text: &c.Log.Format},
		{name: "brand.logo", text: &c.Brand.Logo},
		{name: "brand.colour", text: &c.Brand.Colour},
		{name: "brand.colour_dark", text: &c.Brand.ColourDark},
		{name: "brand.footer", names: &c.Brand.Footer},
		{name: "theme.dir", text: &c.Theme.Dir},
	}
	before := func(name string) int { return slices.IndexFunc(all, func(k key) bool { return k.name == name }) }
	all = slices.Insert(all, before("bounce.domain"), c.SMTP.keys()...)
	return slices.Insert(all, before("desk.notify"), c.cadenceKeys()...)
}

func (s *SMTP) keys() []key {
	return []key{
		{name: "smtp.host", text: &s.Host},
		{name: "smtp.port", number: &s.Port},
		{name: "smtp.security", text: &s.Security},
		{name: "smtp.user", text: &s.User},
		{name: "smtp.password", text: &s.Password},
		{name: "smtp.password_file", text: &s.PasswordFile},
		{name: "smtp.connections", number: &s.Connections},
		{name: "smtp.weight", number: &s.Weight},
		{name: "smtp.rate", number: &s.Rate},
		{name: "smtp.per_connection", number: &s.PerConnection},
		{name: "smtp.per_domain", number: &s.PerDomain},
		{name: "smtp.hello", text: &s.Hello},
	}
}

// variable is the key's name in the environment.
func (k key) variable() string {
	return "TIDINGS_" + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// set fills the key's place with a value as TOML's reader gives it. The reason why it cannot never holds the value:
// it may be a secret.
func (k key) set(v any) (reason string) {
	switch {
	case k.text != nil:
		s, ok := v.(string)
		if !ok {
			return `must be text in quotes: "…"`
		}
		*k.text = s
	case k.number != nil:
		n, ok := v.(int64)
		if !ok || int64(int(n)) != n {
			return "must be a whole number, without quotes"
		}
		*k.number = int(n)
	case k.flag != nil:
		b, ok := v.(bool)
		if !ok {
			return "must be true or false, without quotes"
		}
		*k.flag = b
	case k.list != nil:
		list, ok := textsOf(v)
		if !ok {
			return `must be a list of texts: ["…", "…"]`
		}
		*k.list = list
	case k.names != nil:
		names, ok := namesOf(v)
		if !ok {
			return `must be text in quotes, or a table of texts by language: { en = "…", ko = "…" }`
		}
		*k.names = names
	}
	return ""
}

func textsOf(v any) ([]string, bool) {
	list, ok := v.([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		s, isText := e.(string)
		out, ok = append(out, s), ok && isText
	}
	return out, ok
}

func namesOf(v any) (map[string]string, bool) {
	if s, ok := v.(string); ok {
		return map[string]string{"": s}, true
	}
	table, ok := v.(map[string]any)
	out := map[string]string{}
	for language, e := range table {
		s, isText := e.(string)
		out[language], ok = s, ok && isText
	}
	return out, ok
}
