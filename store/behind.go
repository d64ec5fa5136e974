package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/tidings/tidings"
)

// A correction that overtakes what it corrects leaves its reader with the wrong text as the last word. So no delivery is claimed that
// corrects or withdraws a release which an older delivery has yet to bring to the same reader: it waits until that one has come to its end.

// behindWait is how long a delivery waits behind another before it is looked at again.
const behindWait = time.Minute

const (
	// tellsMore: the run has an entry that says more of a release of before.
	tellsMore = `SELECT EXISTS (SELECT 1 FROM run_entries e WHERE e.id > ? AND e.id <= ? AND e.kind <> '')`

	// behindQuery gives, of some deliveries d, those that say more of a release which an older one, b, has yet to bring, and when that is due.
	behindQuery = `
	SELECT d.id, coalesce(max(b.next_at), 0)
	FROM json_each(?) j CROSS JOIN deliveries d CROSS JOIN editions n CROSS JOIN run_entries e
		CROSS JOIN run_entries o CROSS JOIN deliveries b CROSS JOIN editions m
	WHERE d.id = j.value AND n.id = d.edition_id AND e.id > (d.id >> 25 << 25) AND e.id <= (d.id >> 25 << 25) + 33554431
		AND e.kind <> '' AND e.dropped IS NULL AND instr(n.entries, ',' || e.n || ',')
		AND o.release_id = e.release_id AND o.id < e.id AND o.run_id <> e.run_id AND o.dropped IS NULL
		AND b.id = (o.run_id << 25) + d.subscriber_id AND b.state NOT IN ('sent', 'failed', 'suppressed')
		AND m.id = b.edition_id AND instr(m.entries, ',' || o.n || ',')
	GROUP BY d.id`
)

// inTurn gives those of some due deliveries that overtake nothing. The others wait.
func (tx *tx) inTurn(ctx context.Context, due []tidings.Delivery) ([]tidings.Delivery, error) {
	var doubtful []int64
	tells := map[int64]bool{} // by run
	for i := range due {
		run := due[i].RunID
		if _, known := tells[run]; !known {
			var more bool
			if err := tx.QueryRowContext(ctx, tellsMore, firstOf(run), lastOf(run)).Scan(&more); err != nil {
				return nil, err
			}
			tells[run] = more
		}
		if tells[run] {
			doubtful = append(doubtful, due[i].ID)
		}
	}
	if len(doubtful) == 0 {
		return due, nil
	}
	return tx.putBehind(ctx, due, doubtful)
}

// putBehind has those of the doubtful ones wait that would overtake, and gives the other due ones.
func (tx *tx) putBehind(ctx context.Context, due []tidings.Delivery, doubtful []int64) ([]tidings.Delivery, error) {
	text, err := json.Marshal(doubtful)
	if err != nil {
		return nil, err
	}
	until := map[int64]int64{}
	if _, err = list(ctx, tx, func(row *sql.Rows) (none struct{}, err error) {
		var id, next int64
		err = row.Scan(&id, &next)
		until[id] = max(next, tx.now.Add(behindWait).UnixMilli())
		return none, err
	}, behindQuery, string(text)); err != nil || len(until) == 0 {
		return due, err
	}
	inTurn := make([]tidings.Delivery, 0, len(due))
	for i := range due {
		next, behind := until[due[i].ID]
		if !behind {
			inTurn = append(inTurn, due[i])
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE deliveries SET next_at = ? WHERE id = ?`, next, due[i].ID); err != nil {
			return nil, err
		}
	}
	tx.behind = true
	return inTurn, nil
}
