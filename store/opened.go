package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/tidings/tidings"
)

// notOpened names the file that could not be opened, once, and says what may help. An InvalidError names it already.
func notOpened(path string, err error) error {
	var (
		invalid *tidings.InvalidError
		file    *fs.PathError
	)
	if errors.As(err, &invalid) {
		return err
	}
	if errors.As(err, &file) && file.Path == path {
		err = file.Err
	}
	if err := notWritable(path, err); err != nil {
		return err
	}
	damaged := is(err, resultCorrupt) || is(err, resultNotADatabase) || errors.Is(err, errDamaged)
	err = fmt.Errorf("opening %s: %w", path, explain(err))
	if damaged {
		// The log of another state of the database is written over the file that was put in its place.
		name := filepath.Base(path)
		err = fmt.Errorf("%w\n  if you have just restored a backup, remove %s-wal and %s-shm", err, name, name)
	}
	return err
}

// notWritable says of an error of opening the database that the file, or the folder that it is in, cannot be written to, and what to do;
// nil: that is not it. SQLite has no other words for it than that it is "unable to open". Who only reads needs it too: the readers of a file
// know of each other by one beside it.
func notWritable(path string, err error) error {
	if !is(err, resultCannotOpen) && !is(err, resultReadOnly) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return nil
	}
	folder := filepath.Dir(path)
	if whole, err := filepath.Abs(folder); err == nil {
		folder = whole
	}
	for _, p := range []struct{ what, path string }{{"the folder " + folder, folder}, {path, path}} {
		switch why := mayWrite(p.path); {
		case errors.Is(why, syscall.EROFS):
			return fmt.Errorf("opening %s: the file system that it is on cannot be written to: %w\n"+
				"  mount it for writing, or name a file elsewhere (database.path)", path, why)
		case errors.Is(why, fs.ErrPermission):
			return fmt.Errorf("opening %s: %s cannot be written to: %w\n"+
				"  run it as the user to whom they belong (sudo -u tidings tidings ...), or give them to this one: the folder too, since files are "+
				"kept beside the database", path, p.what, why)
		}
	}
	return nil
}

// beside is an error of a file beside the database, which this user may not write to when that is why.
func beside(path string, err error) error {
	if why := notWritable(path, err); why != nil {
		return why
	}
	return err
}

// MayWriteBeside says which of the files that whoever sends keeps beside the database belongs to somebody else, as one does that was made by a
// command of another user, and what to do. nil: none.
func (db *DB) MayWriteBeside() error {
	var all error
	for _, path := range []string{db.path + lockSuffix, db.instanceFile(), journalPath(db.path)} {
		if err := mayWrite(path); errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
			all = errors.Join(all, beside(path, err))
		}
	}
	return all
}
