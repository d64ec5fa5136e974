package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/tidings/tidings"
)

const topicColumns = `id, slug, names, rule, place, ended`

func scanTopic(row interface{ Scan(...any) error }) (t tidings.Topic, err error) {
	var names, rule string
	var ended sql.NullInt64
	if err := row.Scan(&t.ID, &t.Slug, &names, &rule, &t.Order, &ended); err != nil {
		return t, err
	}
	t.Ended = instant(ended)
	if err := json.Unmarshal([]byte(names), &t.Names); err != nil {
		return t, err
	}
	t.Rule, err = tidings.ParseFilter(rule)
	return t, err
}

// Topics gives every topic, ended ones too, by Order and then by Slug.
func (db *DB) Topics(ctx context.Context) ([]tidings.Topic, error) {
	return list(ctx, db.readers, func(rows *sql.Rows) (tidings.Topic, error) { return scanTopic(rows) },
		`SELECT `+topicColumns+` FROM topics ORDER BY place, slug`)
}

func (tx *tx) topic(ctx context.Context, slug string) (tidings.Topic, error) {
	t, err := scanTopic(tx.QueryRowContext(ctx, `SELECT `+topicColumns+` FROM topics WHERE slug = ?`, slug))
	if errors.Is(err, sql.ErrNoRows) {
		return t, tidings.ErrNotFound
	}
	return t, err
}

// SaveTopic stores a topic by its slug, and fills in its ID. Whether it has ended is EndTopic's matter: t.Ended is not
// taken but filled in. What Validate refuses is not stored.
func (db *DB) SaveTopic(ctx context.Context, t *tidings.Topic, now time.Time, actor string) (tidings.Change, error) {
	if err := t.Validate(); err != nil {
		return tidings.Broken, err
	}
	names, err := json.Marshal(t.Names)
	if err != nil {
		return tidings.Broken, err
	}
	change := tidings.Created
	err = db.write(ctx, now, actor, func(tx *tx) error {
		stored, err := tx.topic(ctx, t.Slug)
		seen := true
		switch {
		case err == nil:
			t.ID, t.Ended, change = stored.ID, stored.Ended, tidings.Changed
			seen = !maps.Equal(stored.Names, t.Names) || stored.Order != t.Order
			if !seen && stored.Rule.String() == t.Rule.String() {
				change = tidings.Same
				return errUnchanged
			}
		case !errors.Is(err, tidings.ErrNotFound):
			return err
		}
		if err := tx.QueryRowContext(ctx, `
			INSERT INTO topics (slug, names, rule, place) VALUES (?, ?, ?, ?)
			ON CONFLICT (slug) DO UPDATE SET names = excluded.names, rule = excluded.rule, place = excluded.place
			RETURNING id`, t.Slug, string(names), t.Rule.String(), t.Order).Scan(&t.ID); err != nil {
			return err
		}
		if seen {
			if err := tx.touchForTopic(ctx, t.Slug); err != nil {
				return err
			}
		}
		return tx.audit(ctx, "topic.save", topicMark(t.Slug), details{"names": t.Names, "rule": t.Rule.String()})
	})
	if err != nil {
		return tidings.Broken, err
	}
	return change, nil
}

// EndTopic closes a topic. Its releases keep it.
func (db *DB) EndTopic(ctx context.Context, slug string, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		t, err := tx.topic(ctx, slug)
		if err != nil {
			return err
		}
		if !t.Ended.IsZero() {
			return errUnchanged
		}
		if _, err := tx.ExecContext(ctx, `UPDATE topics SET ended = ? WHERE id = ?`, now.UnixMilli(), t.ID); err != nil {
			return err
		}
		if err := tx.touchForTopic(ctx, slug); err != nil {
			return err
		}
		return tx.audit(ctx, "topic.end", topicMark(slug), nil)
	})
}
