package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// SaveBatch saves many releases with their files in one transaction, by the rules of Save, and tells of each what became of
// it; those that follow see those before. A filing that breaks a rule is Broken with its *InvalidError, leaves nothing
// behind and keeps no other. Any other fault is an error: then nothing of the batch is stored, and no release is filled in.
func (db *DB) SaveBatch(
	ctx context.Context, site *tidings.Site, batch []tidings.Filing, now time.Time, actor string,
) ([]tidings.Filed, error) {
	became := make([]tidings.Release, len(batch))
	filed := make([]tidings.Filed, len(batch))
	err := db.write(ctx, now, actor, func(tx *tx) error {
		for i := range batch {
			became[i] = *batch[i].Release
			change, err := tx.fileApart(ctx, site, &became[i], &batch[i])
			filed[i] = tidings.Filed{Change: change, Err: err}
			if invalid := (*tidings.InvalidError)(nil); err != nil && !errors.As(err, &invalid) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range batch {
		if filed[i].Change != tidings.Broken {
			*batch[i].Release = became[i]
		}
	}
	return filed, nil
}

// fileApart files one release of a batch. What it wrote is undone when nothing came of it.
func (tx *tx) fileApart(
	ctx context.Context, site *tidings.Site, next *tidings.Release, f *tidings.Filing,
) (tidings.Change, error) {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT filing`); err != nil {
		return tidings.Broken, err
	}
	kind := tidings.FirstPublication
	if f.Archived {
		kind = tidings.ArchivePublication
	}
	tx.heard = false
	change, err := tx.file(ctx, site, next, f.Files, kind)
	if err != nil || change == tidings.Same && !tx.heard {
		if _, undone := tx.ExecContext(ctx, `ROLLBACK TO filing`); undone != nil {
			return tidings.Broken, fmt.Errorf("undoing one of a batch: %w", undone)
		}
	}
	if _, ended := tx.ExecContext(ctx, `RELEASE filing`); ended != nil {
		return tidings.Broken, ended
	}
	return change, err
}
