package store

import (
	"context"
	"database/sql"
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
		SELECT 0, 0, s.filter_id, f.text, s.position, p.language, count(*)`+inSlot+`AND p.multi = 0
		GROUP BY s.filter_id, s.position, p.language ORDER BY s.filter_id, s.position, p.language`,
		slot.Cadence, slot.Zone, slot.Hour)
	if err != nil {
		return v, err
	}
	singles, err := list(ctx, q, filters.scanMember, `
		SELECT s.id, s.subscriber_id, s.filter_id, f.text, s.position, p.language, 1`+inSlot+`AND p.multi = 1
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
	return v, v.loadSiblings(ctx, q, v.members[len(shared):])
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

// loadSiblings gives the single members their subscriber's other subscriptions, and what this subscriber has of the
// candidates. A suppressed delivery never came, and never will.
func (v *view) loadSiblings(ctx context.Context, q querier, singles []member) error {
	bySubscriber := make(map[int64]*member, len(singles))
	for i := range singles {
		singles[i].Got = map[int64]bool{}
		bySubscriber[singles[i].subscriber] = &singles[i]
	}
	others, err := list(ctx, q, scanSubscriptions, `
		SELECT `+subscriptionColumns+` JOIN subscribers p ON p.id = s.subscriber_id
		WHERE p.state = 'active' AND p.multi = 1 ORDER BY s.id`)
	if err != nil {
		return err
	}
	for _, s := range others {
		if m := bySubscriber[s.SubscriberID]; m != nil && s.ID != m.Subscription {
			m.Others = append(m.Others, s)
		}
	}
	for _, c := range v.candidates {
		_, err := list(ctx, q, func(row *sql.Rows) (id int64, err error) {
			err = row.Scan(&id)
			if m := bySubscriber[id]; m != nil {
				m.Got[c.Release.ID] = true
			}
			return id, err
		}, `SELECT d.subscriber_id FROM edition_entries e JOIN deliveries d ON d.edition_id = e.edition_id
			JOIN subscribers p ON p.id = d.subscriber_id
			WHERE e.release_id = ? AND d.state <> 'suppressed' AND p.multi = 1`, c.Release.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *view) cohorts() []tidings.Cohort {
	all := make([]tidings.Cohort, len(v.members))
	for i := range v.members {
		all[i] = v.members[i].Cohort
	}
	return all
}

// filterCache holds parsed filters by their number.
type filterCache map[int64]tidings.Filter

func (c filterCache) scanMember(row *sql.Rows) (m member, err error) {
	var text string
	err = row.Scan(&m.Subscription, &m.subscriber, &m.filter, &text, &m.Position, &m.Language, &m.Size)
	if err != nil {
		return m, err
	}
	f, known := c[m.filter]
	if !known {
		if f, err = tidings.ParseFilter(text); err != nil {
			return m, err
		}
		c[m.filter] = f
	}
	m.Filter = f
	return m, nil
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
			SELECT s.id, s.subscriber_id, s.filter_id, f.text, s.position, p.language, 1
			FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id JOIN filters f ON f.id = s.filter_id
			WHERE s.id = ? AND s.subscriber_id = ?`, subscription, subscriber)
		if err == nil && len(v.members) == 0 {
			err = tidings.ErrNotFound
		}
		if err := errors.Join(err, v.loadCandidates(ctx, q, upTo)); err != nil {
			return err
		}
		if err := v.loadSiblings(ctx, q, v.members); err != nil {
			return err
		}
		cohort, candidates = v.members[0].Cohort, v.candidates
		return nil
	})
	return cohort, candidates, err
}
