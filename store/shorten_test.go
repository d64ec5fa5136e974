package store

import (
	"testing"

	"github.com/tidings/tidings"
)

// A weekly run looks for what its readers had of a week of daily ones; a correction, for who had the release in any zone.
func TestNoPartLooksForMoreDeliveriesThanThereIsTimeFor(t *testing.T) {
	t.Parallel()
	const readers, runs = 300, 1_000
	for promise, c := range map[string]struct {
		also string
		most int
	}{
		"of several subscriptions": {`UPDATE subscribers SET multi = 1`, looksAtOnce / runs},
		"a correction": {`INSERT INTO run_entries (id, release_id, revision, section, kind)
			SELECT id << 25 | 1, 1, 1, '', '' FROM runs`, looksAtOnce / runs},
	} {
		db := many(t, readers, readers)
		pastRuns(t, db, runs)
		Exec(t, db, `UPDATE runs SET upto = 1`)
		Exec(t, db, c.also)
		if promise == "a correction" {
			r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "B", Note: "It was wrong.", Status: tidings.Published}
			if _, err := db.Save(t.Context(), &tidings.Site{MailDomain: "x.org"}, &r, at(2), "test"); err != nil {
				t.Fatal(err)
			}
		}
		run, calls, most, all := dailyRun(), 0, 0, 0
		opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, _ []tidings.Candidate) ([]tidings.Decision, error) {
			calls, most, all = calls+1, max(most, len(cohorts)), all+len(cohorts)
			decisions := make([]tidings.Decision, len(cohorts))
			for i := range cohorts {
				decisions[i] = tidings.Decision{Position: run.UpTo, Entries: []tidings.Entry{{Release: 1, Revision: 1}}}
			}
			return decisions, nil
		})
		if err != nil || !opened {
			t.Fatal(promise, opened, err)
		}
		if most > c.most || all != readers {
			t.Errorf("%s: %d at once, of %d in %d", promise, most, all, calls)
		}
		var deliveries, editions, moved int
		if err := db.readers.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM editions WHERE run_id = ?1),
			(SELECT count(*) FROM positions WHERE position = ?2)`, run.ID, run.UpTo).Scan(&deliveries, &editions, &moved); err != nil ||
			deliveries != readers || moved != readers || editions != 1 {
			t.Errorf("%s: %d deliveries, %d editions, %d moved, %v", promise, deliveries, editions, moved, err)
		}
	}
}
