package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// Alias is the slug of the release that an old path leads to: of one that is public, or was and is withdrawn; else
// ErrNotFound. path is as a request has it: decoded, with or without a slash at its end. When several releases have had
// the path, a public one goes before a withdrawn one, and then the one that was stored first.
func (db *DB) Alias(ctx context.Context, path string) (slug string, err error) {
	err = db.readers.QueryRowContext(ctx, aliasQuery, pathKey(path)).Scan(&slug)
	if errors.Is(err, sql.ErrNoRows) {
		return "", tidings.ErrNotFound
	}
	return slug, explain(err)
}

const aliasQuery = `
	SELECT v.slug FROM aliases a JOIN releases r ON r.id = a.release_id` + current + `
	WHERE a.path = ? AND r.seq IS NOT NULL AND r.status IN ('published', 'withdrawn')
	ORDER BY r.status, r.id LIMIT 1`

// aliasesOf brings old paths into the form that they are stored in, each once. What leads to no page of its own, such as
// "/?p=7", is left out.
func aliasesOf(given []string) []string {
	var paths []string
	for _, one := range given {
		one, _, _ = strings.Cut(one, "#")
		one, _, _ = strings.Cut(one, "?")
		if decoded, err := url.PathUnescape(one); err == nil {
			one = decoded
		}
		if key := pathKey(one); key != "/" && !slices.Contains(paths, key) {
			paths = append(paths, key)
		}
	}
	return paths
}

// pathKey is what a decoded path is kept under: without "." and "..", doubled slashes and the slash at its end; and with %, ?
// and # escaped, so that aliasesOf leaves it as it is.
func pathKey(decoded string) string {
	return strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(path.Clean("/" + decoded))
}

// writeAliases makes r.Aliases the old paths that lead to the release.
func (tx *tx) writeAliases(ctx context.Context, r *tidings.Release) error {
	for _, path := range r.Aliases {
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO aliases (path, release_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, path, r.ID); err != nil {
			return err
		}
	}
	return nil
}
