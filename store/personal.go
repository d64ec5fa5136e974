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
	visitedQuery = `SELECT ` + deliveryColumns + deliveryTables + `
		WHERE d.id IN (?1, (SELECT delivery_id FROM former_deliveries WHERE id = ?1)) AND d.subscriber_id = ?2`

	// saidIn is what a delivery says of releases.
	saidIn = `(SELECT json_group_array(json_object('Title', title, 'Kind', kind, 'Gone', json(gone))) FROM (
		SELECT v.title, n.kind, iif(EXISTS (SELECT 1 FROM public_releases r WHERE r.id = n.release_id), 'false', 'true') AS gone
		FROM edition_entries n JOIN revisions v ON v.release_id = n.release_id AND v.revision = n.revision
		WHERE n.edition_id = d.edition_id ORDER BY n.place))`

	// pastQuery walks a subscriber's deliveries, the newest first.
	pastQuery = `SELECT ` + saidIn + `, ` + deliveryColumns + deliveriesTo + ` ORDER BY u.id DESC`
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
		var said []byte
		one := tidings.PastMail{Titles: []string{}}
		if one.Delivery, err = scanDelivery(rows, &said); err != nil {
			return nil, err
		}
		if one.Delivery.Date.Before(since) {
			return mails, nil
		}
		if err := json.Unmarshal(said, &one.Said); err != nil {
			return nil, err
		}
		for _, e := range one.Said {
			if !e.Gone {
				one.Titles = append(one.Titles, e.Title)
			}
		}
		mails = append(mails, one)
	}
	return mails, rows.Err()
}

// writePersonal stores what no other change touches: a subscriber who comes back has it still.
func (tx *tx) writePersonal(ctx context.Context, old, next *tidings.Subscriber) error {
	if next.Feed == old.Feed && next.Offered.Equal(old.Offered) && next.Moved.Equal(old.Moved) {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE subscribers SET feed = ?, offered = ?, moved = ? WHERE id = ?`,
		next.Feed, millis(next.Offered), millis(next.Moved), next.ID)
	return err
}

// PostPersonal counts a request that a subscriber made on their own page and, where it may have its letter, writes it: to the
// subscriber, whatever address it has, or for a move where its address says. An address that must not be written to, and for a
// move one that somebody else has, gets none. What it gives does not depend on the address. A letter that is written
// has its number then. tidings.ErrNotFound for one who was erased.
func (db *DB) PostPersonal(
	ctx context.Context, r *tidings.Request, l *tidings.Letter, now time.Time, actor string,
) (a tidings.Admission, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		s, err := tx.current(ctx, strconv.FormatInt(l.Subscriber, 10))
		if err != nil {
			return err
		}
		if l.Kind != tidings.MoveLetter {
			l.Address = s.Address
		}
		able, err := tx.mayPost(ctx, &s, l)
		if err != nil {
			return err
		}
		var mail bool
		if a, mail, err = tx.admit(ctx, r, able); err != nil || !mail {
			return err
		}
		if err := tx.post(ctx, l); err != nil {
			return err
		}
		return tx.audit(ctx, "subscriber.letter", subscriberSubject(s.ID), details{"kind": l.Kind})
	})
	return a, err
}

// mayPost says whether a letter may go to its address. One who has left does not keep an address from whoever moves there.
func (tx *tx) mayPost(ctx context.Context, s *tidings.Subscriber, l *tidings.Letter) (bool, error) {
	if s.State == tidings.Suppressed {
		return false, nil
	}
	if err := tx.refuseBarred(ctx, l.Address); err != nil {
		if errors.Is(err, tidings.ErrSuppressed) {
			err = nil
		}
		return false, err
	}
	other, err := subscriber(ctx, tx, l.Address)
	if errors.Is(err, tidings.ErrNotFound) {
		return true, nil
	}
	return other.ID == s.ID || other.State == tidings.Left, err
}

// NoteReason keeps why somebody left, in the record of consent: once for each time that they leave. Who has not left, and who was
// erased, has none.
func (db *DB) NoteReason(ctx context.Context, id int64, reason string, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		s, err := subscriber(ctx, tx, strconv.FormatInt(id, 10))
		if errors.Is(err, tidings.ErrNotFound) || err == nil && s.State != tidings.Left {
			return errUnchanged
		}
		if err != nil {
			return err
		}
		said, err := consents(ctx, tx, id)
		if err != nil {
			return err
		}
		if n := len(said); n > 0 && said[n-1].Kind == tidings.ConsentLeft && said[n-1].Detail != noReason {
			return errUnchanged
		}
		detail, err := consentDetail{Reason: reason}.text()
		if err != nil {
			return err
		}
		return tx.record(ctx, &tidings.ConsentEntry{Subscriber: id, Kind: tidings.ConsentLeft, Detail: detail})
	})
}

// noReason is the detail of an entry that says that somebody left, and no more.
const noReason = "{}"
