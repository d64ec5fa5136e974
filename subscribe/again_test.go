package subscribe_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestTheNewestChoiceStandsBehindTheLinkThatIsOutAlready(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.signUp(t, form("min@example.org"))
	d.pass(time.Minute)
	d.publish(t, "solar")
	d.pass(time.Minute)
	again := tidings.SignUpForm{
		Address: "MIN@example.org", Language: "en", Form: "embed", Wording: "w2", From: netip.MustParseAddr("198.51.100.9"),
		Choices: []tidings.Choice{{Cadence: tidings.Weekly, Filter: "topic:trade", Hour: 8}},
	}
	if a, err := d.SignUp(t.Context(), again, d.now); err != nil || a != tidings.Admitted {
		t.Fatal(a, err)
	}
	if n := d.rows(t); n["letters"] != 1 || n["signups"] != 1 || n["tickets"] != 1 {
		t.Errorf("%v", n)
	}
	c, err := d.Confirming(t.Context(), token, d.now)
	if err != nil || len(c.SignUp.Subscriptions) != 1 || c.SignUp.Language != "en" {
		t.Fatalf("%+v, %v", c, err)
	}
	if one := c.SignUp.Subscriptions[0]; one.Cadence != tidings.Weekly || one.Filter.String() != "topic:trade" || one.Hour != 8 {
		t.Errorf("the page shows %+v", one)
	}
	d.confirm(t, token)
	sub := d.stored(t)
	if len(sub.Subscriptions) != 1 || sub.Subscriptions[0].Cadence != tidings.Weekly || sub.Subscriptions[0].Position != 0 || sub.Language != "en" {
		t.Errorf("%+v: what came between is missed, or what was wanted at first has come", sub)
	}
	said, err := d.db.Consents(t.Context(), sub.ID)
	if err != nil || len(said) != 2 {
		t.Fatalf("%+v, %v", said, err)
	}
	if said[0].Actor != "visitor" || said[1].Actor != "web" {
		t.Errorf("asked by %q, confirmed by %q", said[0].Actor, said[1].Actor)
	}
	if want := (tidings.Evidence{Form: "embed", Wording: "w2", Network: "198.51.100.0/24"}); said[0].Evidence != want || !said[0].At.Equal(d.now) {
		t.Errorf("asked: %+v", said)
	}
}

func TestAWishThatIsTooOftenBringsNothingWhenNoLinkWaits(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.confirm(t, d.signUp(t, form("min@example.org")))
	before := d.stored(t)
	again := form("min@example.org")
	again.Choices[0].Filter = "topic:trade"
	if a, err := d.SignUp(t.Context(), again, d.now); err != nil || a != tidings.Admitted {
		t.Fatal(a, err)
	}
	if n := d.rows(t); n["letters"] != 1 || n["signups"] != 0 {
		t.Errorf("%v", n)
	}
	if after := d.stored(t); after.Subscriptions[0].Filter.String() != before.Subscriptions[0].Filter.String() {
		t.Errorf("%+v", after)
	}
}
