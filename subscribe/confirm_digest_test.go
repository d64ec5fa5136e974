package subscribe_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
)

// digests makes the runs of the cadences, sends what they made, and counts what min has got by now, by title.
func (d *desk) digests(t *testing.T, cadences ...string) map[string]int {
	t.Helper()
	planner := digest.Planner{Ledger: d.db, Cadences: d.Cadences, Site: d.Site}
	for _, cadence := range cadences {
		d.pass(time.Minute)
		if _, err := planner.Force(t.Context(), d.now, cadence); err != nil {
			t.Fatal(err)
		}
	}
	var outcomes []tidings.Outcome
	claimed, err := d.db.Claim(t.Context(), d.now, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range claimed {
		outcomes = append(outcomes, tidings.Outcome{
			Delivery: claimed[i].ID, Letter: claimed[i].Letter != nil, State: tidings.DeliverySent, Attempts: 1, At: d.now,
		})
	}
	if err := d.db.Settle(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	sub, err := d.db.Subscriber(t.Context(), "min@example.org")
	if err != nil {
		return got // nobody yet
	}
	all, err := d.db.Deliveries(t.Context(), sub.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		e, err := d.db.Edition(t.Context(), all[i].EditionID)
		if err != nil {
			t.Fatal(err)
		}
		for r := range e.Releases {
			got[e.Releases[r].Title]++
		}
	}
	return got
}

func TestWhatIsPublishedBetweenAskingAndConfirmingIsInTheFirstDigestOnce(t *testing.T) {
	t.Parallel()
	nothing := func(*testing.T, *desk) {}
	add := func(t *testing.T, d *desk) {
		t.Helper()
		d.add(t)
	}
	leave := func(t *testing.T, d *desk) {
		t.Helper()
		if err := d.Leave(t.Context(), "min@example.org", d.now, "test"); err != nil {
			t.Fatal(err)
		}
	}
	addAndLeave := func(t *testing.T, d *desk) {
		t.Helper()
		add(t, d)
		leave(t, d)
	}
	leaveAndAdd := func(t *testing.T, d *desk) {
		t.Helper()
		leave(t, d)
		add(t, d)
	}
	for name, c := range map[string]struct {
		cadence       string
		before, after func(*testing.T, *desk) // of asking; of the first digest after it
		want          map[string]int          // beyond what came between and after
	}{
		"somebody new":                    {tidings.Daily, nothing, nothing, nil},
		"the same cadence":                {tidings.Daily, add, nothing, map[string]int{"early": 1}}, // theirs had still to bring it
		"another cadence":                 {tidings.Weekly, add, nothing, map[string]int{"early": 1}},
		"left before asking":              {tidings.Daily, addAndLeave, nothing, nil},
		"left between, having got it":     {tidings.Daily, add, leave, map[string]int{"early": 1}},
		"left between, at another pace":   {tidings.Weekly, add, leave, map[string]int{"early": 1}},
		"left and came back by the press": {tidings.Daily, add, leaveAndAdd, map[string]int{"early": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.before(t, d)
			d.publish(t, "early")
			w := form("min@example.org")
			w.Choices[0].Cadence, w.Choices[0].Filter = c.cadence, "topic:energy,trade"
			token := d.signUp(t, w)
			d.publish(t, "between")
			d.digests(t, tidings.Daily, tidings.Weekly)
			c.after(t, d)
			d.confirm(t, token)
			d.publish(t, "after")
			want := map[string]int{"between": 1, "after": 1}
			for title, n := range c.want {
				want[title] = n
			}
			for range 2 {
				if diff := cmp.Diff(want, d.digests(t, tidings.Daily, tidings.Weekly)); diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestWhatOnlyTheNewChoiceSelectsIsNotMissedWhenARunCameBetween(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t) // energy, every day
	w := form("min@example.org")
	w.Choices[0].Filter = "quarterly"
	token := d.signUp(t, w)
	r := tidings.Release{
		Source: "q", Slug: "q", Language: "en", Title: "Quarterly figures", Status: tidings.Published, Published: d.now,
	}
	if _, err := d.db.Save(t.Context(), d.Site, &r, d.now, "test"); err != nil {
		t.Fatal(err)
	}
	d.publish(t, "sun")
	if diff := cmp.Diff(map[string]int{"sun": 1}, d.digests(t, tidings.Daily)); diff != "" {
		t.Fatal(diff)
	}
	d.confirm(t, token)
	if diff := cmp.Diff(map[string]int{"sun": 1, "Quarterly figures": 1}, d.digests(t, tidings.Daily)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatCameBetweenTwoSignUpsIsNotMissedInWhicheverOrderTheyAreConfirmed(t *testing.T) {
	t.Parallel()
	widen := func(t *testing.T, d *desk, _ string) {
		t.Helper()
		w := form("min@example.org")
		if err := d.Change(t.Context(), w.Address, tidings.Wish{Choices: w.Choices}, d.now, "test"); err != nil {
			t.Fatal(err)
		}
	}
	confirm := func(t *testing.T, d *desk, token string) {
		t.Helper()
		d.confirm(t, token)
	}
	for name, c := range map[string]struct {
		before []tidings.Choice // what they have; nil: they are nobody yet
		second func(t *testing.T, d *desk, token string)
	}{
		"newest first":       {nil, confirm},
		"there already":      {[]tidings.Choice{daily("hydrogen")}, confirm},
		"widened meanwhile":  {[]tidings.Choice{daily("hydrogen")}, widen},
		"had it all already": {[]tidings.Choice{daily("")}, confirm},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if c.before != nil {
				d.add(t)
				d.change(t, c.before...)
			}
			older := d.signUp(t, form("min@example.org"))
			d.publish(t, "between")
			d.digests(t, tidings.Daily)
			d.pass(2 * time.Hour)
			newer := d.signUp(t, form("min@example.org"))
			d.publish(t, "later")
			c.second(t, d, newer)
			d.digests(t, tidings.Daily)
			d.confirm(t, older)
			want := map[string]int{"between": 1, "later": 1}
			for range 2 {
				if diff := cmp.Diff(want, d.digests(t, tidings.Daily)); diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}
