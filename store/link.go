package store

import (
	"context"
	"time"

	"github.com/tidings/tidings"
)

// Link makes the releases versions of one another in several languages. One of them may have versions already: the others
// join those. It is a silent edit of each that it changes.
func (db *DB) Link(ctx context.Context, ids []int64, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		var all []tidings.Release
		key, keyOf := "", ""
		for _, id := range ids {
			r, err := releaseByID(ctx, tx, id)
			if err != nil {
				return err
			}
			switch {
			case r.Translation == "" || r.Translation == key:
			case key == "":
				key, keyOf = r.Translation, r.Slug
			default:
				return tidings.Invalidf(r.Slug, "has versions of its own, apart from those of %s; unlink one of the two first", keyOf)
			}
			all = append(all, r)
		}
		if key == "" && len(all) > 0 {
			key = all[0].URI // nobody else's, now and later
		}
		changed := false
		for i := range all {
			done, err := tx.translate(ctx, &all[i], key)
			if err != nil {
				return err
			}
			changed = changed || done
		}
		if !changed {
			return errUnchanged
		}
		return nil
	})
}

// Unlink makes a release stand alone again. Its versions in other languages, if several, stay linked.
func (db *DB) Unlink(ctx context.Context, id int64, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		r, err := releaseByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if done, err := tx.translate(ctx, &r, ""); err != nil || done {
			return err
		}
		return errUnchanged
	})
}

// translate gives a release another translation key.
func (tx *tx) translate(ctx context.Context, stored *tidings.Release, key string) (changed bool, err error) {
	if stored.Translation == key {
		return false, nil
	}
	if stored.Status == tidings.Withdrawn {
		return false, tidings.Invalidf(stored.Slug, "is withdrawn and stays as it is")
	}
	next := *stored
	next.Translation, next.Note = key, ""
	return true, tx.edit(ctx, stored, &next)
}
