package store

import (
	"testing"

	"github.com/tidings/tidings"
)

// Who forces a run while the daemon decides it goes on with it. Whichever comes second finds nothing left to decide, and that is no fault.
func TestTwoWhoDecideTheSameRunDecideItOnce(t *testing.T) {
	t.Parallel()
	const readers = 20
	for _, parts := range []int{3, 7} {
		db := many(t, readers, readers)
		other, err := Open(t.Context(), db.path, Volatile(), Parts(parts))
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		db.parts = 4
		all := func(run *tidings.Run) decider {
			return func(cohorts []tidings.Cohort, _ []tidings.Candidate) ([]tidings.Decision, error) {
				decisions := make([]tidings.Decision, len(cohorts))
				for i := range cohorts {
					decisions[i] = tidings.Decision{Position: run.UpTo, Entries: []tidings.Entry{{Release: 1, Revision: 1}}}
				}
				return decisions, nil
			}
		}
		run, calls := dailyRun(), 0
		opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, c []tidings.Candidate) ([]tidings.Decision, error) {
			if calls++; calls == 3 {
				theirs := dailyRun()
				theirs.Due, theirs.Kind = at(12), tidings.ForcedRun
				if opened, err := other.OpenRun(t.Context(), theirs, all(theirs)); err != nil || !opened {
					t.Errorf("the other one: %v %v", opened, err)
				}
			}
			return all(run)(cohorts, c)
		})
		if opened || err != nil {
			t.Errorf("%v %v, want nothing, and no fault", opened, err)
		}
		var deliveries, moved int
		if err := db.readers.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM positions WHERE position = 1)`).
			Scan(&deliveries, &moved); err != nil || deliveries != readers || moved != readers {
			t.Errorf("%d deliveries, %d moved, %v", deliveries, moved, err)
		}
	}
}
