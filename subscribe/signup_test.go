package subscribe_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

// changed is what there is more of than before.
func changed(before, after map[string]int) map[string]int {
	more := map[string]int{}
	for table, n := range after {
		if n != before[table] {
			more[table] = n - before[table]
		}
	}
	return more
}

func TestTheAnswerAndTheRowsOfASignUpTellNobodysSecret(t *testing.T) {
	t.Parallel()
	letter := map[string]int{"requests": 1, "signups": 1, "tickets": 1, "letters": 1}
	counted := map[string]int{"requests": 1}
	for address, want := range map[string]map[string]int{
		"known@example.org":              letter,
		"unknown@example.org":            letter,
		"left@example.org":               letter,
		"suppressed@example.org":         counted,
		"SUPPRESSED@Example.org":         counted,
		"erased@example.org":             counted, // and suppressed
		"":                               counted,
		"malformed":                      counted,
		"a@b":                            counted,
		"x@example.org\r\nBcc: y@z.org":  counted,
		strings.Repeat("a", 9000) + "@b": counted,
	} {
		t.Run(fmt.Sprintf("%.30q", address), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			for _, known := range []string{"known", "left", "suppressed", "erased"} {
				j := join()
				j.Address = known + "@example.org"
				if _, err := d.Add(t.Context(), j, d.now, "test"); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Leave(t.Context(), "left@example.org", d.now, "test"); err != nil {
				t.Fatal(err)
			}
			d.suppress(t, "suppressed@example.org")
			d.suppress(t, "erased@example.org")
			if err := d.Remove(t.Context(), "erased@example.org", d.now, "test"); err != nil {
				t.Fatal(err)
			}
			before := d.rows(t)
			a, err := d.SignUp(t.Context(), form(address), d.now)
			if a != tidings.Admitted || err != nil {
				t.Errorf("the answer is %q, %v", a, err)
			}
			if diff := cmp.Diff(want, changed(before, d.rows(t))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if d.of(t, "known@example.org").Language != "ko" {
				t.Error("somebody was touched before they confirmed")
			}
		})
	}
}

func (d *desk) of(t *testing.T, address string) tidings.Subscriber {
	t.Helper()
	sub, err := d.db.Subscriber(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func TestALostLinkGoesToWhomItBelongsAndTellsNobodyElse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t) // Min@example.org, who reads Korean
	for _, address := range []string{"min@EXAMPLE.org", "lee@example.org", "malformed", ""} {
		from := netip.MustParseAddr("203.0.113.7")
		if a, err := d.SendLink(t.Context(), address, "en", from, d.now); a != tidings.Admitted || err != nil {
			t.Errorf("%q: %q, %v", address, a, err)
		}
	}
	if n := d.rows(t)["requests"]; n != 4 {
		t.Errorf("%d requests were counted, want 4", n)
	}
	all := d.letters(t)
	if len(all) != 1 || all[0].kind != "link" || all[0].address != "Min@example.org" || all[0].language != "en" {
		t.Fatalf("%+v, want one link to the address as it is stored", all)
	}
	ticket, err := d.db.Ticket(t.Context(), tidings.TicketHash(all[0].token), tidings.PurposeManage)
	if err != nil || ticket.Subscriber != d.stored(t).ID || !ticket.Expires.Equal(d.now.Add(subscribe.LinkLife)) {
		t.Errorf("%+v, %v", ticket, err)
	}
	d.pass(2 * time.Hour)
	if _, err := d.SendLink(t.Context(), "min@example.org", "", netip.Addr{}, d.now); err != nil || d.newest(t).language != "ko" {
		t.Errorf("in no language: %q, %v", d.newest(t).language, err)
	}
	d.suppress(t, "min@example.org")
	d.pass(2 * time.Hour)
	if a, err := d.SendLink(t.Context(), "min@example.org", "", netip.Addr{}, d.now); a != tidings.Admitted || err != nil || len(d.letters(t)) != 2 {
		t.Errorf("suppressed: %q, %v, %d letters", a, err, len(d.letters(t)))
	}
}

func TestASignUpSaysWhatToMendInItsChoices(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, spoil := range map[string]func(*tidings.SignUpForm){
		"no choice":     func(w *tidings.SignUpForm) { w.Choices = nil },
		"cadence":       func(w *tidings.SignUpForm) { w.Choices[0].Cadence = "hourly" },
		"unknown topic": func(w *tidings.SignUpForm) { w.Choices[0].Filter = "topic:enrgy" },
		"ended topic":   func(w *tidings.SignUpForm) { w.Choices[0].Filter = "topic:fisheries" },
		"filter":        func(w *tidings.SignUpForm) { w.Choices[0].Filter = "(a" },
		"zone":          func(w *tidings.SignUpForm) { w.Choices[0].Zone = "Mars" },
		"hour":          func(w *tidings.SignUpForm) { w.Choices[0].Hour = 24 },
		"language":      func(w *tidings.SignUpForm) { w.Language = "fr" },
	} {
		w := form("kim@example.org")
		spoil(&w)
		a, err := d.SignUp(t.Context(), w, d.now)
		if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || a != "" {
			t.Errorf("%s: %q, %v", name, a, err)
		}
	}
	if diff := cmp.Diff(map[string]int{}, changed(nil, d.rows(t))); diff != "" {
		t.Errorf("something was written:\n%s", diff)
	}
}

func TestLettersStayWithinLimitsWhoeverAsksForThem(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ask := func(address, from string) tidings.Admission {
		w := form(address)
		w.From = netip.MustParseAddr(from)
		a, err := d.SignUp(t.Context(), w, d.now)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	flood, insist := 10_000, 1000
	if testing.Short() { // under the race detector: see Makefile
		flood, insist = 1000, 200
	}
	// Within an hour, from all of a /24.
	for i := range flood {
		a := ask(fmt.Sprintf("victim%d@example.org", i), fmt.Sprintf("203.0.113.%d", i%256))
		if want := i < subscribe.BlockHour; (a == tidings.Admitted) != want {
			t.Fatalf("request %d: %q", i, a)
		}
		d.pass(50 * time.Minute / time.Duration(flood))
	}
	if n := len(d.letters(t)); n != subscribe.BlockHour {
		t.Errorf("%d letters to %d addresses, want %d", n, flood, subscribe.BlockHour)
	}
	if n := d.rows(t)["requests"]; n != subscribe.BlockHour {
		t.Errorf("%d rows: what is refused leaves none", n)
	}
	if a := ask("visitor@example.com", "198.51.100.1"); a != tidings.Admitted || d.newest(t).address != "visitor@example.com" {
		t.Errorf("another network: %q", a)
	}
	// For one address in a day, each from elsewhere.
	before := len(d.letters(t))
	for i := range insist {
		if a := ask("Target@example.org", fmt.Sprintf("2001:db8:%x::1", i)); a != tidings.Admitted {
			t.Fatalf("request %d: %q", i, a)
		}
		d.pass(24 * time.Hour / time.Duration(insist))
	}
	if n := len(d.letters(t)) - before; n != subscribe.AddressDay {
		t.Errorf("%d letters to one address in a day, want %d", n, subscribe.AddressDay)
	}
	if a := ask("other@example.org", "2001:db8:ffff::1"); a != tidings.Admitted || d.newest(t).address != "other@example.org" {
		t.Errorf("another address: %q", a)
	}
	d.pass(time.Hour)
	if a := ask("late@example.org", "203.0.113.9"); a != tidings.Admitted {
		t.Errorf("an hour later: %q", a)
	}
}

func TestANetworkIsWhatOneVisitorHas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ many, other string }{
		"IPv4":              {"203.0.113.7", "203.0.113.8"},
		"IPv4 within IPv6":  {"::ffff:203.0.113.7", "203.0.113.8"},
		"IPv6 of one /64":   {"2001:db8:0:1::%x", "2001:db8:0:2::1"},
		"IPv6 with a zone":  {"fe80::1%%eth%x", "2001:db8:0:2::1"},
		"blocks of one /24": {"203.0.113.7", "203.0.114.7"},
	} {
		d := newDesk(t)
		ask := func(i int, from string) tidings.Admission {
			w := form(fmt.Sprintf("a%d@example.org", i))
			w.From = netip.MustParseAddr(from)
			a, err := d.SignUp(t.Context(), w, d.now)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		for i := range subscribe.NetworkHour + 1 {
			from := c.many
			if strings.Contains(from, "%x") {
				from = fmt.Sprintf(from, i)
			}
			if a := ask(i, from); (a == tidings.Admitted) != (i < subscribe.NetworkHour) {
				t.Errorf("%s: %d of one network: %q", name, i, a)
			}
		}
		if a := ask(99, c.other); a != tidings.Admitted {
			t.Errorf("%s: another one: %q", name, a)
		}
	}
	d := newDesk(t)
	for i := range 100 {
		w := form(fmt.Sprintf("a%d@example.org", i))
		w.From = netip.Addr{}
		if a, err := d.SignUp(t.Context(), w, d.now); a != tidings.Admitted || err != nil {
			t.Fatalf("from who knows where: %q, %v", a, err)
		}
	}
}

func TestTheWholeSiteHasALimitThatOutlivesARestart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.LettersPerHour = 20
	ask := func(i int, address string) tidings.Admission {
		w := form(address)
		w.From = netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::1", i))
		a, err := d.SignUp(t.Context(), w, d.now)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for i := range 20 {
		if a := ask(i, fmt.Sprintf("a%d@example.org", i)); a != tidings.Admitted {
			t.Fatalf("%d: %q", i, a)
		}
	}
	for _, address := range []string{"one@example.org", "a1@example.org", "malformed"} {
		if a := ask(99, address); a != tidings.SiteBusy {
			t.Errorf("%q: %q, want the same for all", address, a)
		}
	}
	d.pass(time.Hour)
	if a := ask(100, "one@example.org"); a != tidings.Admitted {
		t.Errorf("an hour later: %q", a)
	}
}

func TestAClockThatWasWrongLocksNobodyOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	right := d.now
	d.now = right.AddDate(1, 0, 0)
	for range subscribe.NetworkHour {
		if _, err := d.SignUp(t.Context(), form("kim@example.org"), d.now); err != nil {
			t.Fatal(err)
		}
	}
	d.now = right
	d.signUp(t, form("kim@example.org"))
}
