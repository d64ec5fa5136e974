package subscribe_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

func TestAddKeepsWhatWasAskedForAndOnWhatGround(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	sub := d.stored(t)
	if sub.Address != "Min@example.org" || sub.Language != "ko" || sub.State != tidings.Active {
		t.Errorf("stored as %q, %q, %q", sub.Address, sub.Language, sub.State)
	}
	if c := sub.Consent; c.Basis != "signed form" || c.By != subscribe.CommandLine || !c.At.Equal(d.now) {
		t.Errorf("the consent is %+v", c)
	}
	if len(sub.Subscriptions) != 1 {
		t.Fatalf("%d subscriptions, want 1", len(sub.Subscriptions))
	}
	got := sub.Subscriptions[0]
	if got.Cadence != tidings.Daily || got.Filter.String() != "topic:energy" || got.Zone != "Asia/Seoul" || got.Hour != tidings.AnyHour {
		t.Errorf("the subscription is %+v", got)
	}
}

func TestAddSaysWhatToMend(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, c := range map[string]struct {
		spoil func(*subscribe.Join)
		want  string // begins the error with the field, and is in it
	}{
		"no consent":        {func(j *subscribe.Join) { j.Consent.Basis = "" }, "consent: "},
		"a consent of none": {func(j *subscribe.Join) { j.Consent.Basis = " \t\u3000" }, "consent: "},
		"bad address":       {func(j *subscribe.Join) { j.Address = "a@b" }, "address: "},
		"unknown language":  {func(j *subscribe.Join) { j.Language = "fr" }, `language: "fr" is none of en, ko`},
		"no choice":         {func(j *subscribe.Join) { j.Choices = nil }, "cadence: "},
		"unknown cadence":   {func(j *subscribe.Join) { j.Choices[0].Cadence = "hourly" }, `cadence: "hourly" is none of `},
		"cadence twice":     {func(j *subscribe.Join) { j.Choices = append(j.Choices, j.Choices[0]) }, `cadence: "daily" was given twice`},
		"zone Local":        {func(j *subscribe.Join) { j.Zone = "Local" }, "zone: "},
		"no such zone":      {func(j *subscribe.Join) { j.Choices[0].Zone = "Asia/Soul" }, "zone: "},
		"zone as a path":    {func(j *subscribe.Join) { j.Zone = "../etc/passwd" }, "zone: "},
		"hour 24":           {func(j *subscribe.Join) { j.Choices[0].Hour = 24 }, "hour: "},
		"hour of immediate": {func(j *subscribe.Join) {
			j.Choices[0] = tidings.Choice{Cadence: tidings.Immediate, Hour: 8}
		}, "hour: "},
		"misspelt topic": {func(j *subscribe.Join) { j.Choices[0].Filter = "topic:enrgy" }, `filter: there is no topic "enrgy"; there is energy`},
		"strange topic":  {func(j *subscribe.Join) { j.Choices[0].Filter = "topic:zzzzzz" }, "there is energy, trade"},
		"ended topic":    {func(j *subscribe.Join) { j.Choices[0].Filter = "topic:fisheries" }, "filter: the topic \"fisheries\" has ended"},
		"broken filter":  {func(j *subscribe.Join) { j.Choices[0].Filter = "(a" }, "filter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := join()
			c.spoil(&j)
			_, err := d.Add(t.Context(), j, d.now, subscribe.CommandLine)
			var invalid *tidings.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an InvalidError with %q", err, c.want)
			}
		})
	}
}

func TestWhoLeftIsWelcomeAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	if _, err := d.Add(t.Context(), join(), d.now, subscribe.CommandLine); !errors.Is(err, tidings.ErrExists) {
		t.Errorf("a second join while subscribed: %v, want ErrExists", err)
	}
	if err := d.Leave(t.Context(), "min@example.org", d.now, subscribe.CommandLine); err != nil {
		t.Fatal(err)
	}
	d.add(t)
	if sub := d.stored(t); sub.State != tidings.Active || len(sub.Subscriptions) != 1 {
		t.Errorf("came back as %q with %d subscriptions", sub.State, len(sub.Subscriptions))
	}
}

func TestChangeOfCadenceKeepsThePlace(t *testing.T) {
	t.Parallel()
	for name, published := range map[string][]string{"nothing is published": nil, "one is published": {"sun"}} {
		d := newDesk(t)
		for _, title := range published {
			d.publish(t, title)
		}
		before := d.add(t).Subscriptions[0]
		d.publish(t, "wind") // a subscription made from here on would stand after it
		d.change(t,
			tidings.Choice{Cadence: tidings.Weekly, Filter: "topic:energy", Zone: "UTC", Hour: 7},
			tidings.Choice{Cadence: tidings.Immediate, Filter: "topic:trade", Hour: tidings.AnyHour})
		subs := d.stored(t).Subscriptions
		if len(subs) != 2 {
			t.Fatalf("%s: %d subscriptions, want 2", name, len(subs))
		}
		if kept := subs[0]; kept.ID != before.ID || kept.Cadence != tidings.Weekly || kept.Hour != 7 {
			t.Errorf("%s: the daily one %+v became %+v", name, before, kept)
		}
		for _, s := range subs { // any of them may match what the daily one had still to bring
			if s.Position != before.Position {
				t.Errorf("%s: the %s one stands at %d, the daily one stood at %d", name, s.Cadence, s.Position, before.Position)
			}
		}
	}
}

func TestChangeOfCadencesLosesNothingThatWasStillToCome(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.publish(t, "wind")
	j := join()
	j.Choices = append(j.Choices, tidings.Choice{Cadence: tidings.Weekly, Hour: tidings.AnyHour})
	sub, err := d.Add(t.Context(), j, d.now, subscribe.CommandLine)
	if err != nil {
		t.Fatal(err)
	}
	d.token(t) // the daily one moves on, the weekly one has yet to bring it
	d.change(t, tidings.Choice{Cadence: tidings.Immediate, Hour: tidings.AnyHour})
	got := d.stored(t).Subscriptions
	if len(got) != 1 || got[0].Position != sub.Subscriptions[1].Position {
		t.Errorf("%+v, want one where the weekly one stands", got)
	}
	cohort, found, err := d.db.Preview(t.Context(), sub.ID, got[0].ID)
	if err != nil || len(found) != 1 || len(cohort.Got) != 1 {
		t.Errorf("%d releases to look at, %v of them here already, %v", len(found), cohort.Got, err)
	}
}

func TestANewSubscriptionBesideTheOldBeginsNow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.add(t).Subscriptions[0]
	d.publish(t, "wind")
	d.change(t,
		tidings.Choice{Cadence: tidings.Daily, Filter: "topic:energy", Hour: tidings.AnyHour},
		tidings.Choice{Cadence: tidings.Immediate, Filter: "topic:trade", Hour: tidings.AnyHour})
	subs := d.stored(t).Subscriptions
	if subs[0].Position != before.Position || subs[1].Position != before.Position+1 {
		t.Errorf("%+v", subs)
	}
}

func (d *desk) change(t *testing.T, choices ...tidings.Choice) {
	t.Helper()
	err := d.Change(t.Context(), "min@example.org", tidings.Wish{Choices: choices}, d.now, subscribe.CommandLine)
	if err != nil {
		t.Fatal(err)
	}
}

func TestPauseAndResumeKeepThePlace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.add(t).Subscriptions[0]
	until := d.now.Add(48 * time.Hour)
	if err := d.Pause(t.Context(), "min@example.org", until, d.now, subscribe.CommandLine); err != nil {
		t.Fatal(err)
	}
	if sub := d.stored(t); sub.State != tidings.Paused || !sub.PausedUntil.Equal(until) {
		t.Errorf("paused: %q until %v", sub.State, sub.PausedUntil)
	}
	if err := d.Resume(t.Context(), "min@example.org", d.now, subscribe.CommandLine); err != nil {
		t.Fatal(err)
	}
	if sub := d.stored(t); sub.State != tidings.Active || sub.Subscriptions[0].Position != before.Position {
		t.Errorf("resumed: %q at %d, want active at %d", sub.State, sub.Subscriptions[0].Position, before.Position)
	}
	err := d.Resume(t.Context(), "min@example.org", d.now, subscribe.CommandLine)
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "is not paused: active") {
		t.Errorf("resumed twice: %v", err)
	}
	if err := d.Pause(t.Context(), "min@example.org", d.now, d.now, subscribe.CommandLine); err == nil {
		t.Error("a pause that is over at once was taken")
	}
}

func TestZoneAndHourChangeAloneAndNothingElseMoves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	change := func(w tidings.Wish) error {
		return d.Change(t.Context(), "min@example.org", w, d.now, subscribe.CommandLine)
	}
	if err := change(tidings.Wish{Choices: []tidings.Choice{
		{Cadence: tidings.Daily, Filter: "topic:energy", Hour: 9}, {Cadence: tidings.Immediate, Hour: tidings.AnyHour},
	}}); err != nil {
		t.Fatal(err)
	}
	before := d.stored(t).Subscriptions
	d.publish(t, "wind") // what is new would stand after it
	six, whatever, late := 6, tidings.AnyHour, 24
	for _, step := range []struct {
		wish tidings.Wish
		zone string
		hour int
	}{
		{tidings.Wish{Zone: "Europe/Paris"}, "Europe/Paris", 9},
		{tidings.Wish{Hour: &six}, "Europe/Paris", 6},
		{tidings.Wish{Language: "en"}, "Europe/Paris", 6},
		{tidings.Wish{Zone: "UTC", Hour: &whatever}, "UTC", tidings.AnyHour},
	} {
		if err := change(step.wish); err != nil {
			t.Fatal(err)
		}
		for i, s := range d.stored(t).Subscriptions {
			want := before[i]
			want.Zone = step.zone
			if want.Hour = step.hour; s.Cadence == tidings.Immediate {
				want.Hour = tidings.AnyHour
			}
			if s.Filter.String() != want.Filter.String() {
				t.Errorf("%+v: the filter became %q", step.wish, s.Filter)
			}
			if s.Filter = want.Filter; s != want {
				t.Errorf("%+v: it is %+v, want %+v", step.wish, s, want)
			}
		}
	}
	for _, wish := range []tidings.Wish{{Zone: "Mars/Olympus"}, {Zone: "Local"}, {Hour: &late}} {
		if invalid := (*tidings.InvalidError)(nil); !errors.As(change(wish), &invalid) {
			t.Errorf("%+v was taken", wish)
		}
	}
	if err := change(tidings.Wish{Choices: []tidings.Choice{{Cadence: tidings.Immediate, Hour: tidings.AnyHour}}}); err != nil {
		t.Fatal(err)
	}
	if err := change(tidings.Wish{Hour: &six}); err == nil {
		t.Error("an hour was taken by who gets everything at once")
	}
}
