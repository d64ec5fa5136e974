package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/tidings/tidings"
)

// Alternates are the public releases that say the same in other languages as the one with this number, by language.
func (db *DB) Alternates(ctx context.Context, id int64) ([]tidings.Alternate, error) {
	return list(ctx, db.readers, func(row *sql.Rows) (a tidings.Alternate, err error) {
		return a, row.Scan(&a.Language, &a.Slug, &a.Title)
	}, alternatesQuery, id)
}

const alternatesQuery = `
	SELECT r.language, v.slug, v.title
	FROM releases self JOIN public_releases r ON r.translation = self.translation` + current + `
	WHERE self.id = ?1 AND r.translation <> '' AND r.id <> ?1 ORDER BY r.language, r.id`

// refuseSecondVersion sees to it that a release has one version in each language. A withdrawn one makes room.
func (tx *tx) refuseSecondVersion(ctx context.Context, r *tidings.Release) error {
	if r.Translation == "" {
		return nil
	}
	var slug string
	err := tx.QueryRowContext(ctx, sameVersionQuery, r.Translation, r.Language, r.ID).Scan(&slug)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return tidings.Invalidf("translation", "%q has a version in the language %q already, %q; correct the language, or give this "+
		"release a key of its own", r.Translation, r.Language, slug)
}

const sameVersionQuery = `
	SELECT v.slug FROM releases r` + current + `
	WHERE r.translation = ? AND r.translation <> '' AND r.language = ? AND r.id <> ? AND r.status <> 'withdrawn'`

// touchedBy are the marks of every selection that shows any of the releases, or a public version of it in another
// language: the pages and feeds of the versions link one another.
func (tx *tx) touchedBy(ctx context.Context, releases ...*tidings.Release) ([]string, error) {
	var keys []string
	for _, r := range releases {
		if r.Translation != "" && !slices.Contains(keys, r.Translation) {
			keys = append(keys, r.Translation)
		}
	}
	all := releases
	for _, key := range keys {
		versions, err := list(ctx, tx, scanSelected, touchedQuery, key)
		if err != nil {
			return nil, err
		}
		all = append(all, versions...)
	}
	for _, r := range releases {
		before, err := list(ctx, tx, scanSelected, predecessorsQuery, r.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, before...)
	}
	return selections(all...), nil
}

// What shows a release besides itself: its public versions, and the tombstones of those whose place it took, be it in the
// end of a line.
const (
	touchedQuery = `
	SELECT r.language, v.topics FROM public_releases r` + current + `WHERE r.translation = ? AND r.translation <> ''`

	predecessorsQuery = `
	WITH RECURSIVE led (id) AS (
		SELECT id FROM releases WHERE successor = ?
		UNION
		SELECT p.id FROM led JOIN releases p ON p.successor = led.id
	) SELECT r.language, v.topics FROM led JOIN withdrawn_releases r ON r.id = led.id` + current
)

// scanSelected reads what selections look at.
func scanSelected(row *sql.Rows) (*tidings.Release, error) {
	var r tidings.Release
	var topics string
	if err := row.Scan(&r.Language, &topics); err != nil {
		return nil, err
	}
	return &r, json.Unmarshal([]byte(topics), &r.Topics)
}
