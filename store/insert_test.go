package store

import (
	"database/sql"
	"maps"
	"math/rand/v2"
	"testing"
	"time"
)

// insertAll writes deliveries with these numbers, each with an edition that shows which number it was meant to have.
func insertAll(t *testing.T, db *DB, numbers ...int64) error {
	t.Helper()
	args := make([]any, len(numbers))
	for i, number := range numbers {
		args[i] = -number
	}
	return db.write(t.Context(), time.Unix(0, 0), "test", func(tx *tx) error {
		return tx.insertNumbered(t.Context(), "deliveries", "edition_id, state", "?, 'pending'", numbers, args)
	})
}

func TestRowsAreWrittenUnderTheirNumbersWhateverSQLiteWouldGiveThem(t *testing.T) {
	t.Parallel()
	db := open(t)
	rnd := rand.New(rand.NewPCG(2026, 11))
	want := map[int64]int64{}
	for round := range 60 {
		gap := []float64{0, 0.02, 0.5}[round%3]
		var numbers []int64
		for number := rnd.Int64N(20_000) + 5_000*rnd.Int64N(2)*int64(round); len(numbers) < round*5; number++ { // above all that are there, or among them
			if _, there := want[number]; !there && rnd.Float64() >= gap {
				numbers, want[number] = append(numbers, number), -number
			}
		}
		if err := insertAll(t, db, numbers...); err != nil {
			t.Fatal(round, err)
		}
	}
	got := map[int64]int64{}
	if _, err := list(t.Context(), db.readers, func(row *sql.Rows) (none struct{}, err error) {
		var id, edition int64
		err = row.Scan(&id, &edition)
		got[id] = edition
		return none, err
	}, `SELECT id, edition_id FROM deliveries`); err != nil || len(want) < 5_000 || !maps.Equal(got, want) {
		t.Fatalf("%v; %d rows, want %d", err, len(got), len(want))
	}
}

func TestANumberThatIsTakenIsRefused(t *testing.T) {
	t.Parallel()
	db := open(t)
	if err := insertAll(t, db, 1, 2, 3, 7); err != nil {
		t.Fatal(err)
	}
	for _, numbers := range [][]int64{{7, 8, 9}, {3, 4}, {4, 7}, {0, 1, 2}} {
		if err := insertAll(t, db, numbers...); err == nil {
			t.Fatal(numbers, "are in the table")
		}
	}
}
