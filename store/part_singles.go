package store

import (
	"context"
	"maps"
	"slices"
)

// passOver leaves those out who have a delivery in the run already: planned before it was cut off, or a moment ago, and back since with
// another subscription. They keep their place, and the next run looks at them. It asks about none of whom that cannot be: who never had
// several subscriptions can have another only as a new one.
func (p *planning) passOver(ctx context.Context, tx *tx, this *part) error {
	if p.deliveries == 0 {
		return nil
	}
	first := firstOf(p.run.ID)
	var ids []int64
	for i := range this.rows {
		if s := &this.rows[i]; s.single || s.id > p.newer {
			ids = append(ids, first+s.subscriber)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	have, err := list(ctx, tx, scanID, `SELECT d.id FROM json_each(?) j CROSS JOIN deliveries d ON d.id = j.value`, listText(ids))
	if err != nil || len(have) == 0 {
		return err
	}
	for i := range this.rows {
		s := &this.rows[i]
		if _, has := slices.BinarySearch(have, first+s.subscriber); has {
			s.single, s.ruling, s.edition = false, nil, 0
		}
	}
	p.takeBack(this)
	return nil
}

// looksAtOnce is how many deliveries are looked for in one transaction of a run: what the subscribers of a part got before.
const looksAtOnce = 60_000

// shorten leaves of a part as many as can be looked into in a short time. Of who has several subscriptions, the delivery of each run since
// the first candidate is looked for: for a weekly digest, these are the runs of a week, in all zones.
func (p *planning) shorten(ctx context.Context, tx *tx, this *part) error {
	if len(p.view.candidates) == 0 || !slices.ContainsFunc(this.rows, func(s seat) bool { return s.single }) {
		return nil
	}
	var runs int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM runs u WHERE ?1 AND`+runsSince, true, p.view.candidates[0].Seq).Scan(&runs)
	if err != nil {
		return err
	}
	room := max(1, looksAtOnce/(runs+1))
	for i := range this.rows {
		if this.rows[i].single {
			room--
		}
		if room < 0 {
			this.rows, this.to, this.last = this.rows[:i], this.rows[i-1].id, false
			p.takeBack(this)
			return nil
		}
	}
	return nil
}

// mostToLearn is how many subscriptions a part may have that is read within its transaction: for each, the delivery of each run that had one
// of the releases in question is looked for.
func (p *planning) mostToLearn(ctx context.Context, tx *tx) (most int, err error) {
	most = max(p.db.parts/2, min(p.db.parts, 1_000)) // deciding it holds the writer too
	if len(p.questions) == 0 {
		return most, nil
	}
	asked := make([]int64, len(p.questions))
	for i := range p.questions {
		asked[i] = p.questions[i].Release
	}
	var had int
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM json_each(?) q CROSS JOIN run_entries e ON e.release_id = q.value`, listText(asked)).Scan(&had)
	return max(1, min(most, looksAtOnce/(had+1))), err
}

// settleSingles decides for those whose subscriber has, or had, several subscriptions: each is a cohort of its own.
func (p *planning) settleSingles(ctx context.Context, tx *tx, this *part) error {
	at := map[int64]*seat{}
	for i := range this.rows {
		if this.rows[i].single {
			at[this.rows[i].id] = &this.rows[i]
		}
	}
	if len(at) == 0 {
		return nil
	}
	filters := filterCache{}
	var err error
	v := p.view
	v.members, err = list(ctx, tx, filters.scanMember, singlesQuery, listText(slices.Collect(maps.Keys(at))))
	if err != nil {
		return err
	}
	fresh := make([]*ruling, len(v.members))
	for i := range v.members {
		s := at[v.members[i].Subscription]
		v.members[i].facts, fresh[i] = s.facts, &ruling{}
		s.ruling = fresh[i]
	}
	if err := v.remember(ctx, tx, filters); err != nil {
		return err
	}
	return p.judge(this, v.members, fresh)
}

const singlesQuery = `
	SELECT s.id, s.subscriber_id, s.filter_id, f.text, q.position, p.language, ''
	FROM subscriptions s JOIN positions q ON q.subscription_id = s.id JOIN subscribers p ON p.id = s.subscriber_id JOIN filters f ON f.id = s.filter_id
	WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id`
