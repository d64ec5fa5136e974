package store

import (
	"context"
	"database/sql"
	"errors"
)

// metaOf is the value of a key; "" when there is none.
func metaOf(ctx context.Context, q querier, key string) (value string, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, explain(err)
}

// setMeta gives a key its value as of the transaction's instant.
func (tx *tx) setMeta(ctx context.Context, key, value string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO meta (key, value, at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at`, key, value, tx.now.UnixMilli())
	return err
}
