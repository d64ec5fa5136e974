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
