package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/tidings/tidings"
)

// saidAfter narrows bounces b to what was said of mails after a relay had taken them: what it refused itself has failed, or went out later.
const saidAfter = ` b.mail = 'delivery' AND b.via <> 'relay' `

// cameBack: the delivery d is sent, and a server reported that it could not be delivered.
const cameBack = ` (d.state = 'sent' AND EXISTS (SELECT 1 FROM bounces b WHERE b.mail_id = d.id AND b.kind = 'bounce' AND` + saidAfter + `)) `

// Returns gives what servers and the reader said of a delivery after it was sent, the servers first.
func (db *DB) Returns(ctx context.Context, delivery int64) ([]tidings.BounceRecord, error) {
	return list(ctx, db.readers, func(row *sql.Rows) (tidings.BounceRecord, error) { return scanBounce(row) },
		`SELECT `+bounceColumns+` FROM bounces b WHERE b.mail_id = ? AND`+saidAfter+`ORDER BY b.kind, b.id`, delivery)
}

// RunReturns says how many mails of a run came back after they were sent, and how many their readers reported as unwanted.
func (db *DB) RunReturns(ctx context.Context, run int64) (bounced, complained int, err error) {
	err = db.readers.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE b.kind = 'bounce'), count(*) FILTER (WHERE b.kind = 'complaint')
		FROM bounces b CROSS JOIN deliveries d ON d.id = b.mail_id
		WHERE b.mail_id > ? AND b.mail_id <= ? AND d.state = 'sent' AND`+saidAfter, firstOf(run), lastOf(run)).Scan(&bounced, &complained)
	return bounced, complained, explain(err)
}

// Returned counts what came back since an instant, of whichever mail, and the addresses that must not be written to now.
func (db *DB) Returned(ctx context.Context, since, now time.Time) (r tidings.Returned, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		r.Counts, err = list(ctx, q, func(row *sql.Rows) (c tidings.ReturnedCount, err error) {
			return c, row.Scan(&c.Kind, &c.Verdict, &c.Mails)
		}, `SELECT kind, verdict, count(*) FROM bounces WHERE at > ? AND mail <> 'probe' GROUP BY kind, verdict ORDER BY kind, verdict`,
			since.UnixMilli())
		if err != nil {
			return err
		}
		return q.QueryRowContext(ctx, `SELECT count(*) FROM suppressions WHERE`+inForce, now.UnixMilli(), erasedThen).Scan(&r.Suppressions)
	})
	return r, err
}
