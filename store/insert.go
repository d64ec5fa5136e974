package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// abreast is how many rows are written by one statement. A list in JSON takes a third longer.
const abreast = 100

// insertNumbered writes rows: their numbers, which ascend, and what else each has, one after another. A number that is one more than the
// highest in the table is what SQLite gives by itself (https://sqlite.org/autoinc.html). Left to it, it need not look for the row's place,
// which is a quarter of the work; most of all where it is told so for the hundred.
func (tx *tx) insertNumbered(ctx context.Context, table, columns, row string, numbers []int64, args []any) error {
	if len(numbers) == 0 {
		return nil
	}
	var highest int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM `+table).Scan(&highest); err != nil {
		return err
	}
	into := `INSERT INTO ` + table + ` (id, ` + columns + `) VALUES (?, ` + row + `)`
	width := len(args) / len(numbers)
	all := make([]any, 0, abreast*(1+width))
	for len(numbers) > 0 {
		n := min(len(numbers), abreast)
		next := `, (?, ` + row + `)`
		counts := numbers[0] > highest && numbers[n-1]-numbers[0] == int64(n)-1
		if counts {
			next = `, (NULL, ` + row + `)`
		}
		all = all[:0]
		for i, number := range numbers[:n] {
			switch {
			case i == 0 || !counts && number != highest+1:
				all = append(all, number)
			case !counts:
				all = append(all, nil)
			}
			all = append(all, args[i*width:(i+1)*width]...)
			highest = max(highest, number)
		}
		done, err := tx.ExecContext(ctx, into+strings.Repeat(next, n-1), all...)
		if err != nil {
			return err
		}
		if last, err := done.LastInsertId(); err != nil || last != numbers[n-1] {
			return errors.Join(err, fmt.Errorf("%s: %d was written as %d", table, numbers[n-1], last))
		}
		numbers, args = numbers[n:], args[n*width:]
	}
	return nil
}
