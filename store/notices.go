package store

import (
	"context"

	"github.com/tidings/tidings"
)

// notice writes down that those who got the release before are told of the public change with this number.
func (tx *tx) notice(ctx context.Context, r *tidings.Release, seq int64, kind tidings.EntryKind) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notices (seq, release_id, revision, kind) VALUES (?, ?, ?, ?)`,
		seq, r.ID, r.Revision, string(kind))
	return err
}
