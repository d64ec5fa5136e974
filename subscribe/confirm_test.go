package subscribe_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

func TestConfirmingMakesASubscriberOnceAndSaysSoKindlyLater(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.signUp(t, form("Kim@example.org"))
	if l := d.newest(t); l.kind != "confirm" || l.address != "Kim@example.org" || l.language != "ko" || l.known {
		t.Errorf("the letter is %+v", l)
	}
	d.pass(time.Hour)
	for range 2 { // looking changes nothing
		c, err := d.Confirming(t.Context(), token, d.now)
		if err != nil || c.Done || c.Known || c.Purpose != tidings.PurposeConfirm || c.Language != "ko" ||
			c.SignUp.Address != "Kim@example.org" || len(c.SignUp.Subscriptions) != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	if n := d.rows(t)["subscribers"]; n != 0 {
		t.Fatalf("%d subscribers before anybody confirmed", n)
	}
	if c := d.confirm(t, token); c.Done {
		t.Error("the first time says that it was done before")
	}
	sub := d.of(t, "kim@example.org")
	if sub.State != tidings.Active || sub.Language != "ko" || sub.Consent.Basis != "double opt-in" || sub.Consent.By != "web" ||
		len(sub.Subscriptions) != 1 || sub.Subscriptions[0].Filter.String() != "topic:energy" || sub.Subscriptions[0].Zone != "Asia/Seoul" {
		t.Errorf("%+v", sub)
	}
	before := d.rows(t)
	if before["signups"] != 0 {
		t.Error("the sign-up is kept beyond its confirmation")
	}
	for _, later := range []time.Duration{0, 100 * time.Hour} {
		d.pass(later)
		c := d.confirm(t, token)
		if !c.Done || c.Purpose != tidings.PurposeConfirm || c.Language != "ko" {
			t.Errorf("used already: %+v", c)
		}
	}
	if diff := cmp.Diff(before, d.rows(t)); diff != "" {
		t.Errorf("a used link did something:\n%s", diff)
	}
}

func TestTheRecordOfConsentSaysWhoAskedHowAndThatItWasConfirmed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.signUp(t, form("kim@example.org"))
	asked := d.now
	d.pass(time.Hour)
	d.confirm(t, token)
	got, err := d.db.Consents(t.Context(), d.of(t, "kim@example.org").ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []tidings.ConsentEntry{
		{
			Subscriber: 1, Kind: tidings.ConsentAsked, At: asked, Actor: "visitor",
			Evidence: tidings.Evidence{Form: "page", Wording: "w1", Network: "203.0.113.0/24"},
			Detail:   `{"language":"ko","choices":[{"cadence":"daily","filter":"topic:energy","zone":"Asia/Seoul","hour":-1}]}`,
		},
		{Subscriber: 1, Kind: tidings.ConsentConfirmed, At: d.now, Actor: "web", Detail: "{}"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoIsThereGetsTheChoicesBesides(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t) // energy every day, in Korean
	d.publish(t, "wind")
	before := d.stored(t)
	w := form("MIN@example.org")
	w.Language = "en"
	w.Choices = []tidings.Choice{
		{Cadence: tidings.Daily, Filter: "topic:trade", Zone: "UTC", Hour: 7},
		{Cadence: tidings.Weekly, Filter: "hydrogen", Hour: tidings.AnyHour},
	}
	token := d.signUp(t, w)
	if !d.newest(t).known {
		t.Error("the letter does not say that they are there already")
	}
	d.publish(t, "sun")
	if c, err := d.Confirming(t.Context(), token, d.now); err != nil || !c.Known {
		t.Errorf("%+v, %v", c, err)
	}
	d.confirm(t, token)
	sub := d.stored(t)
	if sub.ID != before.ID || sub.Address != "Min@example.org" || sub.Language != "ko" || sub.Consent != before.Consent || len(sub.Subscriptions) != 2 {
		t.Fatalf("%+v", sub)
	}
	daily, weekly := sub.Subscriptions[0], sub.Subscriptions[1]
	if daily.Filter.String() != "topic:energy,trade" || daily.Zone != "Asia/Seoul" || daily.Hour != tidings.AnyHour || daily.Position != 0 {
		t.Errorf("every day: %+v", daily)
	}
	if weekly.Filter.String() != "hydrogen" || weekly.Position != 1 {
		t.Errorf("every week: %+v, want one from the sign-up on", weekly)
	}
	kinds := d.kinds(t, sub.ID)
	if !slices.Equal(kinds, []tidings.ConsentKind{tidings.ConsentRecorded, tidings.ConsentAsked, tidings.ConsentConfirmed}) {
		t.Errorf("the record has %q", kinds)
	}
}

func (d *desk) kinds(t *testing.T, subscriber int64) (kinds []tidings.ConsentKind) {
	t.Helper()
	entries, err := d.db.Consents(t.Context(), subscriber)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestWhoAsksForWhatTheyHaveKeepsItAndThePlace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.signUp(t, form("min@example.org"))
	before := d.stored(t)
	d.confirm(t, token)
	if diff := cmp.Diff(before, d.stored(t), filters()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c := d.confirm(t, token); !c.Done {
		t.Error("the link is not used")
	}
}

func filters() cmp.Option {
	return cmp.Comparer(func(a, b tidings.Filter) bool { return a.String() == b.String() })
}

func TestWhoLeftComesBackByConfirming(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.add(t)
	if err := d.Leave(t.Context(), "min@example.org", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	w := form("min@example.org")
	w.Choices[0].Filter = "topic:trade"
	token := d.signUp(t, w)
	if d.newest(t).known {
		t.Error("the letter calls somebody known who left")
	}
	d.confirm(t, token)
	sub := d.stored(t)
	if sub.ID != first.ID || sub.State != tidings.Active || !sub.Left.IsZero() || !sub.Created.Equal(first.Created) ||
		len(sub.Subscriptions) != 1 || sub.Subscriptions[0].Filter.String() != "topic:trade" {
		t.Errorf("%+v", sub)
	}
}

func TestAPauseEndsByConfirmingWhenItWasToLastUntilTheySaySo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		until time.Duration
		want  tidings.SubscriberState
	}{"until they say so": {0, tidings.Active}, "until a date": {72 * time.Hour, tidings.Paused}} {
		d := newDesk(t)
		d.add(t)
		var until time.Time
		if c.until != 0 {
			until = d.now.Add(c.until)
		}
		if err := d.Pause(t.Context(), "min@example.org", until, d.now, "test"); err != nil {
			t.Fatal(err)
		}
		d.confirm(t, d.signUp(t, form("min@example.org")))
		if sub := d.stored(t); sub.State != c.want || !sub.PausedUntil.Equal(until) {
			t.Errorf("%s: %s until %v", name, sub.State, sub.PausedUntil)
		}
	}
}

func TestLinksThatAreNotOursOrTooOldDoNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	leave := d.token(t)
	token := d.signUp(t, form("kim@example.org"))
	d.pass(2 * time.Hour)
	if _, err := d.SendLink(t.Context(), "min@example.org", "", form("").From, d.now); err != nil {
		t.Fatal(err)
	}
	own := d.newest(t).token
	manage := d.Keyring.Mint(tidings.PurposeManage, 1, 1, d.stored(t).Created)
	confirm := d.Keyring.Mint(tidings.PurposeConfirm, 1, 1, d.stored(t).Created)
	before := d.rows(t)
	refused := func(token string, want error) {
		t.Helper()
		if _, err := d.Confirming(t.Context(), token, d.now); !errors.Is(err, want) {
			t.Errorf("looking at %q: %v, want %v", token, err, want)
		}
		if _, err := d.Confirm(t.Context(), token, d.now, "web"); !errors.Is(err, want) {
			t.Errorf("pressing %q: %v, want %v", token, err, want)
		}
	}
	for _, forged := range []string{
		"", "x", leave, own, manage, confirm, token[:42], token + "A", token + "\n", flipped(token), string(tidings.TicketHash(token)),
	} {
		refused(forged, tidings.ErrBadToken)
	}
	d.pass(subscribe.ConfirmLife)
	refused(token, tidings.ErrExpired)
	if c, _ := d.Confirming(t.Context(), token, d.now); c.Purpose != tidings.PurposeConfirm || c.Language != "ko" {
		t.Errorf("expired: %+v, want to know what it was and in which language", c)
	}
	if diff := cmp.Diff(before, d.rows(t)); diff != "" {
		t.Error(diff)
	}
}

// flipped is a token with another first character.
func flipped(token string) string {
	if token[0] == 'A' {
		return "B" + token[1:]
	}
	return "A" + token[1:]
}

func TestATicketWorksUntilItsLastInstant(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.signUp(t, form("kim@example.org"))
	d.pass(subscribe.ConfirmLife - time.Millisecond)
	d.confirm(t, token)
}

func TestAnAddressThatBecameSuppressedIsNotTakenIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.signUp(t, form("min@example.org"))
	d.add(t)
	d.suppress(t, "min@example.org")
	if _, err := d.Confirm(t.Context(), token, d.now, "web"); !errors.Is(err, tidings.ErrSuppressed) {
		t.Errorf("%v", err)
	}
	if err := d.Remove(t.Context(), "min@example.org", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	// The sign-up went with the person.
	if _, err := d.Confirm(t.Context(), token, d.now, "web"); !errors.Is(err, tidings.ErrExpired) {
		t.Errorf("erased: %v", err)
	}
	if n := d.rows(t)["signups"]; n != 0 {
		t.Errorf("%d sign-ups with the address are left", n)
	}
}

func TestManyWhoPressTheSameButtonAtOnceMakeOneSubscriber(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.signUp(t, form("kim@example.org"))
	errs := make(chan error)
	for range 8 {
		go func() {
			_, err := d.Confirm(t.Context(), token, d.now, "web")
			errs <- err
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if rows := d.rows(t); rows["subscribers"] != 1 || rows["consents"] != 2 {
		t.Error(fmt.Sprint(rows))
	}
}
