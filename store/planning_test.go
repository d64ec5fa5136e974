package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// inParts opens a database whose runs settle two subscriptions in a transaction, with so many daily readers and a release for them.
func inParts(t *testing.T, readers int) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), store.Volatile(), store.Parts(2), store.Keyed(storetest.Keys(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for i := range readers {
		storetest.Subscribe(t, db, at(0), fmt.Sprintf("s%d@example.org", i), storetest.To(t, tidings.Daily, ""))
	}
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	return db
}

// cutOff opens a run whose decisions fail after so many parts.
func cutOff(t *testing.T, db *store.DB, due time.Time, parts int) {
	t.Helper()
	run := newRun(tidings.Daily, due)
	all := takeAll(&run.UpTo)
	n := 0
	opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		if n++; n > parts {
			return nil, errors.New("the lights went out")
		}
		return all(cohorts, candidates)
	})
	if err == nil || opened {
		t.Fatalf("opened %t, %v", opened, err)
	}
}

func TestARunThatWasCutOffIsGoneOnWithBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	db := inParts(t, 7)
	apart(t, db, 7)
	cutOff(t, db, at(10), 2)
	if got := claim(t, db, at(11), 9); len(got) != 0 {
		t.Fatalf("%d mails of a run that is not planned were sent", len(got))
	}
	if next, err := db.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("next at %v, %v", next, err)
	}
	standings, err := db.Standings(t.Context(), at(12))
	if err != nil || len(standings) != 1 || !standings[0].After.Before(at(10)) {
		t.Errorf("its slot is not due any more: %+v, %v", standings, err)
	}
	// Meanwhile one whose mail is decided leaves, one whose mail is not pauses, and there is something new.
	setState(t, db, "s0@example.org", at(12), tidings.Left)
	setState(t, db, "s5@example.org", at(12), tidings.Paused)
	storetest.Save(t, db, at(12), tidings.Release{Source: "b", Slug: "b"})
	run := newRun(tidings.Daily, at(13))
	opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo))
	if err != nil || !opened || !run.Due.Equal(at(10)) || run.UpTo != 1 {
		t.Fatalf("opened %t, %+v, %v", opened, run, err)
	}
	var who []int64
	for _, d := range claim(t, db, at(14), 9) {
		who = append(who, d.Subscriber)
	}
	if got := fmt.Sprint(who); got != "[2 3 4 5 7]" {
		t.Errorf("mail to %s", got)
	}
	setState(t, db, "s5@example.org", at(15), tidings.Active)
	next, _ := openRun(t, db, tidings.Daily, at(16))
	editions := map[int64][]tidings.Entry{}
	for _, d := range claim(t, db, at(17), 9) {
		e, err := db.Edition(t.Context(), d.EditionID)
		if err != nil {
			t.Fatal(err)
		}
		editions[d.Subscriber] = e.Entries
	}
	if len(editions) != 6 || len(editions[6]) != 2 || len(editions[2]) != 1 || editions[2][0].Release != 2 {
		t.Errorf("run %d: %v", next.ID, editions)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWhatChangesBetweenTheReadingAndTheWritingOfAPartIsHeeded(t *testing.T) {
	t.Parallel()
	for part, want := range []string{"[3 4 5 6]", "[1 2 5 6]", "[1 2 3 4]"} {
		db := inParts(t, 6)
		apart(t, db, 6)
		leaves, goes := fmt.Sprintf("s%d@example.org", 2*part), fmt.Sprintf("s%d@example.org", 2*part+1)
		for _, who := range []string{leaves, goes} {
			if err := db.UpdateSubscriber(t.Context(), who, at(1), "test", func(s *tidings.Subscriber) error {
				s.Language = "ko"
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		run := newRun(tidings.Daily, at(10))
		all := takeAll(&run.UpTo)
		n := 0
		opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
			if n++; n == part+1 { // the part was read, and is being decided: its first reader leaves, its second goes weekly
				setState(t, db, leaves, at(11), tidings.Left)
				if err := db.UpdateSubscriber(t.Context(), goes, at(11), "test", func(s *tidings.Subscriber) error {
					s.Subscriptions[0].Cadence = tidings.Weekly
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
			return all(cohorts, candidates)
		})
		if err != nil || !opened {
			t.Fatalf("opened %t, %v", opened, err)
		}
		var who []int64
		for _, d := range claim(t, db, at(14), 9) {
			who = append(who, d.Subscriber)
		}
		if got := fmt.Sprint(who); got != want {
			t.Errorf("part %d: mail to %s, want %s", part, got, want)
		}
		if c, err := db.RunContent(t.Context(), run.ID); err != nil || len(c.Editions) != 1 || c.Editions["en"] != 1 {
			t.Errorf("part %d: there is an edition that nobody gets: %v, %v", part, c.Editions, err)
		}
		s, err := db.Subscriber(t.Context(), goes)
		if err != nil || s.Subscriptions[0].Position != 0 {
			t.Errorf("who moved to another slot has lost a release: %+v, %v", s.Subscriptions, err)
		}
	}
}

func TestAPartThatIsReadAgainKeepsWhatWasDecided(t *testing.T) {
	t.Parallel()
	db := inParts(t, 2)
	run := newRun(tidings.Daily, at(10))
	all := takeAll(&run.UpTo)
	n := 0
	opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		if n++; n == 1 { // somebody else joins: both readers stay as they are
			storetest.Subscribe(t, db, at(9), "new@example.org", storetest.To(t, tidings.Daily, ""))
		}
		return all(cohorts, candidates)
	})
	if got := claim(t, db, at(14), 9); err != nil || !opened || len(got) != 2 {
		t.Errorf("opened %t, %v, %d mails", opened, err, len(got))
	}
}

func TestARunHasNoEditionThatNobodyGets(t *testing.T) {
	t.Parallel()
	db := inParts(t, 7)
	apart(t, db, 7)
	cutOff(t, db, at(10), 2)
	storetest.Save(t, db, at(12), tidings.Release{Source: "b", Slug: "b"}) // what is decided for it will not do: the run went up to a
	run := newRun(tidings.Daily, at(13))
	if opened, err := db.OpenRun(t.Context(), run, takeAll(&run.UpTo)); err != nil || !opened {
		t.Fatalf("opened %t, %v", opened, err)
	}
	c, err := db.RunContent(t.Context(), run.ID)
	if err != nil || len(c.Releases) != 1 || c.Releases[0].Slug != "a" || c.Releases[0].Editions != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestARunWithoutADeliveryLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, at(0), "s@example.org", storetest.To(t, tidings.Immediate, ""))
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	run := newRun(tidings.Immediate, at(2))
	all, n := takeAll(&run.UpTo), 0
	opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		if n++; n == 1 { // it is decided, and not yet written
			setState(t, db, "s@example.org", at(2), tidings.Left)
		}
		return all(cohorts, candidates)
	})
	if opened || err != nil {
		t.Errorf("opened %t, %v", opened, err)
	}
	if c, err := db.RunContent(t.Context(), 1); err != nil || len(c.Editions) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := db.Run(t.Context(), 1); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("there is a run: %v", err)
	}
}

func TestWhatWasDecidedForWhoeverLeavesIsKeptForTheOthersOfTheirKind(t *testing.T) {
	t.Parallel()
	db := inParts(t, 4)
	run := newRun(tidings.Daily, at(10))
	all, n := takeAll(&run.UpTo), 0
	opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		if n++; n == 1 { // all of the first part, before it is written
			setState(t, db, "s0@example.org", at(11), tidings.Left)
			setState(t, db, "s1@example.org", at(11), tidings.Left)
		}
		return all(cohorts, candidates)
	})
	if got := claim(t, db, at(14), 9); err != nil || !opened || len(got) != 2 || n != 1 {
		t.Errorf("opened %t, %v, %d mails, asked %d times", opened, err, len(got), n)
	}
}

func TestARunMovesItsOwnAndNobodyBetween(t *testing.T) {
	t.Parallel()
	for others := range 4 { // between two of the run's
		db := storetest.New(t)
		cadences := map[string]string{}
		for i := range 6 * (others + 1) {
			who, cadence := fmt.Sprintf("s%d@example.org", i), tidings.Weekly
			if i%(others+1) == 0 {
				cadence = tidings.Daily
			}
			cadences[who] = cadence
			storetest.Subscribe(t, db, at(0), who, storetest.To(t, cadence, ""))
		}
		storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
		openRun(t, db, tidings.Daily, at(10))
		for who, cadence := range cadences {
			s, err := db.Subscriber(t.Context(), who)
			if err != nil || (s.Subscriptions[0].Position == 1) != (cadence == tidings.Daily) {
				t.Errorf("%d between: %s stands at %d, %v", others, cadence, s.Subscriptions[0].Position, err)
			}
		}
	}
}
