package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/tidings/tidings"
)

// Fate is what a release comes to for a subscription.
type Fate string

// The fates, those that decide over others first.
const (
	FateSent        Fate = "sent"        // this cadence brought it
	FateReturned    Fate = "returned"    // this cadence sent it, and the mail came back
	FateWaiting     Fate = "waiting"     // it is in a mail of this cadence that is not sent yet
	FateFailed      Fate = "failed"      // the mail of this cadence could not be delivered
	FateDropped     Fate = "dropped"     // the mail of this cadence was not sent: its reader had left by then, or must not be written to
	FateCancelled   Fate = "cancelled"   // the run of this cadence was cancelled before its mail was sent
	FateVetoed      Fate = "vetoed"      // it was taken out of the run of this cadence
	FatePulled      Fate = "pulled"      // it was withdrawn before the mail of this cadence was sent
	FateElsewhere   Fate = "elsewhere"   // another digest of the same subscriber brings or brought it
	FateTranslation Fate = "translation" // they have it in another language
	FateUnconfirmed Fate = "unconfirmed"
	FateLeft        Fate = "left"
	FateSuppressed  Fate = "suppressed"
	FateMismatch    Fate = "mismatch"  // the filter does not match
	FateArchived    Fate = "archived"  // it is of an archive that was taken over: nobody gets it by mail
	FateWithdrawn   Fate = "withdrawn" // likewise, since it is withdrawn
	FateLate        Fate = "late"      // the subscription began after it was published
	FateFaster      Fate = "faster"    // left to a faster digest of the same subscriber
	FatePaused      Fate = "paused"    // comes when they are back
	FateDue         Fate = "due"       // comes with the next digest; of a release that is not public yet, with the first one after that
)

// Share is how many subscribers of a cadence a release has the same fate with.
type Share struct {
	Cadence     string
	Fate        Fate
	Subscribers int
	Matching    int // of them, those whose filter matches the release as it is now
}

// Audience says what becomes of a release for all subscriptions, or for those of one subscriber (0: all). matches is
// asked once for each distinct filter; cadences are those on offer, the fastest first.
func (db *DB) Audience(
	ctx context.Context, r *tidings.Release, matches func(tidings.Filter) bool, cadences tidings.Cadences, subscriber int64,
) (shares []Share, err error) {
	order := make([]string, len(cadences))
	for i := range cadences {
		order[i] = cadences[i].Name
	}
	err = db.snapshot(ctx, func(q querier) error {
		matching, err := matchingFilters(ctx, q, matches)
		if err != nil {
			return err
		}
		fast, err := json.Marshal(order)
		if err != nil {
			return err
		}
		shares, err = list(ctx, q, func(row *sql.Rows) (s Share, err error) {
			return s, row.Scan(&s.Cadence, &s.Fate, &s.Subscribers, &s.Matching)
		}, audienceQuery, r.ID, matching, string(fast), subscriber)
		return err
	})
	return shares, err
}

// matchingFilters are the ids of the filters that match, as JSON.
func matchingFilters(ctx context.Context, q querier, matches func(tidings.Filter) bool) (string, error) {
	ids := []int64{}
	_, err := list(ctx, q, func(row *sql.Rows) (none struct{}, err error) {
		var id int64
		var text string
		if err := row.Scan(&id, &text); err != nil {
			return none, err
		}
		f, err := tidings.ParseFilter(text)
		if err == nil && matches(f) {
			ids = append(ids, id)
		}
		return none, err
	}, `SELECT id, text FROM filters`)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(ids)
	return string(text), err
}

// goneBy says that the reader of a delivery d that was not sent had left by its end, or must not be written to.
const goneBy = ` EXISTS (
	SELECT 1 FROM subscribers g
	WHERE g.id = d.subscriber_id AND (g.state = 'suppressed' OR g.state = 'left' AND coalesce(g.left_at <= d.settled, 1))) `

// perhaps says of a delivery that has not come to its end that its mail went out whole, and nobody knows whether it arrived.
const perhaps = ` (state = 'uncertain' OR state = 'held' AND reply LIKE '%` + tidings.AfterTheDot + `%') `

// unanswered says that a delivery d waits for a person because its mail went out whole, time and again, and the relay said nothing: it may
// have come.
const unanswered = ` EXISTS (SELECT 1 FROM deliveries w WHERE w.id = d.id AND w.state = 'held' AND w.reply LIKE '%` + tidings.AfterTheDot + `%') `

// audienceQuery: ?1 is the release, ?2 the filters that match it, ?3 the cadences, ?4 the only subscriber to look at, or 0.
// The best delivery of each subscriber says how they have it: by a digit, the best first, and the cadence. Mails that only tell of a
// correction or withdrawal say nothing of that.
const audienceQuery = `
	WITH self AS MATERIALIZED (
		SELECT r.id, r.seq, r.status, r.translation, b.at AS withdrawn,
			(SELECT kind FROM publications WHERE seq = r.seq) AS kind
		FROM releases r LEFT JOIN publications b ON b.release_id = r.id AND b.kind = 'withdrawn' WHERE r.id = ?1
	), had (subscriber, how) AS MATERIALIZED (
		SELECT d.subscriber_id, min(CASE
			WHEN self.withdrawn IS NOT NULL AND d.state NOT IN ('sending', 'uncertain', 'failed', 'suppressed')
				AND coalesce(d.settled > self.withdrawn, 1) AND NOT` + unanswered + `THEN '6'
			WHEN` + cameBack + `THEN '3' WHEN d.state = 'sent' THEN '1' WHEN d.state = 'failed' THEN '4'
			WHEN d.state = 'suppressed' AND EXISTS (SELECT 1 FROM holds WHERE run_id = d.run_id AND kind = 'cancelled') THEN '7'
			WHEN d.state = 'suppressed' AND d.settled >= self.withdrawn AND NOT` + goneBy + `THEN '6'
			WHEN d.state = 'suppressed' THEN '5'
			ELSE '2' END || u.cadence)
		FROM self CROSS JOIN brought d CROSS JOIN runs u
		WHERE d.release_id = self.id AND d.kind = '' AND u.id = d.run_id AND ?4 IN (0, d.subscriber_id)
		GROUP BY d.subscriber_id
	), translated (subscriber) AS MATERIALIZED (
		SELECT DISTINCT d.subscriber_id
		FROM self CROSS JOIN releases v CROSS JOIN brought d
		WHERE v.translation = self.translation AND v.translation <> '' AND v.id <> self.id
			AND d.release_id = v.id AND` + reached + `AND ?4 IN (0, d.subscriber_id)
			AND coalesce(d.settled <= (SELECT at FROM publications WHERE release_id = v.id AND kind = 'withdrawn'),
				v.status <> 'withdrawn' OR d.state IN ('sending', 'uncertain'))
	), matching (filter) AS MATERIALIZED (
		SELECT value FROM json_each(?2)
	), speed (cadence, place) AS MATERIALIZED (
		SELECT value, key FROM json_each(?3)
	), fates (cadence, fate, matches) AS (
		SELECT s.cadence, CASE
			WHEN substr(h.how, 2) = s.cadence THEN CASE substr(h.how, 1, 1) WHEN '1' THEN 'sent' WHEN '2' THEN 'waiting'
				WHEN '3' THEN 'returned' WHEN '4' THEN 'failed' WHEN '5' THEN 'dropped' WHEN '7' THEN 'cancelled' ELSE 'pulled' END
			WHEN h.how < '4' THEN 'elsewhere'
			WHEN t.subscriber IS NOT NULL THEN 'translation'
			WHEN p.state = 'pending' THEN 'unconfirmed'
			WHEN p.state IN ('left', 'suppressed') THEN p.state
			WHEN s.filter_id NOT IN (SELECT filter FROM matching) THEN 'mismatch'
			WHEN self.status = 'withdrawn' THEN 'withdrawn'
			WHEN self.kind = 'archived' THEN 'archived'
			WHEN self.seq <= q.position AND EXISTS (
				SELECT 1 FROM run_entries x CROSS JOIN runs u CROSS JOIN deliveries d CROSS JOIN editions e
				WHERE x.release_id = self.id AND x.dropped IS NOT NULL AND u.id = x.run_id AND u.cadence = s.cadence
					AND d.id = (x.run_id << 25) + p.id AND e.id = d.edition_id AND instr(e.entries, ',' || x.n || ',')) THEN 'vetoed'
			WHEN self.seq <= q.position THEN 'late'
			WHEN p.multi AND EXISTS (
				SELECT 1 FROM subscriptions o JOIN positions w ON w.subscription_id = o.id JOIN speed a ON a.cadence = o.cadence
				WHERE o.subscriber_id = s.subscriber_id AND o.filter_id IN (SELECT filter FROM matching)
					AND a.place < coalesce((SELECT place FROM speed WHERE cadence = s.cadence), 99)
					AND (self.seq IS NULL OR w.position < self.seq)) THEN 'faster'
			WHEN p.state = 'paused' THEN 'paused'
			ELSE 'due' END, s.filter_id IN (SELECT filter FROM matching)
		FROM self CROSS JOIN subscriptions s CROSS JOIN positions q ON q.subscription_id = s.id JOIN subscribers p ON p.id = s.subscriber_id
			LEFT JOIN had h ON h.subscriber = p.id LEFT JOIN translated t ON t.subscriber = p.id
		WHERE p.address IS NOT NULL AND ?4 IN (0, p.id)
	) SELECT cadence, fate, count(*), sum(matches) FROM fates GROUP BY cadence, fate ORDER BY cadence, fate`

// DeliveriesOf gives the deliveries that brought, or were to bring, a release to a subscriber, or that told them of its correction or
// withdrawal, the newest first.
func (db *DB) DeliveriesOf(ctx context.Context, release, subscriber int64, kind tidings.EntryKind) ([]tidings.Delivery, error) {
	return list(ctx, db.readers, scanDeliveries, `SELECT `+deliveryColumns+deliveriesTo+`
		WHERE EXISTS (
			SELECT 1 FROM edition_entries e
			WHERE e.release_id = ? AND e.edition_id = d.edition_id AND e.kind = ?)
		ORDER BY u.id DESC`, subscriber, release, string(kind))
}
