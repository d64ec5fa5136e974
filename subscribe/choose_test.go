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

func daily(filter string) tidings.Choice {
	return tidings.Choice{Cadence: tidings.Daily, Filter: filter, Hour: tidings.AnyHour}
}

func weekly(filter string) tidings.Choice {
	return tidings.Choice{Cadence: tidings.Weekly, Filter: filter, Hour: tidings.AnyHour}
}

// record is the record of consent as kinds with who took the step.
func (d *desk) record(t *testing.T) []string {
	t.Helper()
	entries, err := d.db.Consents(t.Context(), d.stored(t).ID)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, string(e.Kind)+" by "+e.Actor)
	}
	return all
}

// wantInvalid wants an error that a person can mend, about a field.
func wantInvalid(t *testing.T, err error, want string) {
	t.Helper()
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want an InvalidError that begins with %q", err, want)
	}
}

func TestOwnPageChangesChoicesAndKeepsThePlace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.add(t).Subscriptions[0]
	token := d.mailLink(t)
	d.publish(t, "wind")
	position := d.stored(t).Subscriptions[0].Position
	w := tidings.Wish{Language: "en", Choices: []tidings.Choice{
		{Cadence: tidings.Weekly, Filter: "topic:energy OR hydrogen", Zone: "Europe/Paris", Hour: 6},
	}}
	if err := d.Choose(t.Context(), token, w, d.now); err != nil {
		t.Fatal(err)
	}
	sub := d.stored(t)
	got := sub.Subscriptions[0]
	if sub.Language != "en" || got.ID != before.ID || got.Cadence != tidings.Weekly || got.Hour != 6 || got.Position != position {
		t.Errorf("%q, %+v", sub.Language, got)
	}
	wantInvalid(t, d.Choose(t.Context(), token, tidings.Wish{Choices: []tidings.Choice{}}, d.now), "cadence: ")
	wantInvalid(t, d.Choose(t.Context(), token, tidings.Wish{Zone: "Mars/Olympus"}, d.now), "zone: ")
	if got := d.record(t); got[len(got)-1] != "changed by "+subscribe.ByMailLink {
		t.Errorf("the record is %q", got)
	}
}

func TestATopicThatHasEndedMayStayAndNotComeNew(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	f, err := tidings.ParseFilter("topic:energy,fisheries")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.db.UpdateSubscriber(t.Context(), "min@example.org", d.now, "test", func(s *tidings.Subscriber) error {
		s.Subscriptions[0].Filter = f
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	token := d.mailLink(t)
	choose := func(filter string) error {
		return d.Choose(t.Context(), token, tidings.Wish{Choices: []tidings.Choice{daily(filter)}}, d.now)
	}
	if err := choose("topic:energy,fisheries,trade"); err != nil {
		t.Errorf("kept: %v", err)
	}
	if err := choose("topic:energy"); err != nil {
		t.Errorf("dropped: %v", err)
	}
	wantInvalid(t, choose("topic:fisheries"), "filter: the topic")
}

func TestOwnPagePausesResumesAndLeaves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token, until := d.mailLink(t), d.now.Add(48*time.Hour)
	for range 2 {
		if err := d.PauseVisit(t.Context(), token, until, d.now); err != nil || d.stored(t).State != tidings.Paused {
			t.Fatalf("%v, and %s", err, d.stored(t).State)
		}
	}
	wantInvalid(t, d.PauseVisit(t.Context(), token, d.now, d.now), "until: ")
	for range 2 {
		if err := d.ResumeVisit(t.Context(), token, d.now); err != nil || d.stored(t).State != tidings.Active {
			t.Fatalf("%v, and %s", err, d.stored(t).State)
		}
	}
	for range 2 {
		if err := d.LeaveVisit(t.Context(), token, d.now); err != nil || d.stored(t).State != tidings.Left {
			t.Fatalf("%v, and %s", err, d.stored(t).State)
		}
	}
	if v, err := d.Visit(t.Context(), token, d.now); err != nil || v.Subscriber.State != tidings.Left || v.Offer {
		t.Errorf("who left sees %+v, %v", v, err)
	}
	wantInvalid(t, d.Choose(t.Context(), token, tidings.Wish{Language: "en"}, d.now), "subscriber: ")
	by := " by " + subscribe.ByMailLink
	want := []string{"recorded by " + subscribe.CommandLine, "changed" + by, "changed" + by, "left" + by}
	if got := d.record(t); !slices.Equal(got, want) {
		t.Errorf("the record is %q", got)
	}
}

func TestChangingOneChoiceLeavesWhatCameMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.mailLink(t)
	w := form("min@example.org")
	w.Choices = []tidings.Choice{weekly("hydrogen")}
	d.confirm(t, d.signUp(t, w)) // after their page was shown
	swap := func(was string, wanted *tidings.Choice) error {
		return d.Choose(t.Context(), token, tidings.Wish{Swap: &tidings.Swap{Was: was, Wanted: wanted}}, d.now)
	}
	trade, everything, atOnce := daily("topic:trade"), weekly(""), tidings.Choice{Cadence: tidings.Immediate, Hour: tidings.AnyHour}
	before := d.stored(t).Subscriptions
	for _, step := range []struct {
		was    string
		wanted *tidings.Choice
		fault  string
		want   []string
	}{
		{tidings.Daily, &trade, "", []string{"daily topic:trade", "weekly hydrogen"}},
		{tidings.Daily, &everything, "cadence: there is a weekly", []string{"daily topic:trade", "weekly hydrogen"}},
		{"", &everything, "cadence: there is a weekly", []string{"daily topic:trade", "weekly hydrogen"}},
		{"", &atOnce, "", []string{"daily topic:trade", "immediate ", "weekly hydrogen"}},
		{tidings.Daily, nil, "", []string{"immediate ", "weekly hydrogen"}},
		{tidings.Daily, &trade, "subscriber: there is no daily", []string{"immediate ", "weekly hydrogen"}},
		{tidings.Immediate, nil, "", []string{"weekly hydrogen"}},
		{tidings.Weekly, nil, "cadence: choose one", []string{"weekly hydrogen"}},
		{tidings.Weekly, &trade, "", []string{"daily topic:trade"}},
	} {
		if err := swap(step.was, step.wanted); step.fault != "" {
			wantInvalid(t, err, step.fault)
		} else if err != nil {
			t.Fatal(err)
		}
		if got := texts(d.stored(t).Subscriptions); !slices.Equal(got, step.want) {
			t.Fatalf("%q, want %q", got, step.want)
		}
	}
	if got := d.stored(t).Subscriptions[0]; got.ID != before[1].ID || got.Position != before[1].Position {
		t.Errorf("%+v has not the place of %+v", got, before[1])
	}
}
