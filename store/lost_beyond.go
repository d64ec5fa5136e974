package store

import (
	"context"

	"github.com/tidings/tidings"
)

// joinedSince is how many numbers in a row, beyond those that this database has given to subscribers, must have had no mail of a lost run
// for nobody else to be looked for: of who joined later it knows nothing.
const joinedSince = 1000

// countBeyond counts the mails of the lost runs that took what was published after all that this database has: of these releases it
// cannot know who has them, so that whoever makes them public again mails them again.
func (db *DB) countBeyond(ctx context.Context, traced map[tracedRun]struct{}, sent func(string) bool) (mails, runs int, err error) {
	var beyond []tidings.Run
	var newest int64 // subscriber
	err = db.snapshot(ctx, func(q querier) error {
		for r := range traced {
			is, err := isBeyond(ctx, q, &r)
			if err != nil {
				return err
			}
			if is {
				beyond = append(beyond, r.Run)
			}
		}
		return q.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM subscribers`).Scan(&newest)
	})
	if err != nil {
		return 0, 0, err
	}
	for i := range beyond {
		n := 0
		for id, until := int64(1), newest+joinedSince; id <= until; id++ {
			if sent(beyond[i].MessageID(id)) {
				n++
				until = max(until, id+joinedSince)
			}
		}
		if n > 0 {
			runs++
		}
		if mails += n; ctx.Err() != nil {
			return 0, 0, ctx.Err()
		}
	}
	return mails, runs, nil
}

// isBeyond reports whether a run is not known here, and what it took was not all published here.
func isBeyond(ctx context.Context, q querier, r *tracedRun) (is bool, err error) {
	s := r.Slot
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 WHERE`+notKnown+`)`,
		r.resumed, r.ID, s.Cadence, s.Zone, s.Hour, r.Due.UnixMilli(), r.Created.UnixMilli()).Scan(&is)
	if err != nil || !is {
		return false, err
	}
	common, err := commonTo(ctx, q, &r.Run)
	return common < r.UpTo, err
}
