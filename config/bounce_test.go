package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings/config"
)

func TestBouncesHaveADomainListenersAndWebhooks(t *testing.T) {
	t.Parallel()
	c, err := config.Parse([]byte(least+`
[bounce]
domain = "Bounce.example.org"
listen_lmtp = "127.0.0.1:2424"
[[bounce.webhook]]
kind = "postmark"
secret = "0123456789abcdef"
[[bounce.webhook]]
kind = "ses"
topic = "arn:aws:sns:eu-west-1:123456789012:bounces"
`), "t.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Bounce{Domain: "bounce.example.org", ListenLMTP: "127.0.0.1:2424", IMAP: config.Default().Bounce.IMAP, Webhooks: []config.Webhook{
		{Kind: "postmark", Secret: "0123456789abcdef"}, {Kind: "ses", Topic: "arn:aws:sns:eu-west-1:123456789012:bounces"},
	}}
	if diff := cmp.Diff(want, c.Bounce); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestEachFaultOfBouncesIsCaught(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[bounce]\ndomain = \"a b\"":                                                                "t.toml:8: bounce.domain: ",
		"[bounce]\ndomain = \"192.0.2.1\"":                                                          "t.toml:8: bounce.domain: ",
		"[bounce]\nlisten_smtp = \":25\"":                                                           "t.toml:8: bounce.listen_smtp: needs bounce.domain",
		"[bounce]\ndomain = \"b.example.org\"\nlisten_smtp = \"25\"":                                "t.toml:9: bounce.listen_smtp: must be host:port",
		"[bounce.imap]\nhost = \"imap.example.org\"\nuser = \"u\"\npassword = \"short\"":            "t.toml:8: bounce.imap.host: needs bounce.domain",
		"[bounce]\ndomain = \"b.example.org\"\nimap.host = \"imap.example.org\"":                    "bounce.imap.user: is missing",
		"[bounce]\ndomain = \"b.example.org\"\nimap.host = \"imap.example.org\"\nimap.user = \"u\"": "bounce.imap.password: is missing",
		"[bounce.imap]\nsecurity = \"ssl\"":                                                         "t.toml:8: bounce.imap.security: must be one of",
		"[bounce.imap]\nminutes = 0":                                                                "t.toml:8: bounce.imap.minutes: must be between",
		"[bounce.imap]\npassword_file = \"nowhere\"":                                                "t.toml:8: bounce.imap.password_file: cannot be read",
		"[bounce]\ndomain = \"b.example.org\"\nimap = { host = \"imap.example.org\", security = \"none\", user = \"u\", password = \"p\" }": "bounce.imap.security: \"none\" would send",
		"[bounce]\nfeedback = \"fbl\"\nlisten_smtp = \":25\"":                                                                               "t.toml:8: bounce.feedback: must be an address",
		"[bounce]\nfeedback = \"F <f@b.example.org>\"\nlisten_smtp = \":25\"":                                                               "t.toml:8: bounce.feedback: must be an address without a name",
		"unsubscribe_mailto = \"l@b.example.org\"\n[bounce]\nfeedback = \"L@b.example.org\"\nlisten_smtp = \":25\"":                         "t.toml:9: bounce.feedback: is mail.unsubscribe_mailto",
		"[bounce]\nfeedback = \"f@b.example.org\"":                                                                                          "t.toml:8: bounce.feedback: needs bounce.listen_smtp or",
		"[bounce]\ncert_file = \"c.pem\"":                                                                                                   "t.toml:8: bounce.cert_file: stands here without bounce.key_file",
		"[bounce]\nkey_file = \"k.pem\"":                                                                                                    "t.toml:8: bounce.key_file: stands here without bounce.cert_file",
		"[bounce]\ncert_file = \"c.pem\"\nkey_file = \"k.pem\"":                                                                             "t.toml:8: bounce.cert_file: needs bounce.listen_smtp",
		"[bounce]\ndomain = \"b.example.org\"\nlisten_smtp = \":25\"\ncert_file = \"nowhere\"\nkey_file = \"k\"":                            "t.toml:10: bounce.cert_file: cannot be read with its key: open nowhere: ",
		"[bounce]\nwebhook = 7":                                                              "t.toml:8: bounce.webhook: must be tables",
		"[[bounce.webhook]]\nkind = \"smoke\"":                                               "t.toml:8: bounce.webhook.1.kind: must be one of generic, mailgun, postmark, ses",
		"[[bounce.webhook]]\nkind = \"generic\"\nsecret = \"short\"":                         "t.toml:9: bounce.webhook.1.secret: must have 16",
		"[[bounce.webhook]]\nkind = \"ses\"\ntopic = \"x\"":                                  "t.toml:9: bounce.webhook.1.topic: must be the ARN",
		"[[bounce.webhook]]\nkind = \"ses\"\ntopik = \"arn:aws:sns:x:y\"":                    "t.toml:9: bounce.webhook.1.topik: is unknown: did you mean topic?",
		"[bounce]\ndomain = \"b.example.org\"\nlisten_smtp = \":25\"\nlisten_lmtp = \":25\"": "t.toml:10: bounce.listen_lmtp: is where",
		"[bounce]\ndomain = \"b.example.org\"\nlisten_smtp = \"127.0.0.1:8080\"":             "t.toml:9: bounce.listen_smtp: is where the web server",
	} {
		_, err := config.Parse([]byte(least+text+"\n"), "t.toml", nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "short") {
			t.Errorf("%s\n%v\nwant %s", text, err, want)
		}
	}
}
