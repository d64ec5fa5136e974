package store

import "context"

// Reach is how far a release has come by mail.
type Reach struct {
	Got    int // subscribers, still here, who got it or may have
	Unsent int // mails with it that wait to be sent
}

// Reach counts the readers whom a correction of the release is told to, and the mails that its withdrawal is in time for.
func (db *DB) Reach(ctx context.Context, id int64) (r Reach, err error) {
	err = db.readers.QueryRowContext(ctx, `
		SELECT count(DISTINCT CASE WHEN d.state IN ('sent', 'sending', 'uncertain') THEN d.subscriber_id END),
			count(DISTINCT CASE WHEN d.state IN ('pending', 'deferred', 'held') THEN d.id END)
		FROM brought d CROSS JOIN subscribers s ON s.id = d.subscriber_id
		WHERE d.release_id = ? AND d.kind <> 'withdrawn' AND s.state IN ('active', 'paused')`, id).Scan(&r.Got, &r.Unsent)
	return r, explain(err)
}
