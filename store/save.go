package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// Save stores a release that came in from r.Source: a new one, or the next state of the one that came from there
// before. What it became is filled into r. The rules:
//
//   - Published with a date to come means Scheduled; Scheduled with a date that has come means Published; Published without
//     a date means now. What is scheduled may become a draft again.
//   - Equal content is Same, and nothing is written. Any other is a new revision, and a significant edit when r.Note says
//     what changed, or r.Updated is newer than what is stored; else a silent one.
//   - Without a status, a draft stays one, and what is scheduled stays so unless r has another date in the future. What is public
//     can't become a draft or scheduled again, and what is withdrawn can't change: asking for it is an *InvalidError.
//   - The date of a public release is fixed.
//   - What the source says again as it said it last changes nothing, whatever the desk has made of it since.
//   - Topics chosen by hand stay, until a person chooses others. Versions in other languages stay linked: input that gives no
//     translation key leaves the one that is there.
//   - A translation has one version in each language, files that are shown are kept here or come along, and topics exist: else
//     an *InvalidError. Old paths may be those of other releases too: see Alias.
func (db *DB) Save(
	ctx context.Context, site *tidings.Site, r *tidings.Release, now time.Time, actor string,
) (tidings.Change, error) {
	return db.save(ctx, site, r, now, actor, tidings.FirstPublication)
}

// SaveArchived is Save for an archive taken over: what goes public now is public like all else, but is never mailed.
func (db *DB) SaveArchived(
	ctx context.Context, site *tidings.Site, r *tidings.Release, now time.Time, actor string,
) (tidings.Change, error) {
	return db.save(ctx, site, r, now, actor, tidings.ArchivePublication)
}

func (db *DB) save(
	ctx context.Context, site *tidings.Site, r *tidings.Release, now time.Time, actor string, kind tidings.PublicationKind,
) (tidings.Change, error) {
	next, change := *r, tidings.Broken
	err := db.write(ctx, now, actor, func(tx *tx) (err error) {
		if change, err = tx.file(ctx, site, &next, nil, kind); err == nil && change == tidings.Same && !tx.heard {
			return errUnchanged
		}
		return err
	})
	if err != nil {
		return tidings.Broken, err
	}
	*r = next
	return change, nil
}

// file stores the state that next asks for, with files that it may show, and fills in what came of it.
func (tx *tx) file(
	ctx context.Context, site *tidings.Site, next *tidings.Release, files []tidings.File, kind tidings.PublicationKind,
) (tidings.Change, error) {
	if err := standing(next, tx.now); err != nil {
		return tidings.Broken, err
	}
	for i := range files {
		if err := tx.keepFile(ctx, &files[i]); err != nil {
			return tidings.Broken, err
		}
	}
	stored, wanted, err := tx.bySource(ctx, next.Source)
	if err == nil {
		return tx.revise(ctx, stored, wanted, next, kind)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.create(ctx, site, next, kind)
	}
	if err != nil {
		return tidings.Broken, err
	}
	return tidings.Created, nil
}

// standing checks what can be checked without the database. Instants are cut to milliseconds here, as they are stored, and
// old paths get the form that they are stored in, so that they compare.
func standing(r *tidings.Release, now time.Time) error {
	r.Published, r.Updated, r.Aliases = cut(r.Published), cut(r.Updated), aliasesOf(r.Aliases)
	if r.Updated.After(now) {
		r.Updated = time.Time{} // no feed may say that it was updated in the future
	}
	switch {
	case r.Source == "":
		return tidings.Invalidf("source", "a release must say where it comes from")
	case r.Language == "":
		return tidings.Invalidf("language", "missing")
	case r.Title == "":
		return tidings.Invalidf("title", "missing")
	}
	switch r.Status {
	case "", tidings.Draft, tidings.Published:
	case tidings.Scheduled:
		if r.Published.IsZero() {
			return tidings.Invalidf("date", "a scheduled release needs the instant at which it goes public")
		}
	case tidings.Withdrawn:
		fallthrough
	default:
		return tidings.Invalidf("status", "%q is not draft, scheduled or published", string(r.Status))
	}
	return nil
}

// byDate makes of whatever is to go public what it is at now: published or scheduled.
func byDate(r *tidings.Release, now time.Time) {
	if r.Status == tidings.Draft {
		return
	}
	if r.Published.IsZero() {
		r.Published = cut(now)
	}
	r.Status = tidings.Published
	if r.Published.After(now) {
		r.Status = tidings.Scheduled
	}
}

// cut drops what is finer than a column holds.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// bySource finds what came from the source before, and the slug that was asked for then; sql.ErrNoRows: nothing did.
func (tx *tx) bySource(ctx context.Context, source string) (stored tidings.Release, wanted string, err error) {
	stored, err = scanRelease(tx.QueryRowContext(ctx,
		`SELECT r.wanted, `+releaseColumns+` FROM releases r`+current+` WHERE r.source = ?`, source), &wanted)
	return stored, wanted, err
}

// create stores a new release, and lets it through the gate when its time has come.
func (tx *tx) create(
	ctx context.Context, site *tidings.Site, r *tidings.Release, kind tidings.PublicationKind,
) error {
	byDate(r, tx.now)
	says, err := statementOf(r)
	if err != nil {
		return err
	}
	wanted := cmp.Or(r.Slug, "release")
	slug, err := tx.freeSlug(ctx, wanted, 0)
	if err != nil {
		return err
	}
	status := r.Status
	if status == tidings.Published {
		status = tidings.Scheduled // until it is through the gate
	}
	r.Slug, r.URI, r.Revision, r.Seq, r.Reason, r.Successor = slug, site.NewReleaseURI(slug), 1, 0, "", ""
	err = tx.QueryRowContext(ctx, `
		INSERT INTO releases (uri, source, wanted, language, office, translation, taken, revision, status, published)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?) RETURNING id`,
		r.URI, r.Source, wanted, r.Language, r.Office, r.Translation, says, string(status), millis(r.Published)).Scan(&r.ID)
	if err != nil {
		return err
	}
	if err := tx.writeRevision(ctx, r); err != nil {
		return err
	}
	if err := tx.audit(ctx, "release.create", releaseSubject(r.ID),
		details{"source": r.Source, "status": status}); err != nil {
		return err
	}
	if r.Status == tidings.Published {
		return tx.firstPublication(ctx, r, kind)
	}
	return nil
}

// writeRevision stores the release's content as its current revision.
func (tx *tx) writeRevision(ctx context.Context, r *tidings.Release) error {
	c, err := contentOf(r)
	if err != nil {
		return err
	}
	if r.Updated.Before(r.Published) {
		r.Updated = r.Published
	}
	updated := millis(r.Updated)
	updated.Valid = updated.Valid && r.Updated.After(r.Published) // NULL: no significant edit
	_, err = tx.ExecContext(ctx, `
		INSERT INTO revisions (slug, language, title, summary, format, source, html, text,
			topics, by_hand, office, authors, contact, attachments, translation, aliases, files,
			note, updated, at, release_id, revision)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		append(c.values(), r.Note, updated, tx.now.UnixMilli(), r.ID, r.Revision)...)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO slugs (slug, release_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, r.Slug, r.ID); err != nil {
		return err
	}
	if err := tx.refuseSecondVersion(ctx, r); err != nil {
		return err
	}
	if err := tx.writeTopics(ctx, r); err != nil {
		return err
	}
	if err := tx.writeFiles(ctx, r); err != nil {
		return err
	}
	return tx.writeAliases(ctx, r)
}

// supersede makes the current revision of a stored release the one that r says; what selections find it by is written anew.
func (tx *tx) supersede(ctx context.Context, r *tidings.Release) error {
	if _, err := tx.ExecContext(ctx,
		`UPDATE releases SET revision = ?, language = ?, office = ?, translation = ? WHERE id = ?`,
		r.Revision, r.Language, r.Office, r.Translation, r.ID); err != nil {
		return err
	}
	for _, table := range []string{"release_topics", "release_files", "aliases"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE release_id = ?`, r.ID); err != nil {
			return err
		}
	}
	if r.Seq == 0 { // a name that it had at the desk alone is nobody's business
		if _, err := tx.ExecContext(ctx, `DELETE FROM slugs WHERE release_id = ? AND slug <> ?`, r.ID, r.Slug); err != nil {
			return err
		}
	}
	return tx.writeRevision(ctx, r)
}

// writeTopics makes r.Topics the topics by which selections find the release.
func (tx *tx) writeTopics(ctx context.Context, r *tidings.Release) error {
	for _, slug := range r.Topics {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO release_topics (topic_id, release_id) SELECT id, ? FROM topics WHERE slug = ?
			ON CONFLICT DO NOTHING`, r.ID, slug)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, tidings.Invalidf("topics",
				"%q is not a topic, or is given twice; make it first, or correct the name", slug))
		}
	}
	return nil
}

// freeSlug is the wanted slug, or one of wanted-2, wanted-3… that no other release ever had, right after one that has been
// given away: the first, unless a person asked for one farther on. Thousands may want the same: it looks at few of them.
func (tx *tx) freeSlug(ctx context.Context, wanted string, id int64) (slug string, err error) {
	numbered := func(n int) string {
		if n == 1 {
			return wanted
		}
		return wanted + "-" + strconv.Itoa(n)
	}
	taken := func(n int) (yes bool) {
		if err == nil {
			err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM slugs WHERE slug = ? AND release_id <> ?)`,
				numbered(n), id).Scan(&yes)
		}
		return yes
	}
	last, free := 0, 1 // the one is taken, or 0; the other is free, once the first loop is done
	for taken(free) {
		last, free = free, 2*free
	}
	for free-last > 1 {
		if middle := (last + free) / 2; taken(middle) {
			last = middle
		} else {
			free = middle
		}
	}
	return numbered(free), err
}

func releaseSubject(id int64) string { return "release:" + strconv.FormatInt(id, 10) }
