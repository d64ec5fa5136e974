package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/tidings/tidings"
)

// member is a cohort with what it takes to find its subscriptions again.
type member struct {
	tidings.Cohort
	filter     int64
	subscriber int64 // 0: many
}

// view is what a run decides on: its cohorts, and the releases that any of them may get.
type view struct {
	members    []member
	candidates []tidings.Candidate
}

// inSlot says which subscriptions s of subscribers p are in a run: those of active subscribers in the slot.
const inSlot = ` FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id JOIN filters f ON f.id = s.filter_id
	WHERE s.cadence = ? AND s.slot_zone = ? AND s.slot_hour = ? AND p.state = 'active' `

// viewOf loads the view of a run of the slot that froze upTo. Subscribers with one subscription share a cohort when
// filter, position and language are the same; whoever has (or had) several is a cohort alone.
func viewOf(ctx context.Context, q querier, slot tidings.Slot, upTo int64) (view, error) {
	var v view
	filters := filterCache{}
	shared, err := list(ctx, q, filters.scanMember, `
		SELECT 0, 0, s.filter_id, f.text, s.position, p.language`+inSlot+`AND p.multi = 0
		GROUP BY s.filter_id, s.position, p.language ORDER BY s.filter_id, s.position, p.language`,
		slot.Cadence, slot.Zone, slot.Hour)
	if err != nil {
		return v, err
	}
	singles, err := list(ctx, q, filters.scanMember, `
		SELECT s.id, s.subscriber_id, s.filter_id, f.text, s.position, p.language`+inSlot+`AND p.multi = 1
		ORDER BY s.id`, slot.Cadence, slot.Zone, slot.Hour)
	if err != nil {
		return v, err
	}
	v.members = slices.Concat(shared, singles)
	if err := v.loadCandidates(ctx, q, upTo); err != nil {
		return v, err
	}
	if len(singles) == 0 {
		return v, nil
	}
	return v, v.loadSiblings(ctx, q, v.members[len(shared):], filters)
}

// loadCandidates takes what went public, for the first time and not as an archive, after the position of the
// member that is farthest behind, and is public still.
func (v *view) loadCandidates(ctx context.Context, q querier, upTo int64) (err error) {
	if len(v.members) == 0 {
		return nil
	}
	from := upTo
	for _, m := range v.members {
		from = min(from, m.Position)
	}
	v.candidates, err = list(ctx, q, func(row *sql.Rows) (c tidings.Candidate, err error) {
		c.Release, err = scanRelease(row, &c.Seq)
		return c, err
	}, `SELECT b.seq, `+releaseColumns+`
		FROM publications b JOIN public_releases r ON r.id = b.release_id`+current+`
		WHERE b.seq > ? AND b.seq <= ? AND b.kind = 'published' ORDER BY b.seq`, from, upTo)
	return err
}

// What loadSiblings asks, of the subscribers in a JSON list and of nobody else. CROSS JOIN pins the order of the loops.
const (
	siblingsQuery = `SELECT ` + subscriptionColumns + ` WHERE s.subscriber_id IN (SELECT value FROM json_each(?)) ORDER BY s.id`

	// A candidate can be in a delivery only of a run that froze its number or a later one. Runs are numbered in that order.
	gotQuery = `
		SELECT d.subscriber_id, e.release_id
		FROM json_each(?) who CROSS JOIN deliveries d CROSS JOIN edition_entries e
		WHERE d.subscriber_id = who.value AND e.edition_id = d.edition_id AND d.state <> 'suppressed'
			AND d.run_id > coalesce((SELECT id FROM runs WHERE upto < ? ORDER BY id DESC LIMIT 1), 0)`
)

// loadSiblings gives the single members their subscriber's other subscriptions, and what this subscriber has of the
// candidates. A suppressed delivery never came, and never will.
func (v *view) loadSiblings(ctx context.Context, q querier, singles []member, filters filterCache) error {
	bySubscriber := make(map[int64]*member, len(singles))
	ids := make([]int64, len(singles))
	for i := range singles {
		singles[i].Got = map[int64]bool{}
		bySubscriber[singles[i].subscriber], ids[i] = &singles[i], singles[i].subscriber
	}
	who, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	others, err := list(ctx, q, filters.scanSubscription, siblingsQuery, string(who))
	if err != nil {
		return err
	}
	for _, s := range others {
		if m := bySubscriber[s.SubscriberID]; s.ID != m.Subscription {
			m.Others = append(m.Others, s)
		}
	}
	if len(v.candidates) == 0 {
		return nil
	}
	candidates := make(map[int64]bool, len(v.candidates))
	for i := range v.candidates {
		candidates[v.candidates[i].Release.ID] = true
	}
	_, err = list(ctx, q, func(row *sql.Rows) (none struct{}, err error) {
		var subscriber, release int64
		if err = row.Scan(&subscriber, &release); candidates[release] {
			bySubscriber[subscriber].Got[release] = true
		}
		return none, err
	}, gotQuery, string(who), v.candidates[0].Seq)
	return err
}

func (v *view) cohorts() []tidings.Cohort {
	all := make([]tidings.Cohort, len(v.members))
	for i := range v.members {
		all[i] = v.members[i].Cohort
	}
	return all
}

// filterCache holds parsed filters by their text: many subscriptions have the same.
type filterCache map[string]tidings.Filter

func (c filterCache) parse(text string) (f tidings.Filter, err error) {
	f, known := c[text]
	if !known {
		if f, err = tidings.ParseFilter(text); err == nil {
			c[text] = f
		}
	}
	return f, err
}

func (c filterCache) scanMember(row *sql.Rows) (m member, err error) {
	var text string
	if err = row.Scan(&m.Subscription, &m.subscriber, &m.filter, &text, &m.Position, &m.Language); err != nil {
		return m, err
	}
	m.Filter, err = c.parse(text)
	return m, err
}

// Preview gives what a run of the subscription's slot would decide on for it now. It writes nothing.
func (db *DB) Preview(
	ctx context.Context, subscriber, subscription int64,
) (cohort tidings.Cohort, candidates []tidings.Candidate, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		upTo, err := newestSeq(ctx, q)
		if err != nil {
			return err
		}
		filters := filterCache{}
		v := view{}
		v.members, err = list(ctx, q, filters.scanMember, `
			SELECT s.id, s.subscriber_id, s.filter_id, f.text, s.position, p.language
			FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id JOIN filters f ON f.id = s.filter_id
			WHERE s.id = ? AND s.subscriber_id = ?`, subscription, subscriber)
		if err == nil && len(v.members) == 0 {
			err = tidings.ErrNotFound
		}
		if err := errors.Join(err, v.loadCandidates(ctx, q, upTo)); err != nil {
			return err
		}
		if err := v.loadSiblings(ctx, q, v.members, filters); err != nil {
			return err
		}
		cohort, candidates = v.members[0].Cohort, v.candidates
		return nil
	})
	return cohort, candidates, err
}
