package store

import (
	"context"

	"github.com/tidings/tidings"
)

// Preview gives what a run of the subscription's slot would decide on for it now. It writes nothing.
func (db *DB) Preview(
	ctx context.Context, subscriber, subscription int64,
) (cohort tidings.Cohort, candidates []tidings.Candidate, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		upTo, err := newestSeq(ctx, q)
		if err != nil {
			return err
		}
		v, err := previewOf(ctx, q, subscriber, subscription, upTo)
		if err == nil {
			cohort, candidates = v.members[0].Cohort, v.all()
		}
		return err
	})
	return cohort, candidates, err
}

// previewOf is the view of a run in which the subscription is alone.
func previewOf(ctx context.Context, q querier, subscriber, subscription, upTo int64) (v view, err error) {
	filters := filterCache{}
	v.members, err = list(ctx, q, filters.scanMember, `
		SELECT s.id, s.subscriber_id, s.filter_id, f.text, q.position, p.language, ''
		FROM subscriptions s JOIN positions q ON q.subscription_id = s.id JOIN subscribers p ON p.id = s.subscriber_id JOIN filters f ON f.id = s.filter_id
		WHERE s.id = ? AND s.subscriber_id = ?`, subscription, subscriber)
	if err == nil && len(v.members) == 0 {
		err = tidings.ErrNotFound
	}
	if err != nil {
		return v, err
	}
	position := v.members[0].Position
	if err := v.loadCandidates(ctx, q, position, upTo); err != nil {
		return v, err
	}
	questions, err := v.questions(ctx, q, position)
	if err != nil {
		return v, err
	}
	if v.members[0].facts, err = factsOf(ctx, q, subscriber, questions); err != nil {
		return v, err
	}
	return v, v.remember(ctx, q, filters)
}
