package subscribe_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
	"github.com/tidings/tidings/subscribe"
)

// desk is a service over a real database with two topics in use and one that has ended.
type desk struct {
	*subscribe.Service
	db  *store.DB
	now time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{db: storetest.New(t), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	for i, slug := range []string{"energy", "trade", "fisheries"} {
		topic := tidings.Topic{Slug: slug, Order: i}
		if _, err := d.db.SaveTopic(t.Context(), &topic, d.now, "test"); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.db.EndTopic(t.Context(), "fisheries", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	keys, err := tidings.NewKeyring([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	d.Service = &subscribe.Service{
		Register: d.db, Topics: d.db, Keyring: keys, Languages: []string{"en", "ko"},
		Site: &tidings.Site{
			Base: &url.URL{Scheme: "https", Host: "news.example.org"}, Language: "ko", Languages: []string{"ko", "en"},
			Zone: seoul, TagEntity: "news.example.org,2026", MailDomain: "news.example.org",
		},
	}
	for _, c := range [][2]string{{tidings.Immediate, "* * * * *"}, {tidings.Daily, "0 8 * * *"}, {tidings.Weekly, "0 8 * * 1"}} {
		schedule, err := tidings.ParseSchedule(c[1])
		if err != nil {
			t.Fatal(err)
		}
		d.Cadences = append(d.Cadences, tidings.Cadence{Name: c[0], Schedule: schedule})
	}
	return d
}

func join() subscribe.Join {
	return subscribe.Join{
		Address: "Min@Example.org", Language: "ko-KR", Consent: tidings.Consent{Basis: "signed form"},
		Choices: []subscribe.Choice{{Cadence: tidings.Daily, Filter: "topic:energy", Hour: tidings.AnyHour}},
	}
}

func (d *desk) add(t *testing.T) tidings.Subscriber {
	t.Helper()
	sub, err := d.Add(t.Context(), join(), d.now, subscribe.CommandLine)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func (d *desk) stored(t *testing.T) tidings.Subscriber {
	t.Helper()
	sub, err := d.db.Subscriber(t.Context(), "Min@example.org")
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// publish makes one public release about energy.
func (d *desk) publish(t *testing.T, title string) {
	t.Helper()
	r := tidings.Release{
		Source: title, Slug: title, Language: "en", Title: title, Topics: []string{"energy"},
		Status: tidings.Published, Published: d.now,
	}
	if _, err := d.db.Save(t.Context(), d.Site, &r, d.now, "test"); err != nil {
		t.Fatal(err)
	}
}

// token runs the digest by hand and gives the leave token of the one mail it makes.
func (d *desk) token(t *testing.T) string {
	t.Helper()
	d.publish(t, "solar")
	run := tidings.Run{
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour},
		Kind: tidings.ScheduledRun, Due: d.now, Created: d.now, Domain: "news.example.org",
	}
	_, err := d.db.OpenRun(t.Context(), &run, func(cs []tidings.Cohort, found []tidings.Candidate) ([]tidings.Decision, error) {
		all := make([]tidings.Decision, len(cs))
		for i := range all {
			all[i].Position = found[len(found)-1].Seq
			for _, c := range found {
				all[i].Entries = append(all[i].Entries, tidings.Entry{Release: c.Release.ID, Revision: c.Release.Revision})
			}
		}
		return all, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := d.db.Claim(t.Context(), d.now, 10)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("the run made %d mails, %v; want one", len(claimed), err)
	}
	return d.Keyring.Mint(tidings.PurposeLeave, claimed[0].ID)
}

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
		"no consent":       {func(j *subscribe.Join) { j.Consent.Basis = "" }, "consent: "},
		"bad address":      {func(j *subscribe.Join) { j.Address = "a@b" }, "address: "},
		"unknown language": {func(j *subscribe.Join) { j.Language = "fr" }, `language: "fr" is none of en, ko`},
		"no choice":        {func(j *subscribe.Join) { j.Choices = nil }, "cadence: "},
		"unknown cadence":  {func(j *subscribe.Join) { j.Choices[0].Cadence = "hourly" }, `cadence: "hourly" is none of `},
		"cadence twice":    {func(j *subscribe.Join) { j.Choices = append(j.Choices, j.Choices[0]) }, `cadence: "daily" was given twice`},
		"zone Local":       {func(j *subscribe.Join) { j.Zone = "Local" }, "zone: "},
		"no such zone":     {func(j *subscribe.Join) { j.Choices[0].Zone = "Asia/Soul" }, "zone: "},
		"zone as a path":   {func(j *subscribe.Join) { j.Zone = "../etc/passwd" }, "zone: "},
		"hour 24":          {func(j *subscribe.Join) { j.Choices[0].Hour = 24 }, "hour: "},
		"hour of immediate": {func(j *subscribe.Join) {
			j.Choices[0] = subscribe.Choice{Cadence: tidings.Immediate, Hour: 8}
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
	d := newDesk(t)
	before := d.add(t).Subscriptions[0]
	d.publish(t, "wind") // a subscription made from here on would stand after it
	err := d.Change(t.Context(), "min@example.org", subscribe.Wish{Choices: []subscribe.Choice{
		{Cadence: tidings.Weekly, Filter: "topic:energy", Zone: "UTC", Hour: 7},
		{Cadence: tidings.Immediate, Filter: "topic:trade", Hour: tidings.AnyHour},
	}}, d.now, subscribe.CommandLine)
	if err != nil {
		t.Fatal(err)
	}
	subs := d.stored(t).Subscriptions
	if len(subs) != 2 {
		t.Fatalf("%d subscriptions, want 2", len(subs))
	}
	if kept := subs[0]; kept.ID != before.ID || kept.Position != before.Position || kept.Cadence != tidings.Weekly || kept.Hour != 7 {
		t.Errorf("the daily one %+v became %+v", before, kept)
	}
	if added := subs[1]; added.Position <= before.Position {
		t.Errorf("the new one stands at %d: it would send what came before it", added.Position)
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
	if err := d.Pause(t.Context(), "min@example.org", d.now, d.now, subscribe.CommandLine); err == nil {
		t.Error("a pause that is over at once was taken")
	}
}

func TestNobodyIsWokenByResumeAfterLeaving(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	if err := d.Leave(t.Context(), "min@example.org", d.now, subscribe.CommandLine); err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]func(context.Context) error{
		"resume": func(ctx context.Context) error { return d.Resume(ctx, "min@example.org", d.now, "test") },
		"pause":  func(ctx context.Context) error { return d.Pause(ctx, "min@example.org", time.Time{}, d.now, "test") },
	} {
		if err := step(t.Context()); err == nil || d.stored(t).State != tidings.Left {
			t.Errorf("%s after leaving: %v, and is %q", name, err, d.stored(t).State)
		}
	}
}

func TestLeavingTwiceIsAKindSuccess(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	if test, err := d.Leaving(token); test || err != nil || d.stored(t).State != tidings.Active {
		t.Fatalf("asking gave %v, %v and left %q", test, err, d.stored(t).State)
	}
	for i := range 2 {
		now := d.now.Add(time.Duration(i) * time.Hour)
		if test, err := d.LeaveByToken(t.Context(), token, now, subscribe.OneClick); test || err != nil {
			t.Fatalf("time %d: %v, %v", i+1, test, err)
		}
	}
	if sub := d.stored(t); sub.State != tidings.Left || !sub.Left.Equal(d.now) {
		t.Errorf("%q at %v, want left at %v", sub.State, sub.Left, d.now)
	}
}

func TestLeavingDoesNotLiftASuppression(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	err := d.db.UpdateSubscriber(t.Context(), "min@example.org", d.now, "test", func(s *tidings.Subscriber) error {
		s.State = tidings.Suppressed
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.LeaveByToken(t.Context(), token, d.now, subscribe.OneClick); err != nil {
		t.Fatal(err)
	}
	if got := d.stored(t).State; got != tidings.Suppressed {
		t.Errorf("became %q", got)
	}
}

func TestTheErasedMayLeaveToo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	if err := d.Remove(t.Context(), "min@example.org", d.now, subscribe.CommandLine); err != nil {
		t.Fatal(err)
	}
	if test, err := d.LeaveByToken(t.Context(), token, d.now, subscribe.OneClick); test || err != nil {
		t.Errorf("got %v, %v", test, err)
	}
}

func TestATestMailUnsubscribesNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	test, err := d.LeaveByToken(t.Context(), d.Keyring.Mint(tidings.PurposeLeave, subscribe.TestDelivery), d.now, subscribe.OneClick)
	if !test || err != nil || d.stored(t).State != tidings.Active {
		t.Errorf("got %v, %v, and %q", test, err, d.stored(t).State)
	}
}

func TestAForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.token(t)
	other := d.Keyring.Mint("confirm", 1)
	for _, forged := range []string{"", "x", token[:42], token + "A", "A" + token[1:42] + "A", other} {
		if _, err := d.LeaveByToken(t.Context(), forged, d.now, subscribe.OneClick); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("%q: %v, want ErrBadToken", forged, err)
		}
	}
	if got := d.stored(t).State; got != tidings.Active {
		t.Errorf("became %q", got)
	}
}
