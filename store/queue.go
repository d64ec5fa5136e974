package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/tidings/tidings"
)

// Waiting is a group of what waits, or is being sent: mails to one domain in one state.
type Waiting struct {
	Letters bool // or else digests
	State   tidings.DeliveryState
	Paused  bool // held, for readers who pause: they are due when these are back
	Domain  string
	Age     time.Duration // they are younger than that, and not younger than the next one of Ages below; 0: older than all
	Mails   int
	Oldest  time.Time // when the oldest was written
	Next    time.Time // when the first is due; zero: none is
	Reply   string    // the relay's last words to any of them; empty: none yet
}

// Ages are the bounds by which Queue groups, the youngest first.
func Ages() []time.Duration {
	return []time.Duration{5 * time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
}

// The queues, each by an index of its own: nothing that has come to an end is looked at. ?1 to ?5 are now and the ages.
const (
	queuedDigests = `
		SELECT 0, d.state, p.address, u.created, d.next_at, d.reply
		FROM deliveries d CROSS JOIN subscribers p ON p.id = d.subscriber_id CROSS JOIN runs u ON u.id = d.run_id WHERE `
	queuedFresh = `
		SELECT 0 AS letter, d.state, p.address, u.created,` + runGoes + `AS next_at, d.reply
		FROM runs u CROSS JOIN deliveries d CROSS JOIN subscribers p ON p.id = d.subscriber_id WHERE ` + neverClaimed
	neverClaimed = ` u.cursor IS NOT NULL AND d.id >= u.cursor AND d.id <= (u.id << 25) + 33554431
		AND d.state = 'pending' AND d.next_at IS NULL `
	queuedLetters = `
		SELECT 1, l.state, l.address, l.created, l.next_at, l.reply FROM letters l WHERE `

	queueQuery = `
		SELECT letter, state, letter = 0 AND state = 'held' AND next_at IS NOT NULL AS paused, lower(substr(address, instr(address, '@') + 1)) AS domain,
			CASE WHEN ?1 - created < ?2 THEN ?2 WHEN ?1 - created < ?3 THEN ?3 WHEN ?1 - created < ?4 THEN ?4
				WHEN ?1 - created < ?5 THEN ?5 ELSE 0 END AS age,
			count(*), min(created), min(next_at), substr(max(iif(reply = '', '', printf('%020d', coalesce(next_at, 0)) || reply)), 21)
		FROM (` + queuedFresh + `UNION ALL` + queuedDigests + queueBack + `UNION ALL` + queuedDigests + isSending +
		`UNION ALL` + queuedDigests + isHeld + `UNION ALL` + queuedLetters + dueLetters + `UNION ALL` + queuedLetters + `l.state = 'sending')
		GROUP BY letter, state, paused, domain, age ORDER BY letter, state, paused, domain, age`
)

// Queue gives what waits, in groups. It looks at every mail that waits, and at none that has come to an end.
func (db *DB) Queue(ctx context.Context, now time.Time) ([]Waiting, error) {
	args := []any{now.UnixMilli()}
	for _, age := range Ages() {
		args = append(args, age.Milliseconds())
	}
	return list(ctx, db.readers, func(row *sql.Rows) (w Waiting, err error) {
		var oldest, next sql.NullInt64
		var age int64
		err = row.Scan(&w.Letters, &w.State, &w.Paused, &w.Domain, &age, &w.Mails, &oldest, &next, &w.Reply)
		w.Age, w.Oldest = time.Duration(age)*time.Millisecond, instant(oldest)
		if !w.Paused { // nobody knows when they are back
			w.Next = instant(next)
		}
		return w, err
	}, queueQuery, args...)
}

// backlogQuery counts by the same indexes as queueQuery, and asks nobody who the mails are for.
const backlogQuery = `
	SELECT run_id, state, state = 'held' AND next_at IS NOT NULL AS paused, count(*), min(next_at) FROM (
		SELECT u.id AS run_id, d.state,` + runGoes + `AS next_at FROM runs u CROSS JOIN deliveries d WHERE ` + neverClaimed + `UNION ALL
		SELECT d.run_id, d.state, d.next_at FROM deliveries d WHERE ` + queueBack + `UNION ALL
		SELECT d.run_id, d.state, d.next_at FROM deliveries d WHERE ` + isSending + `UNION ALL
		SELECT d.run_id, d.state, d.next_at FROM deliveries d WHERE ` + isHeld + `UNION ALL
		SELECT 0, l.state, l.next_at FROM letters l WHERE ` + dueLetters + `UNION ALL
		SELECT 0, l.state, l.next_at FROM letters l WHERE l.state = 'sending')
	GROUP BY run_id, state, paused ORDER BY run_id, state, paused`

// Backlog counts what waits of each run, and of letters. It looks at every mail that waits, and at none that has come to an end.
func (db *DB) Backlog(ctx context.Context) ([]tidings.Backlog, error) {
	return list(ctx, db.readers, func(row *sql.Rows) (b tidings.Backlog, err error) {
		var next sql.NullInt64
		err = row.Scan(&b.Run, &b.State, &b.Paused, &b.Mails, &next)
		b.Next = instant(next)
		return b, err
	}, backlogQuery)
}

// RecentRuns gives the newest runs and these, the newest first, without a look at their deliveries.
func (db *DB) RecentRuns(ctx context.Context, limit int, these ...int64) ([]tidings.Run, error) {
	return recentRuns(ctx, db.readers, limit, these...)
}

func recentRuns(ctx context.Context, q querier, limit int, these ...int64) ([]tidings.Run, error) {
	also, err := json.Marshal(these)
	if err != nil {
		return nil, err
	}
	return list(ctx, q, func(rows *sql.Rows) (tidings.Run, error) { return scanRun(rows) }, `SELECT `+runColumns+` FROM runs u
		WHERE u.id IN (SELECT id FROM (SELECT id FROM runs ORDER BY id DESC LIMIT ?) UNION SELECT value FROM json_each(?))
		ORDER BY u.id DESC`, limitOf(limit), string(also))
}

// Progress counts the deliveries of a run by state, one by one.
func (db *DB) Progress(ctx context.Context, run int64) (states map[tidings.DeliveryState]int, err error) {
	report, err := db.Run(ctx, run)
	return report.States, err
}
