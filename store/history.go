package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/tidings/tidings"
)

// Revised says how a revision of a release came about.
type Revised struct {
	Revision    int
	At          time.Time
	Actor       string // who made it; empty: the audit log does not say
	Title       string
	Note        string // what it changed, for readers; empty: a silent edit
	Significant bool   // it moved the date of the last edit
	Seq         int64  // the publication number it went public with; 0: it never did
}

// History gives how each revision of a release came about, the oldest first.
func (db *DB) History(ctx context.Context, id int64) (all []Revised, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		all, err = list(ctx, q, func(row *sql.Rows) (r Revised, err error) {
			var at int64
			err = row.Scan(&r.Revision, &at, &r.Title, &r.Note, &r.Significant, &r.Seq)
			r.At = time.UnixMilli(at).UTC()
			return r, err
		}, `SELECT v.revision, v.at, v.title, v.note,
				v.revision > 1 AND v.updated IS NOT NULL AND v.updated IS NOT lag(v.updated) OVER (ORDER BY v.revision),
				coalesce((SELECT min(p.seq) FROM publications p
					WHERE p.release_id = v.release_id AND p.revision = v.revision AND p.kind <> 'withdrawn'), 0)
			FROM revisions v WHERE v.release_id = ? ORDER BY v.revision`, id)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return tidings.ErrNotFound
		}
		actors, err := revisers(ctx, q, id)
		for i := range all {
			all[i].Actor = actors[all[i].Revision]
		}
		return err
	})
	return all, err
}

// revisers are who made the revisions of a release, by the revision's number.
func revisers(ctx context.Context, q querier, id int64) (map[int]string, error) {
	by := map[int]string{}
	_, err := list(ctx, q, func(row *sql.Rows) (struct{}, error) {
		var action, actor, detail string
		if err := row.Scan(&action, &actor, &detail); err != nil {
			return struct{}{}, err
		}
		made := struct{ Revision int }{1}
		if action == "release.revise" {
			if err := json.Unmarshal([]byte(detail), &made); err != nil {
				return struct{}{}, err
			}
		}
		by[made.Revision] = actor
		return struct{}{}, nil
	}, `SELECT action, actor, detail FROM audit
		WHERE subject = ? AND action IN ('release.create', 'release.revise') ORDER BY id`, releaseSubject(id))
	return by, err
}
