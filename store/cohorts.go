package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/tidings/tidings"
)

// member is a cohort with what it takes to find its subscriptions again.
type member struct {
	tidings.Cohort
	filter     int64
	subscriber int64  // 0: many
	facts      string // what they know: see recall
}

// view is what a run decides on: its cohorts, the releases that any of them may get, and the changes that any of them may
// have to be told of.
type view struct {
	members    []member
	candidates []tidings.Candidate
	notices    []tidings.Candidate
	versions   versions
}

const (
	// What went public, for the first time and not as an archive, and is public still.
	candidatesQuery = `SELECT b.seq, '', 0, ` + releaseColumns + `
		FROM publications b JOIN public_releases r ON r.id = b.release_id` + current + `
		WHERE b.seq > ? AND b.seq <= ? AND b.kind = 'published' ORDER BY b.seq`

	// What is to be told of a release, the newest word only. Of one that is withdrawn, no correction is.
	noticesQuery = `SELECT n.seq, n.kind, 0, ` + releaseColumns + `
		FROM notices n JOIN releases r ON r.id = n.release_id
			JOIN revisions v ON v.release_id = n.release_id AND v.revision = n.revision
		WHERE n.seq > ? AND n.seq <= ? AND r.status = iif(n.kind = 'withdrawn', 'withdrawn', 'published')
			AND NOT EXISTS (SELECT 1 FROM notices later WHERE later.release_id = n.release_id AND later.seq > n.seq)
		ORDER BY n.seq`

	// For what was withdrawn while mails with it waited, its versions that were public before and are public still.
	standInsQuery = `SELECT b.seq, '', b.release_id, ` + releaseColumns + `
		FROM publications b CROSS JOIN releases gone ON gone.id = b.release_id
			CROSS JOIN public_releases r ON r.translation = gone.translation AND r.translation <> ''` + current + `
		WHERE b.seq > ? AND b.seq <= ? AND b.kind = 'withdrawn' AND r.seq < b.seq
			AND EXISTS (SELECT 1 FROM publications f WHERE f.seq = r.seq AND f.kind = 'published')
			AND EXISTS (SELECT 1 FROM brought d
				WHERE gone.translation <> '' AND d.release_id = gone.id AND d.kind = ''
					AND coalesce(d.settled, b.at) >= b.at AND d.state <> 'failed')
		ORDER BY b.seq, r.seq`
)

// loadCandidates takes what came after a position, up to upTo.
func (v *view) loadCandidates(ctx context.Context, q querier, position, upTo int64) (err error) {
	scan := func(row *sql.Rows) (c tidings.Candidate, err error) {
		c.Release, err = scanRelease(row, &c.Seq, &c.Kind, &c.Instead)
		return c, err
	}
	if v.candidates, err = list(ctx, q, scan, candidatesQuery, position, upTo); err != nil {
		return err
	}
	standIns, err := list(ctx, q, scan, standInsQuery, position, upTo)
	if err != nil {
		return err
	}
	if len(standIns) > 0 {
		v.candidates = append(v.candidates, standIns...)
		slices.SortStableFunc(v.candidates, func(a, b tidings.Candidate) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	v.notices, err = list(ctx, q, scan, noticesQuery, position, upTo)
	return err
}

// remember gives each member what it knows, and those who are one subscriber also what only they have.
func (v *view) remember(ctx context.Context, q querier, filters filterCache) error {
	var singles []*member
	for i := range v.members {
		if err := v.recall(&v.members[i]); err != nil {
			return err
		}
		if v.members[i].subscriber != 0 {
			singles = append(singles, &v.members[i])
		}
	}
	if len(singles) == 0 {
		return nil
	}
	return v.loadSiblings(ctx, q, singles, filters)
}

// What loadSiblings asks, of the subscribers in a JSON list and of nobody else. CROSS JOIN pins the order of the loops.
const (
	siblingsQuery = `SELECT ` + subscriptionColumns + ` WHERE s.subscriber_id IN (SELECT value FROM json_each(?)) ORDER BY s.id`

	// A candidate can be in a delivery only of a run that froze its number or a later one. Runs are numbered in that order.
	runsSince = ` u.id > coalesce((SELECT id FROM runs WHERE upto < ?2 ORDER BY id DESC LIMIT 1), 0) `
	gotQuery  = `
		SELECT d.subscriber_id, e.release_id
		FROM runs u CROSS JOIN json_each(?1) who CROSS JOIN deliveries d CROSS JOIN edition_entries e
		WHERE` + runsSince + `
			AND d.id = (u.id << 25) + who.value AND e.edition_id = d.edition_id AND` + reached
)

// loadSiblings gives the members that are one subscriber this subscriber's other subscriptions, and what they have of the
// candidates.
func (v *view) loadSiblings(ctx context.Context, q querier, singles []*member, filters filterCache) error {
	bySubscriber := make(map[int64]*member, len(singles))
	ids := make([]int64, len(singles))
	for i, m := range singles {
		bySubscriber[m.subscriber], ids[i] = m, m.subscriber
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
	_, err = list(ctx, q, func(row *sql.Rows) (none struct{}, err error) {
		var subscriber, release int64
		err = row.Scan(&subscriber, &release)
		if _, is := v.versions.candidate[release]; is {
			v.got(bySubscriber[subscriber], release)
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

// all are the candidates of either kind.
func (v *view) all() []tidings.Candidate { return slices.Concat(v.candidates, v.notices) }

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
	if err = row.Scan(&m.Subscription, &m.subscriber, &m.filter, &text, &m.Position, &m.Language, &m.facts); err != nil {
		return m, err
	}
	m.Filter, err = c.parse(text)
	return m, err
}
