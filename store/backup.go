package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tidings/tidings"
)

// Backup writes a copy of the database as of now to a file that must not exist yet. It appears under its name only
// when it is complete, on the disk and checked, with its checksum beside it. Readers and writers go on meanwhile. A sender that starts on
// the copy is held, by whatever way it came to its place.
func (db *DB) Backup(ctx context.Context, to string, now time.Time) error {
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
	err = errors.Join(part.Close(), db.copyTo(ctx, part.Name(), now))
	if err == nil {
		err = writeSum(part.Name(), to) // first: where there is a copy, its checksum is beside it
	}
	if err != nil {
		return errors.Join(fmt.Errorf("backup: %w", err), os.Remove(part.Name()))
	}
	if err := os.Rename(part.Name(), to); err != nil {
		return errors.Join(fmt.Errorf("backup: %w", err), os.Remove(part.Name()), os.Remove(to+ChecksumEnd))
	}
	if err := syncFolder(filepath.Dir(to)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// Backup is a copy of the database that was complete and checked.
type Backup struct {
	At     time.Time `json:"at"`
	Path   string    `json:"path"`
	Octets int64     `json:"octets"`
}

// LastBackup is the newest backup that was made; the zero value: none was.
func (db *DB) LastBackup(ctx context.Context) (b Backup, err error) {
	text, err := metaOf(ctx, db.readers, "backup")
	if err != nil || text == "" {
		return b, err
	}
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return b, fmt.Errorf("the note of the last backup: %w", err)
	}
	return b, nil
}

// BackedUpAt is when the last backup was complete and checked; zero: none was.
func (db *DB) BackedUpAt(ctx context.Context) (time.Time, error) {
	b, err := db.LastBackup(ctx)
	return b.At, err
}

// NoteBackup writes down that there is a backup under that name, and gives what LastBackup will.
func (db *DB) NoteBackup(ctx context.Context, path string, now time.Time) (b Backup, err error) {
	st, err := os.Stat(path)
	if err != nil {
		return b, err
	}
	b = Backup{At: cut(now), Path: path, Octets: st.Size()}
	if whole, err := filepath.Abs(path); err == nil {
		b.Path = whole
	}
	text, err := json.Marshal(b)
	if err != nil {
		return b, err
	}
	return b, db.write(ctx, now, "backup", func(tx *tx) error { return tx.setMeta(ctx, "backup", string(text)) })
}

// copyTo writes the copy, holds it, waits until it is on the disk and checks it.
func (db *DB) copyTo(ctx context.Context, path string, now time.Time) error {
	// On a connection of its own: the copy is of one snapshot, and the writer is needed elsewhere.
	source, err := openWriter(db.path, true)
	if err != nil {
		return err
	}
	_, err = source.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err := errors.Join(err, source.Close()); err != nil {
		return explain(err)
	}
	if err := holdCopy(ctx, path, now, "this is a backup, made at "+utc(now)); err != nil {
		return err
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

// holdCopy holds a file that nobody else has open.
func holdCopy(ctx context.Context, path string, now time.Time, reason string) (err error) {
	pool, err := openWriterIn(path, true, "DELETE")
	if err != nil {
		return err
	}
	copied := &DB{path: path, writer: pool}
	defer func() { err = errors.Join(err, pool.Close()) }()
	return copied.write(ctx, now, "backup", func(tx *tx) error { return tx.hold(ctx, tidings.Hold{By: tidings.HeldAsCopy, Reason: reason}) })
}

// utc is an instant in a reason, to be read anywhere.
func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

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
