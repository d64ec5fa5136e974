package store

import (
	"context"
	"database/sql"
)

// HeldMails are the mails of a run that wait for a person.
type HeldMails struct {
	Mails int
	Reply string // why, of most of them
}

// HeldMails says how many mails of a run wait for a person, and why. Those that wait for a reader who pauses are not among them.
func (db *DB) HeldMails(ctx context.Context, run int64) (h HeldMails, err error) {
	most := 0
	_, err = list(ctx, db.readers, func(row *sql.Rows) (n int, err error) {
		var reply string
		err = row.Scan(&n, &reply)
		if h.Mails += n; n > most {
			most, h.Reply = n, reply
		}
		return n, err
	}, `SELECT count(*), coalesce(d.reply, '') FROM deliveries d
		WHERE`+isHeld+`AND d.run_id = ? AND d.next_at IS NULL GROUP BY 2 ORDER BY 1 DESC, 2`, run)
	return h, explain(err)
}

// HeldRun is a run of which mails wait for a person.
type HeldRun struct {
	Run int64
	HeldMails
}

// HeldRuns are all of them, the newest first.
func (db *DB) HeldRuns(ctx context.Context) (all []HeldRun, err error) {
	_, err = list(ctx, db.readers, func(row *sql.Rows) (run int64, err error) {
		var n int
		var reply string
		err = row.Scan(&run, &n, &reply)
		if len(all) == 0 || all[len(all)-1].Run != run {
			all = append(all, HeldRun{Run: run, HeldMails: HeldMails{Reply: reply}}) // that of most comes first
		}
		all[len(all)-1].Mails += n
		return run, err
	}, `SELECT d.run_id, count(*), coalesce(d.reply, '') FROM deliveries d
		WHERE`+isHeld+`AND d.next_at IS NULL GROUP BY 1, 3 ORDER BY 1 DESC, 2 DESC, 3`)
	return all, explain(err)
}
