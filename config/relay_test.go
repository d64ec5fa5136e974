package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings/config"
)

func TestRelaysAreReadWithTheirDefaults(t *testing.T) {
	t.Parallel()
	c := parse(t, least+`
[[relay]]
host = "relay2.example.org"

[[relay]]
host = "localhost"
port = 2525
security = "none"
user = "u"
password = "p"
connections = 8
weight = 0
hello = "news.example.org"
`)
	want := []config.Relay{
		{Host: "relay2.example.org", Port: 587, Security: "starttls", Connections: 2, Weight: 1},
		{Host: "localhost", Port: 2525, Security: "none", User: "u", Password: "p", Connections: 8, Hello: "news.example.org"},
	}
	if diff := cmp.Diff(want, c.Relays); diff != "" {
		t.Error(diff)
	}
}

func TestRelaysTellOfEveryProblemWithItsLine(t *testing.T) {
	t.Parallel()
	_, err := config.Parse([]byte(least+`[smtp]
weight = 0
[[relay]]
hots = "relay2.example.org"
weight = 0
[[relay]]
host = "relay3.example.org"
security = "none"
password_file = "nowhere"
connections = "4"
weight = 0
[[relay]]
host = "LOCALHOST"
port = 587
password = "hunter2"
weight = 0
`), "tidings.toml", nil)
	if err == nil {
		t.Fatal("no problem")
	}
	got := strings.Split(err.Error(), "\n")
	for i, want := range []string{
		"tidings.toml:8: smtp.weight: is 0, as that of every other relay", "tidings.toml:9: relay.1.host: must be the name",
		"tidings.toml:10: relay.1.hots: is unknown: did you mean host?", `tidings.toml:14: relay.2.security: "none" would send`,
		"tidings.toml:15: relay.2.password_file: cannot be read", "tidings.toml:16: relay.2.connections: must be a whole number",
		"tidings.toml:18: relay.3.user: is missing",
		"tidings.toml:19: relay.3.host: localhost:587 stands here a second time",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%d: want %s in\n%s", i, want, err)
		}
	}
	if len(got) != 8 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%d problems:\n%s", len(got), err)
	}
}

func TestEachRelaysPasswordCanComeFromTheEnvironment(t *testing.T) {
	t.Parallel()
	text := []byte(least + `
[[relay]]
host = "relay2.example.org"
user = "u"

[[relay]]
host = "relay3.example.org"
user = "v"
password = "of the file"

[bounce]
domain = "bounce.example.org"

[[bounce.webhook]]
kind = "postmark"
`)
	variables := []string{
		"TIDINGS_RELAY_1_PASSWORD=hunter2", "TIDINGS_RELAY_2_PASSWORD=hunter3", "TIDINGS_RELAY_2_CONNECTIONS=5",
		"TIDINGS_BOUNCE_WEBHOOK_1_SECRET=0123456789abcdef", "TIDINGS_RELAYS=not ours",
	}
	c, err := config.Parse(text, "tidings.toml", variables)
	if err != nil {
		t.Fatal(err)
	}
	if one, two := c.Relays[0], c.Relays[1]; one.Password != "hunter2" || two.Password != "hunter3" || two.Connections != 5 {
		t.Errorf("the relays: %+v, %+v", one, two)
	}
	if got := c.Bounce.Webhooks[0].Secret; got != "0123456789abcdef" {
		t.Errorf("the webhook's secret: %q", got)
	}

	_, err = config.Parse(text, "tidings.toml", append(variables[1:], "TIDINGS_RELAY_3_PASSWORD=hunter4", "TIDINGS_RELAY_PASSWORD=hunter5",
		"TIDINGS_RELAY_2_WEIGHT=much"))
	for _, want := range []string{
		"relay.1.password: is missing, but there is a user: write relay.1.password_file, relay.1.password or TIDINGS_RELAY_1_PASSWORD",
		"environment: TIDINGS_RELAY_2_WEIGHT: must be a whole number",
		"environment: TIDINGS_RELAY_3_PASSWORD: is for table 3 of [[relay]]: the file has 2 of them",
		"environment: TIDINGS_RELAY_PASSWORD: lacks the number",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s in\n%v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "hunter") {
		t.Errorf("a secret is told: %v", err)
	}
}

func TestAMisspeltNumberedVariableIsToldWhatThereIs(t *testing.T) {
	t.Parallel()
	none := least + "\n[bounce]\ndomain = \"bounce.example.org\"\n"
	one := none + "[[relay]]\nhost = \"relay2.example.org\"\n[[bounce.webhook]]\nkind = \"postmark\"\nsecret = \"0123456789abcdef\"\n"
	for variable, want := range map[string]struct{ none, one string }{
		"TIDINGS_RELAY_1_PASWORD": {
			"is for table 1 of [[relay]]: the file has none; [smtp] has TIDINGS_SMTP_…",
			"is no key of a table [[relay]]: did you mean PASSWORD? Behind TIDINGS_RELAY_1_ comes one of " +
				"HOST, PORT, SECURITY, USER, PASSWORD, PASSWORD_FILE, CONNECTIONS, WEIGHT, HELLO",
		},
		"TIDINGS_RELAY_9_PASSWORD": {
			"is for table 9 of [[relay]]: the file has none; [smtp] has TIDINGS_SMTP_PASSWORD",
			"is for table 9 of [[relay]]: the file has 1 of them, so there is TIDINGS_RELAY_1_PASSWORD; [smtp] has TIDINGS_SMTP_PASSWORD",
		},
		"TIDINGS_RELAY_0_PASSWORD": {"is for table 0 of [[relay]]", "is for table 0 of [[relay]]"},
		"TIDINGS_RELAY_01_USER":    {"is for table 01 of [[relay]]", "is for table 01 of [[relay]]"},
		"TIDINGS_RELAY_1":          {"is for table 1", "is no key of a table [[relay]]. Behind TIDINGS_RELAY_1_ comes"},
		"TIDINGS_RELEY_1_PASSWORD": {"is nothing that is read: did you mean TIDINGS_RELAY_1_PASSWORD?", "did you mean TIDINGS_RELAY_1_"},
		"TIDINGS_WEBHOOK_1_SECRET": {"did you mean TIDINGS_BOUNCE_WEBHOOK_1_SECRET?", "did you mean TIDINGS_BOUNCE_WEBHOOK_1_SECRET?"},
		"TIDINGS_BOUNCE_WEBHOOK_2_SECRET": {
			"is for table 2 of [[bounce.webhook]]: the file has none",
			"is for table 2 of [[bounce.webhook]]: the file has 1 of them, so there is TIDINGS_BOUNCE_WEBHOOK_1_SECRET",
		},
		"TIDINGS_BOUNCE_WEBHOOK_1_SECERT": {"is for table 1", "did you mean SECRET? Behind TIDINGS_BOUNCE_WEBHOOK_1_ comes one of KIND, SECRET, TOPIC"},
	} {
		for text, said := range map[string]string{none: want.none, one: want.one} {
			_, err := config.Parse([]byte(text), "tidings.toml", []string{variable + "=hunter2"})
			if err == nil || !strings.HasPrefix(err.Error(), "environment: "+variable+": ") || !strings.Contains(err.Error(), said) ||
				strings.Contains(err.Error(), "hunter2") {
				t.Errorf("want %s: %s, not\n%v", variable, said, err)
			}
		}
	}
}

func TestVariablesThatKubernetesSetsForAServiceAreNotOurs(t *testing.T) {
	t.Parallel()
	variables := []string{
		"TIDINGS_RELAY_SERVICE_HOST=192.0.2.7", "TIDINGS_RELAY_SERVICE_PORT=25", "TIDINGS_RELAY_SERVICE_PORT_SMTP=25",
		"TIDINGS_RELAY_PORT=tcp://192.0.2.7:25", "TIDINGS_RELAY_PORT_25_TCP=tcp://192.0.2.7:25", "TIDINGS_RELAY_PORT_25_TCP_ADDR=192.0.2.7",
		"TIDINGS_RELAYS_1_SERVICE_HOST=192.0.2.7", "TIDINGS_RELAYS_1_PORT=tcp://192.0.2.7:25", "TIDINGS_RELAYS_1_PORT_25_TCP_PROTO=tcp",
	}
	for _, text := range []string{least, least + "\n[[relay]]\nhost = \"relay2.example.org\"\n"} {
		if _, err := config.Parse([]byte(text), "tidings.toml", variables); err != nil {
			t.Error(err)
		}
	}
}
