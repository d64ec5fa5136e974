package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// A correction that overtakes what it corrects leaves its reader with the wrong text as the last word. So no delivery is claimed that
// corrects or withdraws a release which an older delivery has yet to bring to the same reader: it waits until that one has come to its end.

// How soon a delivery that waits behind another is looked at again: when that one is due, but within these bounds, and no oftener than after
// a tenth of its own run's age. What the other waits for may be a person, and there may be a million of them.
const (
	behindLeast = time.Minute
	behindMost  = 15 * time.Minute
	behindAge   = 10
)

const (
	// tellsMore: the run has an entry that says more of a release of before.
	tellsMore = `SELECT EXISTS (SELECT 1 FROM run_entries e WHERE e.id > ? AND e.id <= ? AND e.kind <> '')`

	// behindQuery gives, of some deliveries d of some runs, those that say more of a release which an older one, b, has yet to bring; the run
	// of that, and when it is due: 0 for one that waits for a person or its run, 1 for one on the wire. What a reader has yet to get is
	// little, so it is where the search begins: in runs that are not claimed to their end, in those that are being sent, and in what came back.
	// Of a run that was cancelled only what is on the wire comes.
	behindQuery = `
	WITH told (run, n, release) AS MATERIALIZED (
		SELECT e.id >> 25, e.n, e.release_id FROM json_each(?2) u CROSS JOIN run_entries e
		WHERE e.id > (u.value << 25) AND e.id <= (u.value << 25) + 33554431 AND e.kind <> '' AND e.dropped IS NULL
	), going (run) AS MATERIALIZED (
		SELECT id FROM runs WHERE cursor IS NOT NULL UNION SELECT d.id >> 25 FROM deliveries d WHERE` + isSending + `
	)
	SELECT d.id, max(b.run_id), coalesce(max(iif(b.state = 'sending', 1, b.next_at)), 0)
	FROM json_each(?1) j CROSS JOIN deliveries d CROSS JOIN deliveries b
	WHERE d.id = j.value AND b.id IN (
			SELECT (g.run << 25) + d.subscriber_id FROM going g WHERE g.run < d.run_id
			UNION ALL SELECT k.id FROM deliveries k INDEXED BY deliveries_back WHERE k.subscriber_id = d.subscriber_id AND k.id < d.id
				AND k.state IN ('pending', 'deferred', 'uncertain', 'held') AND (k.next_at IS NOT NULL OR k.state = 'held'))
		AND b.state NOT IN ('sent', 'failed', 'suppressed')
		AND (b.state = 'sending' OR NOT EXISTS (SELECT 1 FROM holds h WHERE h.run_id = b.run_id AND h.kind = 'cancelled')) AND EXISTS (
			SELECT 1 FROM told t CROSS JOIN editions n CROSS JOIN run_entries o CROSS JOIN editions m
			WHERE t.run = d.run_id AND n.id = d.edition_id AND instr(n.entries, ',' || t.n || ',')
				AND o.release_id = t.release AND o.id > (b.run_id << 25) AND o.id <= (b.run_id << 25) + 33554431 AND o.dropped IS NULL
				AND m.id = b.edition_id AND instr(m.entries, ',' || o.n || ','))
	GROUP BY d.id`

	behindReply = `waits for the mail of run %d, which has what this one says more of`
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
	maps.DeleteFunc(tells, func(_ int64, more bool) bool { return !more })
	return tx.putBehind(ctx, due, doubtful, slices.Collect(maps.Keys(tells)))
}

// putBehind has those of the doubtful ones wait that would overtake, and gives the other due ones.
func (tx *tx) putBehind(ctx context.Context, due []tidings.Delivery, doubtful, runs []int64) ([]tidings.Delivery, error) {
	type other struct{ run, next int64 }
	before := map[int64]other{}
	if _, err := list(ctx, tx, func(row *sql.Rows) (none struct{}, err error) {
		var id int64
		var o other
		err = row.Scan(&id, &o.run, &o.next)
		before[id] = o
		return none, err
	}, behindQuery, listText(doubtful), listText(runs)); err != nil || len(before) == 0 {
		return due, err
	}
	inTurn := make([]tidings.Delivery, 0, len(due))
	for i := range due {
		o, behind := before[due[i].ID]
		if !behind {
			inTurn = append(inTurn, due[i])
			continue
		}
		wait := behindMost
		if o.next != 0 {
			wait = min(max(time.UnixMilli(o.next).Sub(tx.now), behindLeast), behindMost)
		}
		wait = max(wait, tx.now.Sub(due[i].Date)/behindAge)
		if _, err := tx.ExecContext(ctx, `UPDATE deliveries SET next_at = ?, reply = ? WHERE id = ?`,
			tx.now.Add(wait).UnixMilli(), fmt.Sprintf(behindReply, o.run), due[i].ID); err != nil {
			return nil, err
		}
	}
	tx.behind = true
	return inTurn, nil
}
