package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/tidings/tidings"
)

// Alias is the slug of the release that an old path leads to: of one that is public, or was and is withdrawn; else
// ErrNotFound. path and query are as a request has them: the path decoded, with or without a slash at its end, the query raw.
// What leads there with this query goes before what does without any. When several releases have had the path, a public one
// goes before a withdrawn one, and then the one that was stored first.
func (db *DB) Alias(ctx context.Context, path, query string) (slug string, err error) {
	keys := []string{pathKey(path)}
	if query, ok := queryKey(query); ok && query != "" {
		keys = []string{keys[0] + "?" + query, keys[0]}
	}
	for _, key := range keys {
		err = db.readers.QueryRowContext(ctx, aliasQuery, key).Scan(&slug)
		if !errors.Is(err, sql.ErrNoRows) {
			return slug, explain(err)
		}
	}
	return "", tidings.ErrNotFound
}

const aliasQuery = `
	SELECT v.slug FROM aliases a JOIN releases r ON r.id = a.release_id` + current + `
	WHERE a.path = ? AND r.seq IS NOT NULL AND r.status IN ('published', 'withdrawn')
	ORDER BY r.status, r.id LIMIT 1`

// aliasesOf brings old paths into the form that they are stored in, each once, with their queries behind them. What leads to no
// page of its own, such as "/?p=7", is left out, and so is what has a query that cannot be kept.
func aliasesOf(given []string) []string {
	var paths []string
	for _, one := range given {
		one, _, _ = strings.Cut(one, "#")
		one, query, _ := strings.Cut(one, "?")
		query, ok := queryKey(query)
		if decoded, err := url.PathUnescape(one); err == nil {
			one = decoded
		}
		key := pathKey(one)
		if key == "/" || !ok || strings.ContainsFunc(key, unicode.IsControl) { // no address that anybody ever followed
			continue
		}
		if query != "" {
			key += "?" + query
		}
		if !slices.Contains(paths, key) {
			paths = append(paths, key)
		}
	}
	return paths
}

// longestQuery is in octets: far more than names a page.
const longestQuery = 300

// queryKey is what a raw query is kept under: its pairs in the order of their names, without those that say only where a visitor
// comes from; false when it cannot be read, or is too long to name a page.
func queryKey(raw string) (key string, ok bool) {
	values, err := url.ParseQuery(raw)
	if err != nil || len(raw) > longestQuery {
		return "", false
	}
	for name := range values {
		if strings.HasPrefix(name, "utm_") || name == "fbclid" || name == "gclid" {
			delete(values, name)
		}
	}
	return values.Encode(), true
}

// pathKey is what a decoded path is kept under: without "." and "..", doubled slashes and the slash at its end; and with %, ?
// and # escaped, so that aliasesOf leaves it as it is, and that a ? begins a query.
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
