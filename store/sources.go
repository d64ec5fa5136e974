package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// Sources gives what is known of every source that was ever asked, in the order of their URLs.
func (db *DB) Sources(ctx context.Context) ([]tidings.Source, error) {
	return list(ctx, db.readers, scanSource, `
		SELECT url, moved, etag, last_modified, nullif(next_at, 0), failures, gone, visited, trouble FROM sources ORDER BY url`)
}

func scanSource(rows *sql.Rows) (s tidings.Source, err error) {
	var next, gone, visited sql.NullInt64
	err = rows.Scan(&s.URL, &s.Moved, &s.ETag, &s.LastModified, &next, &s.Failures, &gone, &visited, &s.Trouble)
	s.Next, s.Gone, s.Visited = instant(next), instant(gone), instant(visited)
	return s, err
}

// SaveSource keeps how the last visit to a source went.
func (db *DB) SaveSource(ctx context.Context, s tidings.Source) error {
	_, err := db.writer.ExecContext(ctx, `
		INSERT INTO sources (url, moved, etag, last_modified, next_at, failures, gone, visited, trouble)
		VALUES (?, ?, ?, ?, coalesce(?, 0), ?, ?, ?, ?)
		ON CONFLICT (url) DO UPDATE SET moved = excluded.moved, etag = excluded.etag, last_modified = excluded.last_modified,
			next_at = excluded.next_at, failures = excluded.failures, gone = excluded.gone, visited = excluded.visited,
			trouble = excluded.trouble`,
		s.URL, s.Moved, s.ETag, s.LastModified, millis(s.Next), s.Failures, millis(s.Gone), millis(s.Visited), s.Trouble)
	return explain(err)
}

// KeepSources forgets every source but these: one that is configured again some day begins anew.
func (db *DB) KeepSources(ctx context.Context, urls []string, now time.Time, actor string) error {
	if urls == nil {
		urls = []string{}
	}
	kept, err := json.Marshal(urls)
	if err != nil {
		return err
	}
	return db.write(ctx, now, actor, func(tx *tx) error {
		forgotten, err := list(ctx, tx, scanString, `
			DELETE FROM sources WHERE url NOT IN (SELECT value FROM json_each(?)) RETURNING url`, string(kept))
		if err != nil || len(forgotten) == 0 {
			return err
		}
		return tx.audit(ctx, "source.forget", "", details{"urls": forgotten})
	})
}

// Sourced is the release that came in from a source (Release.Source), whatever its status; ErrNotFound: none did.
func (db *DB) Sourced(ctx context.Context, source string) (tidings.Release, error) {
	r, err := scanRelease(db.readers.QueryRowContext(ctx,
		`SELECT `+releaseColumns+` FROM releases r`+current+` WHERE r.source = ?`, source))
	if errors.Is(err, sql.ErrNoRows) {
		return tidings.Release{}, tidings.ErrNotFound
	}
	return r, explain(err)
}
