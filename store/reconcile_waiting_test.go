package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAStateThatWasPutBackIsComparedByWhatWaitsAlone(t *testing.T) {
	t.Parallel()
	db := open(t)
	got := plan(t, db.writer, unsettledIDs)
	for step := range strings.Lines(got) {
		if strings.HasPrefix(step, "SCAN d") && !strings.Contains(step, "deliveries_due") || strings.Contains(step, "TEMP B-TREE") {
			t.Errorf("%s", got)
		}
	}
	crowd(t, db, 9, "active")
	pastRuns(t, db, 2)
	for i, q := range []string{
		`'sent', NULL`, `'failed', NULL`, `'suppressed', NULL`, `'held', NULL`, `'held', 5`, `'deferred', 5`, `'uncertain', 5`, `'sending', NULL`, `'pending', 5`,
	} {
		Exec(t, db, fmt.Sprintf(`INSERT INTO deliveries (id, edition_id, state, next_at) VALUES (1 << 25 | %d, 1 << 25 | 1, %s)`, i+1, q))
	}
	Exec(t, db, `INSERT INTO deliveries (id, edition_id, state) SELECT 2 << 25 | id, 2 << 25 | 1, 'pending' FROM subscribers WHERE id < 4`)
	Exec(t, db, `UPDATE runs SET cursor = 2 << 25 WHERE id = 2`)
	ids, err := list(t.Context(), db.readers, scanID, unsettledIDs)
	slices.Sort(ids)
	if want := "[33554436 33554437 33554438 33554439 33554440 33554441 67108865 67108866 67108867]"; err != nil || fmt.Sprint(ids) != want {
		t.Errorf("%v %v, want %s", ids, err, want)
	}
	r, err := db.Reconcile(t.Context(), at(1), func(string) bool { return true }, true)
	if want := (Reconciled{Deliveries: 9, Due: 7}); err != nil || r != want {
		t.Errorf("%+v %v, want %+v", r, err, want)
	}
	if ids, err = list(t.Context(), db.readers, scanID, unsettledIDs); err != nil || len(ids) > 0 {
		t.Errorf("%v %v wait still", ids, err)
	}
}
