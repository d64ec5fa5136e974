package config_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings/config"
)

func TestJoiningIsOpenAndKeepsNothingLongerThanItMustUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	c := parse(t, least)
	if diff := cmp.Diff(config.Default().Subscribe, c.Subscribe); diff != "" || !c.Subscribe.Open || c.Subscribe.LettersPerHour != 1000 {
		t.Errorf("%+v", c.Subscribe)
	}
	if c.Retention != (config.Retention{UnconfirmedDays: 7, LeftDays: 0, DetailsDays: 90}) {
		t.Errorf("%+v", c.Retention)
	}
	c = parse(t, least+`[subscribe]
open = false
letters_per_hour = 50
proof_of_work = 18
embed_origins = ["HTTPS://WWW.example.org:443", "http://localhost:3000", "http://a.example.org:80", "http://b.example.org:443"]
[retention]
unconfirmed_days = 2
left_days = 365
details_days = 30
`)
	want := config.Subscribe{LettersPerHour: 50, ProofOfWork: 18, EmbedOrigins: []string{
		"https://www.example.org", "http://localhost:3000", "http://a.example.org", "http://b.example.org:443",
	}}
	if diff := cmp.Diff(want, c.Subscribe); diff != "" {
		t.Error(diff)
	}
	if c.Retention != (config.Retention{UnconfirmedDays: 2, LeftDays: 365, DetailsDays: 30}) {
		t.Errorf("%+v", c.Retention)
	}
}

func TestOpenCanBeClosedFromTheEnvironment(t *testing.T) {
	t.Parallel()
	if c := parse(t, least, "TIDINGS_SUBSCRIBE_OPEN= false "); c.Subscribe.Open {
		t.Error("it is open")
	}
	if _, err := config.Parse([]byte(least), "t.toml", []string{"TIDINGS_SUBSCRIBE_OPEN=no"}); err == nil ||
		!strings.Contains(err.Error(), "TIDINGS_SUBSCRIBE_OPEN: must be true or false") {
		t.Error(err)
	}
	open, closed := parse(t, least), parse(t, least+"[subscribe]\nopen = false\n")
	if open.Fingerprint() == closed.Fingerprint() {
		t.Error("pages look the same, whether they offer to join or not")
	}
}

func TestProxiesAreNetworks(t *testing.T) {
	t.Parallel()
	if got := parse(t, least).Server.Proxies(); len(got) != 2 || !got[0].Contains(netip.MustParseAddr("127.0.0.1")) || !got[1].Contains(netip.IPv6Loopback()) {
		t.Errorf("by default: %v", got)
	}
	c := parse(t, least+"[server]\ntrusted_proxies = [\"10.1.2.3/8\", \"192.0.2.7\", \"2001:db8::/32\"]\n")
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::/32")}
	if got := c.Server.Proxies(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := parse(t, least+"[server]\ntrusted_proxies = []\n").Server.Proxies(); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
}

func TestFaultsOfJoiningAreCaught(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[server]\ntrusted_proxies = [\"proxy\"]":                                 `server.trusted_proxies: "proxy" is no network`,
		"[server]\ntrusted_proxies = [\"fe80::1%eth0\"]":                          `is no network`,
		"[server]\ntrusted_proxies = \"127.0.0.1\"":                               `must be a list of texts`,
		"[subscribe]\nopen = \"yes\"":                                             "subscribe.open: must be true or false, without quotes",
		"[subscribe]\nletters_per_hour = 0":                                       "subscribe.letters_per_hour: must be between 1 and",
		"[subscribe]\nproof_of_work = 40":                                         "subscribe.proof_of_work: must be between 0 and 24",
		"[subscribe]\nembed_origins = [\"https://example.org/\"]":                 "subscribe.embed_origins: \"https://example.org/\" is no site",
		"[subscribe]\nembed_origins = [\"*\"]":                                    "is no site",
		"[subscribe]\nembed_origins = [\"https://a.org/:443\"]":                   "is no site",
		"[subscribe]\nembed_origins = [\"https://a.org:\"]":                       "is no site",
		"[subscribe]\nembed_origins = [\"https://a.org\", \"https://A.org:443\"]": "twice",
		"[retention]\nunconfirmed_days = 1":                                       "retention.unconfirmed_days: must be between 2 and",
		"[retention]\nleft_days = -1":                                             "retention.left_days: must be between 0 and",
		"[retention]\ndetails_days = 0":                                           "retention.details_days: must be between 1 and",
		"[retention]\ndays = 7":                                                   "retention.days: is unknown",
	} {
		if _, err := config.Parse([]byte(least+text+"\n"), "t.toml", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
