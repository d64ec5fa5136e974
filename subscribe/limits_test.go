package subscribe_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

// joins signs up from the i-th network.
func (d *desk) joins(t *testing.T, i int, address string) tidings.Admission {
	t.Helper()
	w := form(address)
	w.From = netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::1", i))
	a, err := d.SignUp(t.Context(), w, d.now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTheLimitOfTheSiteTellsNobodyWhoGetsALetter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	d.suppress(t, "min@example.org")
	for _, address := range []string{"min@example.org", "malformed", "new@example.org"} {
		d.pass(2 * time.Hour)
		d.LettersPerHour = 2
		for i, want := range []tidings.Admission{tidings.Admitted, tidings.Admitted, tidings.SiteBusy} {
			if a := d.joins(t, i, address); a != want {
				t.Errorf("%s, time %d: %q, want %q", address, i+1, a, want)
			}
		}
	}
}

func TestSignUpsByStrangersKeepNobodyFromTheirOwnLink(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	for i := range 3 {
		d.joins(t, i, "min@example.org")
		d.pass(time.Hour)
	}
	if n := len(d.letters(t)); n != subscribe.AddressDay {
		t.Fatalf("%d letters", n)
	}
	if a, err := d.SendLink(t.Context(), "min@example.org", "", netip.MustParseAddr("203.0.113.7"), d.now); err != nil || a != tidings.Admitted {
		t.Fatal(a, err)
	}
	if l := d.newest(t); l.kind != "link" {
		t.Errorf("the newest letter is %+v", l)
	}
}

func TestWhoeverIsOnTheirOwnPageHasNothingToDoWithTheLimitOfTheSite(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	d.token(t)
	mails, err := d.db.Deliveries(t.Context(), d.stored(t).ID, 1)
	if err != nil || len(mails) != 1 {
		t.Fatal(len(mails), err)
	}
	token := d.own(t)
	d.pass(2 * time.Hour)
	d.LettersPerHour = 1
	ask := func() {
		t.Helper()
		for name, err := range map[string]error{
			"link":  d.SendLinkByToken(t.Context(), token, d.now),
			"move":  d.Move(t.Context(), token, "new@example.org", d.now),
			"erase": d.AskErase(t.Context(), token, d.now),
			"copy":  d.MailAgain(t.Context(), token, mails[0].ID, d.now),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	ask()
	if a := d.joins(t, 1, "a@example.org"); a != tidings.Admitted {
		t.Errorf("they counted: %q", a)
	}
	if a := d.joins(t, 2, "b@example.org"); a != tidings.SiteBusy {
		t.Errorf("a visitor beyond the limit: %q", a)
	}
	d.pass(time.Hour - time.Second)
	if a := d.joins(t, 3, "c@example.org"); a != tidings.SiteBusy {
		t.Errorf("a visitor within the hour: %q", a)
	}
	d.pass(time.Second)
	d.joins(t, 4, "d@example.org")
	ask()
}

func TestAMailboxIsCountedOnceHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spellings []string
		want      int
	}{
		"tags and case":         {[]string{"kim@example.org", "kim+a@example.org", "KIM+b+c@Example.org"}, 1},
		"dots at Gmail":         {[]string{"kim.lee@gmail.com", "kimlee@googlemail.com", "K.I.M.lee+x@GMail.com"}, 1},
		"dots elsewhere":        {[]string{"kim.lee@example.org", "kimlee@example.org"}, 2},
		"nothing before a plus": {[]string{"+a@example.org", "+b@example.org"}, 2},
		"other domains":         {[]string{"kim@example.org", "kim@example.net"}, 2},
	} {
		d := newDesk(t)
		for i, address := range c.spellings {
			if a := d.joins(t, i, address); a != tidings.Admitted {
				t.Errorf("%s: %s: %q", name, address, a)
			}
		}
		got := d.letters(t)
		if len(got) != c.want || got[0].address != c.spellings[0] {
			t.Errorf("%s: %d letters, want %d: %+v", name, len(got), c.want, got)
		}
	}
}

func TestRequestsAtTheSameTimeAreCountedLikeThoseOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		form func(i int) tidings.SignUpForm
		want int
	}{
		"one network": {func(i int) tidings.SignUpForm { return form(fmt.Sprintf("reader%d@example.org", i)) }, subscribe.NetworkHour},
		"one address": {func(i int) tidings.SignUpForm {
			w := form("kim@example.org")
			w.From = netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::1", i))
			return w
		}, subscribe.AddressHour},
	} {
		d := newDesk(t)
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() { // whoever came last may have the writer first
				if _, err := d.SignUp(t.Context(), c.form(i), d.now.Add(time.Duration(i)*time.Millisecond)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		all.Wait()
		if n := len(d.letters(t)); n != c.want {
			t.Errorf("%s: %d letters, want %d", name, n, c.want)
		}
	}
}
