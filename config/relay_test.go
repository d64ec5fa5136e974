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
		"environment: TIDINGS_RELAY_3_PASSWORD: is no key of a table [[relay]]: they are counted from 1, as TIDINGS_RELAY_1_…, and there are 2",
		"environment: TIDINGS_RELAY_PASSWORD: is no key",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s in\n%v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "hunter") {
		t.Errorf("a secret is told: %v", err)
	}
}

func TestVariablesThatKubernetesSetsForAServiceAreNotOurs(t *testing.T) {
	t.Parallel()
	variables := []string{
		"TIDINGS_RELAY_SERVICE_HOST=192.0.2.7", "TIDINGS_RELAY_SERVICE_PORT=25", "TIDINGS_RELAY_SERVICE_PORT_SMTP=25",
		"TIDINGS_RELAY_PORT=tcp://192.0.2.7:25", "TIDINGS_RELAY_PORT_25_TCP=tcp://192.0.2.7:25", "TIDINGS_RELAY_PORT_25_TCP_ADDR=192.0.2.7",
	}
	for _, text := range []string{least, least + "\n[[relay]]\nhost = \"relay2.example.org\"\n"} {
		if _, err := config.Parse([]byte(text), "tidings.toml", variables); err != nil {
			t.Error(err)
		}
	}
}
