package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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
			WHERE n.edition_id = ? AND `+stands+`
			ORDER BY n.place`, id)
		return err
	})
	return e, err
}

// stands: an entry n of a release r may be in a mail. What is withdrawn has gone, but for the word of it.
const stands = `(EXISTS (SELECT 1 FROM public_releases p WHERE p.id = r.id) AND n.kind <> 'withdrawn'
	OR r.status = 'withdrawn' AND n.kind = 'withdrawn')`

const excerptQuery = `SELECT language, entries FROM editions WHERE id = ?`

// Excerpt gives an edition as the numbers of its entries, which is quick: who has its run's Contents knows the rest.
func (db *DB) Excerpt(ctx context.Context, edition int64) (tidings.Excerpt, error) {
	e := tidings.Excerpt{Edition: edition, Run: edition >> runShift}
	var entries string
	err := db.excerpts.QueryRowContext(ctx, edition).Scan(&e.Language, &entries)
	if errors.Is(err, sql.ErrNoRows) {
		return e, tidings.ErrNotFound
	}
	if err != nil {
		return e, explain(err)
	}
	for number := range strings.SplitSeq(strings.Trim(entries, ","), ",") {
		if number == "" {
			break // there is none
		}
		n, err := strconv.Atoi(number)
		if err != nil {
			return e, fmt.Errorf("edition %d: %w", edition, err)
		}
		e.Entries = append(e.Entries, n)
	}
	return e, nil
}

// Contents gives what the editions of a run are made of. It does not change once a mail of the run was claimed.
func (db *DB) Contents(ctx context.Context, run int64) (c tidings.Contents, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		if c.Run, err = runByID(ctx, q, run); err != nil {
			return err
		}
		c.Entries = map[int]tidings.Entry{}
		_, err := list(ctx, q, func(row *sql.Rows) (n int, err error) {
			var e tidings.Entry
			err = row.Scan(&n, &e.Release, &e.Revision, &e.Section, &e.Kind)
			c.Entries[n] = e
			return n, err
		}, `SELECT n, release_id, revision, section, kind FROM run_entries
			WHERE id > ? AND id <= ? AND dropped IS NULL`, firstOf(run), lastOf(run))
		return err
	})
	return c, err
}

// EntryRelease gives the release of an entry as Edition does; ErrNotFound when it may not be in a mail any more.
func (db *DB) EntryRelease(ctx context.Context, e *tidings.Entry) (tidings.Release, error) {
	r, err := scanRelease(db.readers.QueryRowContext(ctx, `
		SELECT `+releaseColumns+` FROM (SELECT ?3 AS kind) n JOIN releases r ON r.id = ?1
		JOIN revisions v ON v.release_id = r.id AND v.revision = ?2 WHERE `+stands, e.Release, e.Revision, e.Kind))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r, tidings.ErrNotFound
	case err == nil && r.Status == tidings.Withdrawn:
		r = remains(&r)
	}
	return r, explain(err)
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

// bounced is for an outcome whose recipient was refused, or whose mail was for what it is. The rules are those of a report that comes
// later.
func (tx *tx) bounced(ctx context.Context, o *tidings.Outcome) error {
	p := tidings.ReturnPath{Kind: tidings.DeliveryMail, ID: o.Delivery}
	if o.Letter {
		p.Kind = tidings.LetterMail
	}
	r, err := tx.takeBounce(ctx, tidings.Bounce{
		Mail: p, Kind: tidings.Bounced, Status: o.Bounced, Diagnostic: o.Reply, Via: viaRelay, Address: o.Address,
	})
	if errors.Is(err, errUnchanged) {
		return nil // the outcome is written all the same
	}
	if r.Verdict == tidings.BounceAlarm && !r.Again {
		tx.alarms = append(tx.alarms, r)
	}
	return err
}

// suppressAddress makes the address of a mail one that must not be written to, and whoever has it a subscriber who is not.
func (tx *tx) suppressAddress(ctx context.Context, address string, mail tidings.ReturnPath, reason string) error {
	if _, err := tx.suppressUntil(ctx, address, reason, time.Time{}); err != nil {
		return err
	}
	subject := "suppression" // of who is no subscriber: there is nothing to name them by
	theirs, err := subscribersOf(ctx, tx, address)
	if err != nil {
		return err
	}
	for i := range theirs {
		subject = subscriberSubject(theirs[i].ID)
		if err := tx.bar(ctx, theirs[i].ID); err != nil {
			return err
		}
	}
	return tx.audit(ctx, "subscriber.suppress", subject, details{string(mail.Kind): mail.ID, "reason": fmt.Sprintf("%.200s", reason)})
}
