package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

const (
	visitedQuery = `SELECT ` + deliveryColumns + deliveryTables + ` WHERE d.id = ? AND d.subscriber_id = ?`

	// titlesOf are those of a delivery's releases, as far as these are public still.
	titlesOf = `(SELECT json_group_array(title) FROM (SELECT v.title FROM edition_entries n
		JOIN public_releases r ON r.id = n.release_id
		JOIN revisions v ON v.release_id = n.release_id AND v.revision = n.revision
		WHERE n.edition_id = d.edition_id ORDER BY n.place))`

	// pastQuery walks a subscriber's deliveries by their index, the newest first.
	pastQuery = `SELECT ` + titlesOf + `, ` + deliveryColumns + deliveryTables + ` WHERE d.subscriber_id = ? ORDER BY d.run_id DESC`
)

// Visitor gives a subscriber by number, and a delivery of theirs: zero when it is none. tidings.ErrNotFound for one who was
// erased.
func (db *DB) Visitor(ctx context.Context, id, delivery int64) (s tidings.Subscriber, d tidings.Delivery, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		if s, err = subscriber(ctx, q, strconv.FormatInt(id, 10)); err != nil || delivery == 0 {
			return err
		}
		found, err := list(ctx, q, scanDeliveries, visitedQuery, delivery, id)
		if len(found) > 0 {
			d = found[0]
		}
		return err
	})
	return s, d, err
}

// PastMails gives a subscriber's deliveries of runs since an instant, the newest first, at most limit of them; 0: all.
func (db *DB) PastMails(ctx context.Context, id int64, since time.Time, limit int) (mails []tidings.PastMail, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		mails, err = pastMails(ctx, q, id, since, limit)
		return err
	})
	return mails, err
}

// pastMails reads no further than to the first delivery that is older: those of ten years are not worth a page's time.
func pastMails(ctx context.Context, q querier, id int64, since time.Time, limit int) (mails []tidings.PastMail, err error) {
	rows, err := q.QueryContext(ctx, pastQuery, id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() && (limit == 0 || len(mails) < limit) {
		var titles []byte
		var one tidings.PastMail
		if one.Delivery, err = scanDelivery(rows, &titles); err != nil {
			return nil, err
		}
		if one.Delivery.Date.Before(since) {
			return mails, nil
		}
		if err := json.Unmarshal(titles, &one.Titles); err != nil {
			return nil, err
		}
		mails = append(mails, one)
	}
	return mails, rows.Err()
}

// writePersonal stores what no other change touches: a subscriber who comes back has it still.
func (tx *tx) writePersonal(ctx context.Context, old, next *tidings.Subscriber) error {
	if next.Feed == old.Feed && next.Offered.Equal(old.Offered) {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE subscribers SET feed = ?, offered = ? WHERE id = ?`,
		next.Feed, millis(next.Offered), next.ID)
	return err
}
