package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// successor is a column: the slug of the public release that took the place of the withdrawn release r; ” when there is none.
// One that was withdrawn too stands for its own successor.
const successor = `CASE WHEN r.successor IS NULL THEN '' ELSE coalesce((
	WITH RECURSIVE line (id) AS (
		SELECT r.successor
		UNION
		SELECT n.successor FROM line JOIN releases n ON n.id = line.id WHERE n.successor IS NOT NULL
	) SELECT w.slug FROM line JOIN public_releases p ON p.id = line.id
		JOIN revisions w ON w.release_id = p.id AND w.revision = p.revision LIMIT 1), '') END`

// Withdrawn gives what may be said of the releases of the selection that were public and are withdrawn: the newest by
// the date they were published on, at most limit of them; 0: all.
func (db *DB) Withdrawn(ctx context.Context, sel tidings.Selection, limit int) ([]tidings.Tombstone, error) {
	if err := refuseQuery(sel); err != nil {
		return nil, err
	}
	narrow, args := where(tidings.Query{Selection: sel})
	return list(ctx, db.readers, func(row *sql.Rows) (t tidings.Tombstone, err error) {
		var published, withdrawn int64
		err = row.Scan(&t.URI, &t.Slug, &t.Language, &t.Title, &t.Reason, &t.Successor, &published, &withdrawn)
		t.Published, t.Withdrawn = time.UnixMilli(published).UTC(), time.UnixMilli(withdrawn).UTC()
		return t, err
	}, tombstones+narrow+` ORDER BY r.published DESC, r.seq DESC LIMIT ?`, append(args, limitOf(limit))...)
}

// maxWeighed is how many withdrawn releases are read for one filter: the newest, which readers still have.
const maxWeighed = 1000

// WithdrawnBy gives, of the newest releases that were public and are withdrawn, those that the filter selects as they were last: in
// the order of Withdrawn, none that was published before since, and at most limit of them. The zone is that of after: and before:.
func (db *DB) WithdrawnBy(
	ctx context.Context, f tidings.Filter, zone *time.Location, since time.Time, limit int,
) (found []tidings.Tombstone, err error) {
	oldest := int64(math.MinInt64)
	if !since.IsZero() {
		oldest = since.UnixMilli()
	}
	rows, err := db.readers.QueryContext(ctx, `
		SELECT b.at, `+releaseColumns+`
		FROM withdrawn_releases r`+current+`JOIN publications b ON b.release_id = r.id AND b.kind = 'withdrawn'
		WHERE r.published >= ? ORDER BY r.published DESC, r.seq DESC LIMIT ?`, oldest, maxWeighed)
	if err != nil {
		return nil, explain(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for len(found) < limit && rows.Next() {
		var at int64
		r, err := scanRelease(rows, &at)
		if err != nil {
			return nil, err
		}
		if f.Match(&r, zone) {
			found = append(found, tidings.Tombstone{
				URI: r.URI, Slug: r.Slug, Language: r.Language, Title: r.Title, Reason: r.Reason, Successor: r.Successor,
				Published: r.Published, Withdrawn: time.UnixMilli(at).UTC(),
			})
		}
	}
	return found, explain(rows.Err())
}

const tombstones = `
	SELECT r.uri, v.slug, v.language, v.title, r.reason, ` + successor + `, r.published, b.at
	FROM withdrawn_releases r` + current + `JOIN publications b ON b.release_id = r.id AND b.kind = 'withdrawn'`

// Withdraw takes a release back for good. One that was public leaves a page that says why, and who got it by mail is told
// when w.Notify asks for it; of a draft or a scheduled one the world never hears. w.Successor must be another
// release, and not one whose place this one has taken: else an *InvalidError. Withdrawing twice changes nothing.
func (db *DB) Withdraw(ctx context.Context, id int64, w tidings.Withdrawal, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		r, err := releaseByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.Status == tidings.Withdrawn {
			return errUnchanged
		}
		if err := tx.refuseSuccessor(ctx, id, w.Successor); err != nil {
			return err
		}
		touched, err := tx.touchedBy(ctx, &r)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx,
			`UPDATE releases SET status = 'withdrawn', reason = ?, successor = nullif(?, 0) WHERE id = ?`,
			w.Reason, w.Successor, id); err != nil {
			return err
		}
		d := details{"reason": w.Reason, "successor": w.Successor, "notify": w.Notify}
		if r.Public() {
			seq, err := tx.publication(ctx, &r, tidings.WithdrawPublication, touched)
			if err != nil {
				return err
			}
			if d["seq"] = seq; w.Notify {
				err = tx.notice(ctx, &r, seq, tidings.WithdrawnEntry)
			}
			if err != nil {
				return err
			}
		}
		return tx.audit(ctx, "release.withdraw", releaseSubject(id), d)
	})
}

// refuseSuccessor sees to it that the line of successors ends.
func (tx *tx) refuseSuccessor(ctx context.Context, id, next int64) error {
	if next == 0 {
		return nil
	}
	if next == id {
		return tidings.Invalidf("successor", "a release can't take its own place; name another one")
	}
	var back bool
	err := tx.QueryRowContext(ctx, `
		WITH RECURSIVE line (id) AS (
			SELECT id FROM releases WHERE id = ?1
			UNION
			SELECT n.successor FROM line JOIN releases n ON n.id = line.id WHERE n.successor IS NOT NULL
		) SELECT max(id = ?2) FROM line HAVING count(*) > 0`, next, id).Scan(&back)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return tidings.Invalidf("successor", "there is no release with the number %s", strconv.FormatInt(next, 10))
	case err == nil && back:
		return tidings.Invalidf("successor", "that one was withdrawn, and this release took its place; name one that is public")
	}
	return err
}
