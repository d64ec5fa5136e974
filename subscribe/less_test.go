package subscribe_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

// texts are what somebody gets, as text.
func texts(subs []tidings.Subscription) []string {
	var all []string
	for _, s := range subs {
		all = append(all, s.Cadence+" "+s.Filter.String())
	}
	slices.Sort(all)
	return all
}

func TestATopicIsLeftAndTheRestStays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		have   []tidings.Choice
		topics []string // that may be left
		want   []string // without energy
	}{
		"one of two":       {[]tidings.Choice{daily("topic:energy,trade")}, []string{"energy", "trade"}, []string{"daily topic:trade"}},
		"the only one":     {[]tidings.Choice{daily("topic:energy")}, nil, nil},
		"in one of two":    {[]tidings.Choice{daily("topic:energy"), weekly("hydrogen")}, []string{"energy"}, []string{"weekly hydrogen"}},
		"in both":          {[]tidings.Choice{daily("topic:energy"), weekly("topic:energy steel")}, nil, nil},
		"everything":       {[]tidings.Choice{daily("")}, nil, []string{"daily -topic:energy"}},
		"without another":  {[]tidings.Choice{daily("-topic:trade")}, nil, []string{"daily -topic:energy -topic:trade"}},
		"words besides":    {[]tidings.Choice{daily("topic:energy OR hydrogen")}, []string{"energy"}, []string{"daily hydrogen"}},
		"not asked for it": {[]tidings.Choice{daily("hydrogen")}, nil, []string{"daily hydrogen"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.add(t)
			token := d.token(t)
			d.change(t, c.have...)
			l, err := d.Leaving(t.Context(), token)
			if err != nil || !slices.Equal(l.Topics, c.topics) || !l.Offer || l.Gone || l.Test {
				t.Errorf("%+v, %v; want the topics %q", l, err, c.topics)
			}
			for i := range 2 {
				if err := d.LeaveTopic(t.Context(), token, "energy", d.now.Add(time.Duration(i)*time.Hour), "leave page"); err != nil {
					t.Fatal(err)
				}
				sub := d.stored(t)
				if c.want == nil {
					if sub.State != tidings.Left || !sub.Left.Equal(d.now) {
						t.Errorf("time %d: %s at %v, want left", i+1, sub.State, sub.Left)
					}
				} else if got := texts(sub.Subscriptions); sub.State != tidings.Active || !slices.Equal(got, c.want) {
					t.Errorf("time %d: %s with %q, want %q", i+1, sub.State, got, c.want)
				}
			}
			l, err = d.Leaving(t.Context(), token)
			if err != nil || slices.Contains(l.Topics, "energy") || l.Gone != (c.want == nil) {
				t.Errorf("afterwards: %+v, %v", l, err)
			}
		})
	}
}

func TestATopicThatIsNoneIsAFault(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	wantInvalid(t, d.LeaveTopic(t.Context(), token, "sports", d.now, "test"), "topic: ")
	if got := texts(d.stored(t).Subscriptions); !slices.Equal(got, []string{"daily topic:energy"}) {
		t.Errorf("%q", got)
	}
}

func TestOnceAWeekTakesThePlaceOfAllThatIsFaster(t *testing.T) {
	t.Parallel()
	at7 := daily("topic:energy")
	at7.Hour = 7
	for name, c := range map[string]struct {
		have []tidings.Choice
		want []string
		hour int
	}{
		"daily":            {[]tidings.Choice{at7}, []string{"weekly topic:energy"}, 7},
		"at once":          {[]tidings.Choice{{Cadence: tidings.Immediate, Hour: tidings.AnyHour}}, []string{"weekly "}, tidings.AnyHour},
		"daily and weekly": {[]tidings.Choice{daily("topic:energy"), weekly("topic:trade")}, []string{"weekly topic:energy,trade"}, tidings.AnyHour},
		"all three": {
			[]tidings.Choice{{Cadence: tidings.Immediate, Filter: "steel", Hour: tidings.AnyHour}, at7, weekly("hydrogen")},
			[]string{"weekly topic:energy OR hydrogen OR steel"},
			tidings.AnyHour,
		},
		"weekly alone": {[]tidings.Choice{weekly("hydrogen")}, []string{"weekly hydrogen"}, tidings.AnyHour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.add(t)
			token := d.token(t)
			d.change(t, c.have...)
			d.publish(t, "wind")
			low := d.stored(t).Subscriptions[0].Position
			for _, s := range d.stored(t).Subscriptions {
				low = min(low, s.Position)
			}
			faster := name != "weekly alone"
			if l, err := d.Leaving(t.Context(), token); err != nil || l.Offer != faster {
				t.Errorf("offered: %v, %v", l.Offer, err)
			}
			for i := range 2 {
				if err := d.Slower(t.Context(), token, d.now, "leave page"); err != nil {
					t.Fatal(err)
				}
				subs := d.stored(t).Subscriptions
				if got := texts(subs); !slices.Equal(got, c.want) || subs[0].Hour != c.hour || subs[0].Position != low {
					t.Errorf("time %d: %+v, want %q at hour %d standing at %d", i+1, subs, c.want, c.hour, low)
				}
			}
			d.change(t, daily("topic:energy"))
			if l, err := d.Leaving(t.Context(), token); err != nil || l.Offer == faster {
				t.Errorf("offered again: %v, %v", l.Offer, err)
			}
		})
	}
}

func TestTheErasedTheGoneAndTestMailsMayDoAllOfIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	all := func(name, token string) {
		t.Helper()
		for _, err := range []error{
			d.LeaveTopic(t.Context(), token, "energy", d.now, "test"), d.Slower(t.Context(), token, d.now, "test"),
			d.Reason(t.Context(), token, "too much", d.now),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	all("a test mail", d.Keyring.Mint(tidings.PurposeLeave, subscribe.TestDelivery, 0, time.Time{}))
	if got := texts(d.stored(t).Subscriptions); !slices.Equal(got, []string{"daily topic:energy"}) {
		t.Errorf("%q", got)
	}
	if _, err := d.LeaveByToken(t.Context(), token, d.now, "test"); err != nil {
		t.Fatal(err)
	}
	all("who left", token)
	if sub := d.stored(t); sub.State != tidings.Left || !slices.Equal(texts(sub.Subscriptions), []string{"daily topic:energy"}) {
		t.Errorf("%+v", sub)
	}
	if err := d.Remove(t.Context(), "min@example.org", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	all("who was erased", token)
	if l, err := d.Leaving(t.Context(), token); err != nil || !l.Gone || l.Topics != nil || l.Offer {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestAReasonIsKeptOnceAsOneLineWithoutAnAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	reasons := func() []string {
		t.Helper()
		entries, err := d.db.Consents(t.Context(), d.stored(t).ID)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range entries {
			if e.Kind == tidings.ConsentLeft {
				all = append(all, e.Detail)
			}
		}
		return all
	}
	say := func(reason string) {
		t.Helper()
		if err := d.Reason(t.Context(), token, reason, d.now); err != nil {
			t.Fatal(err)
		}
	}
	say("not yet")
	if got := reasons(); len(got) != 0 {
		t.Errorf("who is still there: %q", got)
	}
	if _, err := d.LeaveByToken(t.Context(), token, d.now, "test"); err != nil {
		t.Fatal(err)
	}
	say(" \t ")
	say("too\r\n much\x00\u202e mail\x1b[31m for min@example.org " + strings.Repeat("가", 600))
	say("again")
	got := reasons()
	if len(got) != 2 || got[0] != "{}" || !strings.HasPrefix(got[1], `{"reason":"too much mail [31m for (address) 가`) {
		t.Fatalf("%q", got)
	}
	if n := len([]rune(got[1])) - len(`{"reason":""}`); n != 500 {
		t.Errorf("%d characters", n)
	}
	d.add(t)
	if _, err := d.LeaveByToken(t.Context(), token, d.now, "test"); err != nil {
		t.Fatal(err)
	}
	say("again")
	if got := reasons(); len(got) != 4 || got[3] != `{"reason":"again"}` {
		t.Errorf("the second time: %q", got)
	}
	if err := d.Reason(t.Context(), altered(token), "x", d.now); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("a forged token: %v", err)
	}
}
