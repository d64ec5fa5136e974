package doctor

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
)

// TestEveryRelayIsLookedAtByItsName has one that is well, one without TLS, one that is on this machine and one that is gone.
func TestEveryRelayIsLookedAtByItsName(t *testing.T) {
	t.Parallel()
	config, pool, end := secured(t)
	boxes := map[string]*mailbox.Box{}
	for name, options := range map[string]mailbox.Options{"example.com:587": {TLS: config}, "relay2.agency.org:25": {}} {
		box, err := mailbox.Listen("127.0.0.1:0", options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = box.Close() })
		boxes[name] = box
	}
	d := &Doctor{
		RootCAs: pool,
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if box := boxes[addr]; box != nil {
				return (&net.Dialer{}).DialContext(ctx, network, box.Addr())
			}
			return nil, errors.New("refused")
		},
		Resolver: table{
			"bounce.agency.org TXT": {"v=spf1 ip4:198.18.0.7 -all"}, "example.com A": {"198.18.0.7"}, "relay2.agency.org A": {"198.18.0.8"},
			"198.18.0.7 PTR": {"example.com"}, "gone.agency.org A": {"timeout"},
		},
		Web: refusingWeb{},
	}
	f := siteAt(t, "https://news.example.org")
	f.Relays = []Relay{
		{Section: "smtp", Host: "example.com", Port: 587, Security: "starttls"},
		{Section: "relay.1", Host: "relay2.agency.org", Port: 25, Security: "starttls"},
		{Section: "relay.2", Host: "localhost", Port: 25, Security: "none"},
		{Section: "relay.3", Host: "gone.agency.org", Port: 465, Security: "tls"},
		{Section: "relay.4", Host: "GONE.agency.org", Port: 587, Security: "starttls"},
	}
	findings := d.OutsideChecks(t.Context(), f, end.Add(-100*24*time.Hour))
	relays := only(findings, CheckRelay)
	expect(t, "relays", relays, "ok example.com:587: TLS 1.3", "hard relay2.agency.org:25: it does not offer STARTTLS",
		"note localhost:25 is on this machine", "unsure gone.agency.org:465: refused", "unsure GONE.agency.org:587: refused")
	if !strings.Contains(relays[1].Mend, "relay.1.security") {
		t.Errorf("how to mend the second: %s", relays[1].Mend)
	}
	expect(t, "PTR", only(findings, CheckPTR), "ok 198.18.0.7 is example.com", "warn 198.18.0.8 has no name",
		"note localhost is no public address", "unsure gone.agency.org could not be asked for")
	spf, _ := d.spf(t.Context(), f)
	expect(t, "SPF", spf, "ok bounce.agency.org", "ok 198.18.0.7, the address of example.com, passes",
		"warn 198.18.0.8, the address of relay2.agency.org, does not pass", "note localhost is no public address",
		"unsure gone.agency.org could not be asked for")
}

func only(findings []Finding, check string) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.Check != check })
}

// refusingWeb is a network that lets nobody out.
type refusingWeb struct{}

func (refusingWeb) Do(*http.Request) (*http.Response, error) { return nil, errors.New("no route") }

func TestEveryCheckSaysWhatItSawOrWhyItDidNotLook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	dial := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
	for name, base := range map[string]string{
		"an example": "https://news.example.org", "no TLS": "http://news.agency.org", "not reached": "https://news.agency.org",
	} {
		f := facts()
		f.Base, f.OneClick, f.Free = must(url.Parse(base))(t), base+"/u/TOKEN", -1
		d := &Doctor{Resolver: table{}, Dial: dial, Web: refusingWeb{}}
		findings := slices.Concat(d.MailChecks(t.Context(), f), d.OutsideChecks(t.Context(), f, now), LocalChecks(f, now))
		checkEvery(t, name, findings)
		checkEvery(t, "offline", append(Unasked("nobody is asked"), LocalChecks(f, now)...))
	}
}

func checkEvery(t *testing.T, name string, findings []Finding) {
	t.Helper()
	for _, check := range Checks() {
		if len(only(findings, check)) == 0 {
			t.Errorf("%s: nothing is said of %s", name, check)
		}
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
