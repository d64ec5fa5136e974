package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/tidings/tidings"
)

// releaseColumns make a whole Release of a row r of releases (or public_releases) and a row v of revisions. A release
// that was never edited significantly was updated when it was published; an edit never comes before that. A correction's note
// stands until the next one: silent edits leave it alone.
const releaseColumns = contentColumns + `, coalesce(nullif(v.note, ''), (
		SELECT n.note FROM revisions n
		WHERE n.release_id = v.release_id AND n.revision < v.revision AND n.note <> '' AND n.updated IS NOT NULL
		ORDER BY n.revision DESC LIMIT 1), ''), ` + standingColumns

// revisionColumns are likewise, but for the note, which is that of the revision alone.
const revisionColumns = contentColumns + `, v.note, ` + standingColumns

const standingColumns = `v.revision,
	r.id, r.uri, r.source, r.status, r.published, coalesce(max(v.updated, r.published), r.published), r.reason, r.seq,
	` + successor

// current joins a release with its current revision.
const current = ` JOIN revisions v ON v.release_id = r.id AND v.revision = r.revision `

func scanRelease(row interface{ Scan(...any) error }, before ...any) (r tidings.Release, err error) {
	var c content
	var published, updated, seq sql.NullInt64
	targets := append(before, c.scanTargets()...)
	err = row.Scan(append(targets, &r.Note, &r.Revision,
		&r.ID, &r.URI, &r.Source, &r.Status, &published, &updated, &r.Reason, &seq, &r.Successor)...)
	if err != nil {
		return r, err
	}
	r.Published, r.Updated, r.Seq = instant(published), instant(updated), seq.Int64
	return r, c.fill(&r)
}

func scanReleases(rows *sql.Rows) (tidings.Release, error) { return scanRelease(rows) }

// Release gives the public release that has, or once had, this slug. For one that was public and is withdrawn it
// gives ErrWithdrawn together with what may still be said of it: title, dates, reason, and the public release
// that took its place.
func (db *DB) Release(ctx context.Context, slug string) (tidings.Release, error) {
	r, err := scanRelease(db.readers.QueryRowContext(ctx, `
		SELECT `+releaseColumns+` FROM slugs s JOIN releases r ON r.id = s.release_id`+current+`
		WHERE s.slug = ? AND (EXISTS (SELECT 1 FROM public_releases p WHERE p.id = r.id)
			OR r.status = 'withdrawn' AND r.seq IS NOT NULL)`,
		slug))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return tidings.Release{}, tidings.ErrNotFound
	case err != nil:
		return tidings.Release{}, explain(err)
	case r.Status == tidings.Withdrawn:
		return tidings.Release{
			ID: r.ID, URI: r.URI, Slug: r.Slug, Language: r.Language, Title: r.Title, Status: r.Status,
			Published: r.Published, Updated: r.Updated, Revision: r.Revision, Reason: r.Reason, Successor: r.Successor, Seq: r.Seq,
		}, tidings.ErrWithdrawn
	}
	return r, nil
}

// DeskRelease finds a release of any status by its slug (an older one too), its number or its tag: URI.
func (db *DB) DeskRelease(ctx context.Context, ref string) (tidings.Release, error) {
	number, err := strconv.ParseInt(ref, 10, 64)
	if err != nil {
		number = 0 // no release has it
	}
	r, err := scanRelease(db.readers.QueryRowContext(ctx, `
		SELECT `+releaseColumns+` FROM releases r`+current+`
		WHERE r.id = coalesce((SELECT release_id FROM slugs WHERE slug = ?1), (SELECT id FROM releases WHERE uri = ?1), ?2)`,
		ref, number))
	if errors.Is(err, sql.ErrNoRows) {
		return r, tidings.ErrNotFound
	}
	return r, explain(err)
}

// DeskReleases gives releases of one status, or of any for "", the newest first, at most limit of them; 0: all.
func (db *DB) DeskReleases(ctx context.Context, status tidings.Status, limit int) ([]tidings.Release, error) {
	return list(ctx, db.readers, scanReleases, `
		SELECT `+releaseColumns+` FROM releases r`+current+`
		WHERE ?1 IN ('', r.status) ORDER BY r.published IS NULL DESC, r.published DESC, r.id DESC LIMIT ?2`,
		string(status), limitOf(limit))
}

// Revisions gives all revisions of a release, the oldest first, each as it was and with its own note alone.
func (db *DB) Revisions(ctx context.Context, id int64) ([]tidings.Release, error) {
	all, err := list(ctx, db.readers, scanReleases, `
		SELECT `+revisionColumns+` FROM releases r JOIN revisions v ON v.release_id = r.id
		WHERE r.id = ? ORDER BY v.revision`, id)
	if err == nil && len(all) == 0 {
		err = tidings.ErrNotFound
	}
	return all, err
}

// releaseByID loads a release of any status inside a transaction.
func releaseByID(ctx context.Context, q querier, id int64) (tidings.Release, error) {
	r, err := scanRelease(q.QueryRowContext(ctx,
		`SELECT `+releaseColumns+` FROM releases r`+current+` WHERE r.id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, tidings.ErrNotFound
	}
	return r, err
}
