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
// behind and keeps no other. Any other fault is an error: then nothing of the batch is stored, and no release is filled in; but
// large files, which are stored before, wait there for the next try, and nobody can read them.
func (db *DB) SaveBatch(
	ctx context.Context, site *tidings.Site, batch []tidings.Filing, now time.Time, actor string,
) ([]tidings.Filed, error) {
	became := make([]tidings.Release, len(batch))
	filed := make([]tidings.Filed, len(batch))
	brought := make([]luggage, len(batch))
	for i := range batch {
		brought[i] = db.takeIn(ctx, batch[i].Files, now, actor)
		if err := brought[i].fault; err != nil && !mendable(err) {
			return nil, err
		}
	}
	err := db.write(ctx, now, actor, func(tx *tx) error {
		for i := range batch {
			became[i] = *batch[i].Release
			change, err := tx.fileApart(ctx, site, &became[i], &batch[i], &brought[i])
			filed[i] = tidings.Filed{Change: change, Err: err}
			if err != nil && !mendable(err) {
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

// mendable: whether it is the fault of what was filed.
func mendable(err error) bool {
	var invalid *tidings.InvalidError
	return errors.As(err, &invalid)
}

// fileApart files one release of a batch. What it wrote is undone when nothing came of it, and what it brought is left out.
func (tx *tx) fileApart(
	ctx context.Context, site *tidings.Site, next *tidings.Release, f *tidings.Filing, brought *luggage,
) (tidings.Change, error) {
	if brought.fault != nil {
		return tidings.Broken, errors.Join(brought.fault, tx.dropFiles(ctx, brought.stored))
	}
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
		if dropped := tx.dropFiles(ctx, brought.stored); dropped != nil {
			return tidings.Broken, dropped
		}
	}
	if _, ended := tx.ExecContext(ctx, `RELEASE filing`); ended != nil {
		return tidings.Broken, ended
	}
	return change, err
}
