package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// slot is the cadence's slot of subscribers in Seoul who asked for no hour.
func slot(cadence string) tidings.Slot {
	if cadence == tidings.Immediate {
		return tidings.Slot{Cadence: cadence, Hour: tidings.AnyHour}
	}
	return tidings.Slot{Cadence: cadence, Zone: "Asia/Seoul", Hour: tidings.AnyHour}
}

// takeAll gives every cohort whatever it has not got, and settles all.
func takeAll(upTo *int64) func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error) {
	return func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		decisions := make([]tidings.Decision, len(cohorts))
		for i, c := range cohorts {
			decisions[i].Position = *upTo
			for _, cand := range candidates {
				if cand.Seq > c.Position && !c.Got[cand.Release.ID] {
					decisions[i].Entries = append(decisions[i].Entries,
						tidings.Entry{Release: cand.Release.ID, Revision: cand.Release.Revision})
				}
			}
		}
		return decisions, nil
	}
}

func newRun(cadence string, due time.Time) *tidings.Run {
	return &tidings.Run{
		Slot: slot(cadence), Kind: tidings.ScheduledRun, Due: due, Created: due.Add(1500 * time.Millisecond),
		Domain: "news.example.org",
	}
}

// openRun opens a run that gives everyone everything.
func openRun(t *testing.T, db *store.DB, cadence string, due time.Time) (tidings.Run, bool) {
	t.Helper()
	run := newRun(cadence, due.Add(-1500*time.Millisecond))
	opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo))
	if err != nil {
		t.Fatal(err)
	}
	return *run, opened
}

func TestRunOpensOnceForItsDueTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	dbs := []*store.DB{storetest.Open(t, path), storetest.Open(t, path)}
	storetest.Subscribe(t, dbs[0], at(0), kim, storetest.To(t, tidings.Daily, ""))
	storetest.Save(t, dbs[0], at(1), tidings.Release{Slug: "a"})
	var mu sync.Mutex
	var won int
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			run := newRun(tidings.Daily, at(10))
			opened, err := dbs[i%2].OpenRun(t.Context(), run, takeAll(&run.UpTo))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if opened {
				won++
			} else if run.ID != 0 {
				t.Error("a run that was not opened has a number")
			}
		})
	}
	wg.Wait()
	runs, err := dbs[1].Runs(t.Context(), 0)
	if err != nil || won != 1 || len(runs) != 1 {
		t.Fatalf("%d opened, %d stored, %v", won, len(runs), err)
	}
	if diff := cmp.Diff(map[tidings.DeliveryState]int{tidings.DeliveryPending: 1}, runs[0].States); diff != "" {
		t.Error(diff)
	}
}

func TestPublishingWhileRunsOpenLosesNothingAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	desk, mailer := storetest.Open(t, path), storetest.Open(t, path)
	s := storetest.Subscribe(t, desk, at(0), kim, storetest.To(t, tidings.Daily, ""))
	const releases = 40
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range releases {
			r := tidings.Release{Source: fmt.Sprint(i), Slug: "a", Language: "en", Title: "A", Status: tidings.Published}
			if _, err := desk.Save(t.Context(), storetest.Site(t), &r, at(1), "test"); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range 20 {
		openRun(t, mailer, tidings.Daily, at(10+i))
	}
	wg.Wait()
	openRun(t, mailer, tidings.Daily, at(100))
	deliveries, err := desk.Deliveries(t.Context(), s.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[int64]int{}
	for _, d := range deliveries {
		e, err := desk.Edition(t.Context(), d.EditionID)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range e.Entries {
			got[entry.Release]++
		}
	}
	if len(got) != releases {
		t.Errorf("%d releases came, of %d", len(got), releases)
	}
	for id, n := range got {
		if n != 1 {
			t.Errorf("release %d came %d times", id, n)
		}
	}
}

func TestCohortsAreThoseWhoShareFilterPositionAndWhereItMattersLanguage(t *testing.T) {
	t.Parallel()
	for translation, energy := range map[string][]string{
		"":      {`"topic:energy" at 0 in "": subscription 0`},
		"steel": {`"topic:energy" at 0 in "en": subscription 0`, `"topic:energy" at 0 in "ko": subscription 0`},
	} {
		db := storetest.New(t)
		for i, filter := range []string{"", "", "topic:energy", "topic:energy"} {
			storetest.Subscribe(t, db, at(0), fmt.Sprintf("s%d@example.org", i), storetest.To(t, tidings.Daily, filter))
		}
		multi := storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""), storetest.To(t, tidings.Weekly, "lang:ko"))
		storetest.Subscribe(t, db, at(0), "weekly@example.org", storetest.To(t, tidings.Weekly, ""))
		storetest.Subscribe(t, db, at(0), "paused@example.org", storetest.To(t, tidings.Daily, ""))
		storetest.Save(t, db, at(1), tidings.Release{Slug: "a", Translation: translation})
		storetest.Subscribe(t, db, at(2), "late@example.org", storetest.To(t, tidings.Daily, ""))
		setState(t, db, "paused@example.org", at(3), tidings.Paused)
		if err := db.UpdateSubscriber(t.Context(), "s3@example.org", at(3), "test", func(s *tidings.Subscriber) error {
			s.Language = "ko"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var got []string
		run := newRun(tidings.Daily, at(10))
		_, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
			for _, c := range cohorts {
				others := ""
				for _, o := range c.Others {
					others += " +" + o.Cadence
				}
				got = append(got, fmt.Sprintf("%q at %d in %q: subscription %d%s",
					c.Filter, c.Position, c.Language, c.Subscription, others))
			}
			return takeAll(&run.UpTo)(cohorts, candidates)
		})
		if err != nil {
			t.Fatal(err)
		}
		language := ""
		if translation != "" {
			language = "en"
		}
		want := append([]string{
			fmt.Sprintf(`"" at 0 in %q: subscription 0`, language), fmt.Sprintf(`"" at 1 in %q: subscription 0`, language),
		}, energy...)
		want = append(want, fmt.Sprintf(`"" at 0 in "en": subscription %d +weekly`, multi.Subscriptions[0].ID))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		mailed(t, db)
	}
}

// mailed is what became of the cohorts above.
func mailed(t *testing.T, db *store.DB) {
	t.Helper()
	report, err := db.Runs(t.Context(), 1)
	if err != nil || report[0].States[tidings.DeliveryPending] != 5 {
		t.Errorf("deliveries: %v, %v", report, err)
	}
	var addresses []string
	editions := map[int64]int{}
	for _, d := range claim(t, db, at(11), 10) {
		addresses = append(addresses, strings.TrimSuffix(d.Address, "@example.org"))
		editions[d.EditionID]++
		e, err := db.Edition(t.Context(), d.EditionID)
		if want := map[bool]string{true: "ko", false: "en"}[d.Address == "s3@example.org"]; err != nil || e.Language != want {
			t.Errorf("%s gets it in %q, want %q (%v)", d.Address, e.Language, want, err)
		}
	}
	if got := strings.Join(addresses, " "); got != "s0 s1 s2 s3 Kim" {
		t.Errorf("mail to %s", got)
	}
	if len(editions) != 2 {
		t.Errorf("%d editions, want one for each language", len(editions))
	}
	for ref, want := range map[string]int64{
		"s0@example.org": 1, "s3@example.org": 1, kim: 1, "paused@example.org": 0, "weekly@example.org": 0,
	} {
		s, err := db.Subscriber(t.Context(), ref)
		if err != nil || s.Subscriptions[0].Position != want {
			t.Errorf("%s stands at %d (%v), want %d", ref, s.Subscriptions[0].Position, err, want)
		}
	}
}

func TestRunThatCannotBeDecidedLeavesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	r := storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	broken := errors.New("broken")
	entry := tidings.Entry{Release: r.ID, Revision: r.Revision}
	for name, decide := range map[string]func() ([]tidings.Decision, error){
		"an error":             func() ([]tidings.Decision, error) { return nil, broken },
		"too few":              func() ([]tidings.Decision, error) { return nil, nil },
		"a position beyond":    func() ([]tidings.Decision, error) { return []tidings.Decision{{Position: 2}}, nil },
		"a position backwards": func() ([]tidings.Decision, error) { return []tidings.Decision{{Position: -1}}, nil },
		"an unknown release": func() ([]tidings.Decision, error) {
			return []tidings.Decision{{Position: 1, Entries: []tidings.Entry{entry, {Release: 99, Revision: 1}}}}, nil
		},
	} {
		opened, err := db.OpenRun(t.Context(), newRun(tidings.Daily, at(2)),
			func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error) { return decide() })
		if err == nil || opened {
			t.Errorf("%s: %t, %v", name, opened, err)
		}
	}
	if runs, err := db.Runs(t.Context(), 0); err != nil || len(runs) != 0 || get(t, db).Subscriptions[0].Position != 0 {
		t.Errorf("something is left: %v, %v", runs, err)
	}
}

func TestEditionKeepsItsRevisionsAndLosesWhatIsWithdrawn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	a := storetest.Save(t, db, at(1), tidings.Release{Slug: "a", Topics: []string{"energy"}})
	b := storetest.Save(t, db, at(1), tidings.Release{Slug: "b"})
	openRun(t, db, tidings.Daily, at(2))
	d := claim(t, db, at(2), 1)[0]
	edited := a
	edited.Title, edited.Slug, edited.Topics, edited.Note = "Edited", "a-new", []string{"trade"}, "Another title."
	storetest.Save(t, db, at(3), edited)
	e, err := db.Edition(t.Context(), d.EditionID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]tidings.Release{a, b}, e.Releases); diff != "" {
		t.Errorf("as decided (-want +got):\n%s", diff)
	}
	if err := db.Withdraw(t.Context(), a.ID, tidings.Withdrawal{Reason: "Wrong."}, at(4), "test"); err != nil {
		t.Fatal(err)
	}
	e, err = db.Edition(t.Context(), d.EditionID)
	if err != nil || len(e.Releases) != 1 || len(e.Entries) != 1 || e.Releases[0].ID != b.ID || e.Entries[0].Release != b.ID {
		t.Errorf("after the withdrawal: %+v, %v", e.Entries, err)
	}
	if e.Run.MessageID(d.Subscriber) != d.MessageID || !d.Date.Equal(e.Run.Created.Truncate(time.Second)) {
		t.Error("the edition's run does not make the delivery's Message-ID and Date")
	}
	if _, err := db.Edition(t.Context(), 99); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("no edition: %v", err)
	}
}
