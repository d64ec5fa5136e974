package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

// Place is a path of a release that is or was public: its page, an older slug, or an alias.
type Place struct {
	Slug  string // of a page below /releases; empty: Path is set
	Path  string // an alias: decoded; those with a query are none of them, since no file can be told by one
	Stamp string // equal stamps of a path are equal content; empty: that cannot be told
	// Revision is what the page at Slug shows now; 0: it leads elsewhere, or what was there is withdrawn.
	Revision int
}

// Places are the paths of all releases that are or were public. What a page shows of versions in other languages is in its stamp.
func (db *DB) Places(ctx context.Context) (places []Place, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		stamps, err := stamps(ctx, q)
		if err != nil {
			return err
		}
		places, err = list(ctx, q, func(row *sql.Rows) (p Place, err error) {
			var id int64
			if err := row.Scan(&id, &p.Slug, &p.Path, &p.Revision); err != nil {
				return p, err
			}
			p.Path = unescapedPath(p.Path)
			p.Stamp = stamps[id]
			return p, nil
		}, `SELECT r.id, s.slug, '', CASE WHEN s.slug = v.slug AND r.status = 'published' THEN r.revision ELSE 0 END
			FROM slugs s JOIN releases r ON r.id = s.release_id`+current+`
			WHERE r.seq IS NOT NULL AND r.status IN ('published', 'withdrawn')
			UNION ALL
			SELECT r.id, '', a.path, 0 FROM aliases a JOIN releases r ON r.id = a.release_id
			WHERE r.seq IS NOT NULL AND r.status IN ('published', 'withdrawn') AND instr(a.path, '?') = 0
			ORDER BY 1, 2, 3`)
		return err
	})
	return places, err
}

// stamps tell of each public release when it, or a version of it, last changed. A withdrawn one has none: its page leads to its
// successor, wherever that is now.
func stamps(ctx context.Context, q querier) (map[int64]string, error) {
	type version struct {
		id, seq int64
		key     string
	}
	all, err := list(ctx, q, func(row *sql.Rows) (v version, err error) {
		return v, row.Scan(&v.id, &v.key, &v.seq)
	}, `SELECT r.id, r.translation, max(p.seq) FROM public_releases r JOIN publications p ON p.release_id = r.id
		GROUP BY r.id ORDER BY r.id`)
	if err != nil {
		return nil, err
	}
	versions, stamp := map[string][]string{}, map[int64]string{}
	for _, v := range all {
		stamp[v.id] = strconv.FormatInt(v.seq, 10)
		if v.key != "" {
			versions[v.key] = append(versions[v.key], stamp[v.id])
		}
	}
	for _, v := range all {
		if v.key != "" {
			stamp[v.id] += "/" + strings.Join(versions[v.key], ",")
		}
	}
	return stamp, nil
}

// unescapedPath undoes what pathKey escapes.
func unescapedPath(key string) string {
	return strings.NewReplacer("%25", "%", "%3F", "?", "%23", "#").Replace(key)
}

// PublicFiles are the hashes of the files that public releases show now.
func (db *DB) PublicFiles(ctx context.Context) ([]string, error) {
	return list(ctx, db.readers, scanString,
		`SELECT DISTINCT s.hash FROM release_files s JOIN public_releases r ON r.id = s.release_id ORDER BY 1`)
}

// DeskFile is a file that is kept here, whether or not a public release shows it; ErrNotFound.
func (db *DB) DeskFile(ctx context.Context, hash string) (tidings.File, error) {
	f := tidings.File{Hash: hash}
	err := db.readers.QueryRowContext(ctx, `SELECT name, media_type, data FROM files WHERE hash = ?`, hash).
		Scan(&f.Name, &f.MediaType, &f.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return tidings.File{}, tidings.ErrNotFound
	}
	return f, explain(err)
}
