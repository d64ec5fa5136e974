package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database as of now to a file that must not exist yet. It appears under its name only
// when it is complete, on the disk and checked. Readers and writers go on meanwhile.
func (db *DB) Backup(ctx context.Context, to string) (err error) {
	if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s: %w", to, os.ErrExist)
		}
		return fmt.Errorf("backup: %w", err)
	}
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("backup: %w", err), discard(part))
		}
	}()
	// On a connection of its own: VACUUM INTO reads one snapshot, and must not keep the writer from writing.
	source, err := openWriter(db.path, true)
	if err != nil {
		return err
	}
	_, err = source.ExecContext(ctx, `VACUUM INTO ?`, part)
	if err := errors.Join(err, source.Close()); err != nil {
		return explain(err)
	}
	if err := settleFile(part); err != nil {
		return err
	}
	if err := verifyFile(ctx, part); err != nil {
		return err
	}
	// A link fails where a rename would silently replace a file that has come into being meanwhile.
	if err := os.Link(part, to); err != nil {
		return err
	}
	return errors.Join(os.Remove(part), syncPath(filepath.Dir(to)))
}

// settleFile makes a finished copy private and lasting.
func settleFile(path string) error {
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	return errors.Join(syncPath(path), syncPath(filepath.Dir(path)))
}

func verifyFile(ctx context.Context, path string) error {
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

// discard removes a half-made copy.
func discard(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
