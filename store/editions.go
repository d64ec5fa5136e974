package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/tidings/tidings"
)

// Edition gives an edition with its releases as of the revisions that were decided on. What is withdrawn is gone; but an
// entry that tells of a withdrawal has what may still be said of the release: title, dates, reason, successor.
func (db *DB) Edition(ctx context.Context, id int64) (e tidings.Edition, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		e.Run, err = scanRun(q.QueryRowContext(ctx, `
			SELECT e.id, e.language, `+runColumns+`
			FROM editions e JOIN runs u ON u.id = e.run_id WHERE e.id = ?`, id), &e.ID, &e.Language)
		if errors.Is(err, sql.ErrNoRows) {
			return tidings.ErrNotFound
		}
		if err != nil {
			return err
		}
		e.Releases, err = list(ctx, q, func(row *sql.Rows) (tidings.Release, error) {
			var entry tidings.Entry
			r, err := scanRelease(row, &entry.Section, &entry.Kind)
			entry.Release, entry.Revision = r.ID, r.Revision
			e.Entries = append(e.Entries, entry)
			if r.Status == tidings.Withdrawn {
				r = remains(&r)
			}
			return r, err
		}, `SELECT n.section, n.kind, `+releaseColumns+`
			FROM edition_entries n JOIN releases r ON r.id = n.release_id
			JOIN revisions v ON v.release_id = n.release_id AND v.revision = n.revision
			WHERE n.edition_id = ?
				AND (EXISTS (SELECT 1 FROM public_releases p WHERE p.id = r.id) AND n.kind <> 'withdrawn'
					OR r.status = 'withdrawn' AND n.kind = 'withdrawn')
			ORDER BY n.place`, id)
		return err
	})
	return e, err
}

// remains is what may still be said of a withdrawn release.
func remains(r *tidings.Release) tidings.Release {
	return tidings.Release{
		ID: r.ID, URI: r.URI, Slug: r.Slug, Language: r.Language, Title: r.Title, Status: r.Status, Published: r.Published,
		Updated: r.Updated, Revision: r.Revision, Reason: r.Reason, Successor: r.Successor, Seq: r.Seq,
	}
}

// Deliveries gives a subscriber's deliveries, the newest first, at most limit of them; 0: all.
func (db *DB) Deliveries(ctx context.Context, subscriber int64, limit int) ([]tidings.Delivery, error) {
	return list(ctx, db.readers, scanDeliveries, `SELECT `+deliveryColumns+deliveriesTo+`
		ORDER BY u.id DESC LIMIT ?`, subscriber, limitOf(limit))
}

// suppressSubscriber is what an outcome may ask for: the address must never be written to again.
func (tx *tx) suppressSubscriber(ctx context.Context, o *tidings.Outcome) error {
	var id int64
	err := tx.QueryRowContext(ctx, `SELECT subscriber_id FROM deliveries WHERE id = ?`, o.Delivery).Scan(&id)
	if err != nil {
		return err
	}
	s, err := subscriber(ctx, tx, strconv.FormatInt(id, 10))
	if errors.Is(err, tidings.ErrNotFound) {
		return nil // erased meanwhile
	}
	if err != nil {
		return err
	}
	return tx.suppressAddress(ctx, s.Address, o)
}

// suppressAddress makes the address of an outcome's mail one that must not be written to, and whoever has it a subscriber who is
// not.
func (tx *tx) suppressAddress(ctx context.Context, address string, o *tidings.Outcome) error {
	if err := tx.suppress(ctx, address, o.Suppress); err != nil {
		return err
	}
	what, subject := "delivery", "suppression" // of who is no subscriber: there is nothing to name them by
	if o.Letter {
		what = "letter"
	}
	s, err := subscriber(ctx, tx, address)
	if err != nil && !errors.Is(err, tidings.ErrNotFound) {
		return err
	}
	if err == nil {
		subject = subscriberSubject(s.ID)
		if _, err := tx.ExecContext(ctx,
			`UPDATE subscribers SET state = 'suppressed', paused_until = NULL WHERE id = ?`, s.ID); err != nil {
			return err
		}
		if err := tx.dropUnsent(ctx, s.ID); err != nil {
			return err
		}
	}
	return tx.audit(ctx, "subscriber.suppress", subject,
		details{what: o.Delivery, "reason": fmt.Sprintf("%.200s", o.Suppress)})
}
