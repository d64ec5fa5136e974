package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// pieced is an edition made of its excerpt, its run's contents, and each release by itself.
func pieced(t *testing.T, db *store.DB, id int64) tidings.Edition {
	t.Helper()
	excerpt, err := db.Excerpt(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := db.Contents(t.Context(), excerpt.Run)
	if err != nil {
		t.Fatal(err)
	}
	e := tidings.Edition{ID: excerpt.Edition, Language: excerpt.Language, Run: contents.Run}
	for _, n := range excerpt.Entries {
		entry, there := contents.Entries[n]
		if !there {
			continue
		}
		r, err := db.EntryRelease(t.Context(), &entry)
		if errors.Is(err, tidings.ErrNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		e.Entries, e.Releases = append(e.Entries, entry), append(e.Releases, r)
	}
	return e
}

// tellAll tells every cohort what became of what they got.
func tellAll(run *tidings.Run) func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error) {
	return func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		decisions := make([]tidings.Decision, len(cohorts))
		for i, c := range cohorts {
			decisions[i].Position = run.UpTo
			for _, cand := range candidates {
				if cand.Kind != tidings.NewEntry && c.Owed[cand.Release.ID] {
					decisions[i].Entries = append(decisions[i].Entries, tidings.Entry{
						Release: cand.Release.ID, Revision: cand.Release.Revision, Section: "energy", Kind: cand.Kind,
					})
				}
			}
		}
		return decisions, nil
	}
}

func TestAnExcerptAndItsRunsContentsMakeTheEdition(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	storetest.Subscribe(t, db, at(0), "lee@example.org", storetest.To(t, tidings.Daily, "topic:energy"))
	a := storetest.Save(t, db, at(1), tidings.Release{Slug: "a", Topics: []string{"energy", "trade"}})
	b := storetest.Save(t, db, at(1), tidings.Release{Slug: "b"})
	c := storetest.Save(t, db, at(1), tidings.Release{Slug: "c", Topics: []string{"energy"}})
	openRun(t, db, tidings.Daily, at(2))
	same := func(when string, entries int, deliveries []tidings.Delivery) {
		t.Helper()
		most := 0
		for _, d := range deliveries {
			want, err := db.Edition(t.Context(), d.EditionID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, pieced(t, db, d.EditionID)); diff != "" {
				t.Errorf("%s (-whole +pieces):\n%s", when, diff)
			}
			most = max(most, len(want.Entries))
		}
		if most != entries {
			t.Errorf("%s: %d entries at the most, not %d", when, most, entries)
		}
	}
	if _, err := db.Drop(t.Context(), 1, c.ID, "not yet", at(2), "test"); err != nil {
		t.Fatal(err)
	}
	first := claim(t, db, at(2), 2)
	same("as decided, but for one", 2, first)
	for _, d := range first {
		settle(t, db, tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySent, Attempts: 1, At: at(2)})
	}
	a.Title, a.Note = "Edited", "Another title."
	storetest.Save(t, db, at(3), a)
	if err := db.Withdraw(t.Context(), b.ID, tidings.Withdrawal{Reason: "Wrong.", Successor: a.ID, Notify: true}, at(4), "test"); err != nil {
		t.Fatal(err)
	}
	same("after a withdrawal", 1, first)
	run := newRun(tidings.Daily, at(30).Add(-1500*time.Millisecond))
	if _, err := db.OpenRun(t.Context(), run, tellAll(run)); err != nil {
		t.Fatal(err)
	}
	same("the word of what became of them", 2, claim(t, db, at(30), 2))
	if _, err := db.Excerpt(t.Context(), 99); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("no edition: %v", err)
	}
	if _, err := db.Contents(t.Context(), 99); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("no run: %v", err)
	}
}
