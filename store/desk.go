package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// revise brings a stored release to the state that next asks for, and fills next with what came of it.
func (tx *tx) revise(
	ctx context.Context, stored tidings.Release, wanted string, next *tidings.Release, kind tidings.PublicationKind,
) (tidings.Change, error) {
	if err := tx.hear(ctx, &stored, next); err != nil {
		return tidings.Broken, err
	}
	if next.SourceGuessed && next.Title != stored.Title {
		return tidings.Broken, tidings.Invalidf("title", "a file of this name was taken in before as %q; to revise that, say --revise %s, and to publish a new release, "+
			"give it an id of its own in the front matter", stored.Title, stored.Slug)
	}
	slug, err := tx.slugFor(ctx, &stored, &wanted, next)
	if err != nil {
		return tidings.Broken, err
	}
	asked := *next
	next.ID, next.URI, next.Slug = stored.ID, stored.URI, slug
	next.Revision, next.Seq, next.Reason, next.Successor = stored.Revision, stored.Seq, "", ""
	if stored.TopicsByHand && !next.TopicsByHand {
		next.Topics, next.TopicsByHand = stored.Topics, true
	}
	next.Translation = cmp.Or(next.Translation, stored.Translation)
	changed, err := differ(&stored, next)
	if err != nil {
		return tidings.Broken, err
	}
	if stored.Status == tidings.Withdrawn && !changed {
		*next = stored
		return tidings.Same, nil
	}
	if err := keepForward(&stored, next, tx.now); err != nil {
		return tidings.Broken, err
	}
	moved := next.Status != stored.Status || !next.Published.Equal(stored.Published)
	if !changed && !moved {
		*next = stored
		return tidings.Same, nil
	}
	next.Updated = updatedBy(&stored, &asked, next, tx.now)
	if _, err := tx.ExecContext(ctx, `UPDATE releases SET wanted = ? WHERE id = ?`, wanted, stored.ID); err != nil {
		return tidings.Broken, err
	}
	if !changed {
		next.Note = stored.Note
	} else if err := tx.edit(ctx, &stored, next); err != nil {
		return tidings.Broken, err
	}
	if moved {
		err = tx.move(ctx, next, kind)
	}
	return tidings.Changed, err
}

// slugFor is the release's slug, given the one asked for now; wanted becomes what to remember as asked for.
func (tx *tx) slugFor(ctx context.Context, stored *tidings.Release, wanted *string, next *tidings.Release) (string, error) {
	asked := next.Slug
	if !next.SlugByHand || asked == "" || asked == *wanted || asked == stored.Slug {
		return stored.Slug, nil
	}
	*wanted = asked
	return tx.freeSlug(ctx, asked, stored.ID)
}

// keepForward settles the status and the date. What is public stays so, on its date; what is not goes public only when the
// input says so: that somebody mended a word is no reason to lift an embargo.
func keepForward(stored, next *tidings.Release, now time.Time) error {
	later := next.Published.After(now)
	switch stored.Status {
	case tidings.Withdrawn:
		return tidings.Invalidf("release", "%q was withdrawn and stays so; publish the new text as a release of its own, under another id", stored.Slug)
	case tidings.Published:
		if next.Status == tidings.Draft || next.Status == tidings.Scheduled && later {
			return tidings.Invalidf("release", "%q is public and can't become %s again; to take it back: tidings withdraw %s",
				stored.Slug, next.Status, stored.Slug)
		}
		next.Status, next.Published = tidings.Published, stored.Published
		return nil
	case tidings.Draft:
		if next.Status == "" {
			next.Status = tidings.Draft
		}
	case tidings.Scheduled:
		if next.Status == "" && !later {
			next.Status, next.Published = tidings.Scheduled, stored.Published
		}
	}
	if next.Status == tidings.Draft && next.Published.IsZero() {
		next.Published = stored.Published
	}
	byDate(next, now)
	return nil
}

// differ reports whether the two say different things.
func differ(a, b *tidings.Release) (bool, error) {
	x, err := contentOf(a)
	if err != nil {
		return false, err
	}
	y, err := contentOf(b)
	return x != y, err
}

// updatedBy is when the release was last edited significantly. Before it is public nothing is an edit to anyone.
func updatedBy(stored, asked, next *tidings.Release, now time.Time) time.Time {
	last := stored.Updated
	if !stored.Public() {
		last = next.Published
	}
	switch {
	case asked.Updated.After(last):
		return asked.Updated
	case stored.Public() && asked.Note != "" && cut(now).After(last):
		return cut(now)
	}
	return last
}

// edit writes the next revision, and tells the world when it can see it.
func (tx *tx) edit(ctx context.Context, stored, next *tidings.Release) error {
	next.Revision = stored.Revision + 1
	if err := tx.supersede(ctx, next); err != nil {
		return err
	}
	if err := tx.audit(ctx, "release.revise", releaseSubject(next.ID),
		details{"revision": next.Revision, "note": next.Note}); err != nil {
		return err
	}
	if !stored.Public() {
		return nil
	}
	touched, err := tx.touchedBy(ctx, stored, next)
	if err != nil {
		return err
	}
	seq, err := tx.publication(ctx, next, tidings.EditPublication, touched)
	switch {
	case err != nil:
		return err
	case next.Note != "":
		return tx.notice(ctx, next, seq, tidings.CorrectedEntry)
	case stored.Updated.After(stored.Published):
		next.Note = stored.Note // it stands: see releaseColumns
	}
	return nil
}

// move gives a release that is not public yet its new status and date.
func (tx *tx) move(ctx context.Context, next *tidings.Release, kind tidings.PublicationKind) error {
	if next.Status == tidings.Published {
		return tx.firstPublication(ctx, next, kind)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE releases SET status = ?, published = ? WHERE id = ?`,
		string(next.Status), millis(next.Published), next.ID); err != nil {
		return err
	}
	return tx.audit(ctx, "release.move", releaseSubject(next.ID),
		details{"status": next.Status, "published": next.Published})
}

// SetTopics gives a release the topics that a person chose; rules no longer touch them.
func (db *DB) SetTopics(ctx context.Context, id int64, topics []string, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		stored, err := releaseByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if stored.Status == tidings.Withdrawn {
			return tidings.Invalidf("release", "it is withdrawn")
		}
		next := stored
		next.Topics, next.TopicsByHand, next.Note = slices.Clone(topics), true, ""
		changed, err := differ(&stored, &next)
		if err != nil {
			return err
		}
		if !changed {
			return errUnchanged
		}
		return tx.edit(ctx, &stored, &next)
	})
}

// PublishNow lets a draft or a scheduled release through the gate. A date of its own in the past stays.
func (db *DB) PublishNow(ctx context.Context, id int64, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		r, err := releaseByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.Status != tidings.Draft && r.Status != tidings.Scheduled {
			return tidings.Invalidf("release", "it is %s already", r.Status)
		}
		if r.Published.IsZero() || r.Published.After(now) {
			r.Published = cut(now)
		}
		return tx.firstPublication(ctx, &r, tidings.FirstPublication)
	})
}

// PublishDue lets every scheduled release whose instant has come through the gate, in the order of these instants.
func (db *DB) PublishDue(ctx context.Context, now time.Time) ([]tidings.Release, error) {
	var due []tidings.Release
	load := func(q querier) (err error) {
		due, err = list(ctx, q, scanReleases, `
			SELECT `+releaseColumns+` FROM releases r`+current+`
			WHERE r.status = 'scheduled' AND r.published <= ? ORDER BY r.published, r.id`, now.UnixMilli())
		return err
	}
	// Most often there is nothing to do: ask the readers first, and leave the writer alone.
	if err := load(db.readers); err != nil || len(due) == 0 {
		return nil, err
	}
	err := db.write(ctx, now, "schedule", func(tx *tx) error {
		if err := load(tx); err != nil {
			return err
		}
		for i := range due {
			if err := tx.firstPublication(ctx, &due[i], tidings.FirstPublication); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

// NextScheduled is the next instant at which something is to go public; zero: nothing is.
func (db *DB) NextScheduled(ctx context.Context) (time.Time, error) {
	var next sql.NullInt64
	err := db.readers.QueryRowContext(ctx, `SELECT min(published) FROM releases WHERE status = 'scheduled'`).Scan(&next)
	return instant(next), explain(err)
}

// NewestSeq is the newest publication number; 0: nothing was ever published.
func (db *DB) NewestSeq(ctx context.Context) (int64, error) { return newestSeq(ctx, db.readers) }

func newestSeq(ctx context.Context, q querier) (seq int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM publications`).Scan(&seq)
	return seq, explain(err)
}

// The mailer asks before every few mails.
const lastWithdrawal = `SELECT seq FROM publications WHERE kind = 'withdrawn' ORDER BY seq DESC LIMIT 1`

// LastWithdrawal is the publication number of the newest withdrawal; 0: none yet. An Edition read before it moved may
// hold a release that is withdrawn now.
func (db *DB) LastWithdrawal(ctx context.Context) (seq int64, err error) {
	err = db.withdrawals.QueryRowContext(ctx).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, explain(err)
}
