package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Backup writes a copy of the database as of now to a file that must not exist yet. It appears under its name only
// when it is complete, on the disk and checked. Readers and writers go on meanwhile.
func (db *DB) Backup(ctx context.Context, to string) error {
	if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s: %w", to, os.ErrExist)
		}
		return fmt.Errorf("backup: %w", err)
	}
	// VACUUM INTO takes an empty file. This one is readable by its owner alone from the start.
	part, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".*.part")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	err = errors.Join(part.Close(), db.copyTo(ctx, part.Name()))
	if err == nil {
		err = os.Rename(part.Name(), to)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("backup: %w", err), os.Remove(part.Name()))
	}
	if err := syncFolder(filepath.Dir(to)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// copyTo writes the copy, waits until it is on the disk and checks it.
func (db *DB) copyTo(ctx context.Context, path string) error {
	// On a connection of its own: the copy is of one snapshot, and the writer is needed elsewhere.
	source, err := openWriter(db.path, true)
	if err != nil {
		return err
	}
	_, err = source.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err := errors.Join(err, source.Close()); err != nil {
		return explain(err)
	}
	if err := syncPath(path); err != nil {
		return err
	}
	copied, err := openReaders(path)
	if err != nil {
		return err
	}
	return errors.Join(verify(ctx, copied, "integrity_check"), copied.Close())
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder makes a new name lasting. Some network and FUSE file systems cannot do this for a folder, and say so with
// EINVAL or ENOTSUP: there the name lasts as well as they make it.
func syncFolder(path string) error {
	err := syncPath(path)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// NoteBackup writes down that a backup is complete and checked.
func (db *DB) NoteBackup(ctx context.Context, now time.Time) error {
	return db.write(ctx, now, "backup", func(tx *tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO meta (key, value, at) VALUES ('backup', '', ?)
			ON CONFLICT (key) DO UPDATE SET at = max(excluded.at, meta.at)`, now.UnixMilli())
		return err
	})
}

// LastBackup is when the last backup was complete and checked; zero: there is none.
func (db *DB) LastBackup(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := db.readers.QueryRowContext(ctx, `SELECT max(at) FROM meta WHERE key = 'backup'`).Scan(&at)
	return instant(at), explain(err)
}
