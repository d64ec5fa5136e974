//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/tidings/tidings"
)

// LockSender makes this process the one that sends mail from the database, until release is called or the process ends,
// however it ends. Another that holds it already is tidings.ErrLocked.
func (db *DB) LockSender() (release func(), err error) { return lockSender(db.path) }

// lockSender is LockSender for the file of that name, without symbolic links.
func lockSender(database string) (release func(), err error) {
	path := database + lockSuffix
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, explain(beside(path, fmt.Errorf("the sender's lock: %w", err)))
	}
	// flock(2) belongs to the open file: the kernel drops it with the process, kill -9 included. The file stays, for
	// removing it would let two processes lock two files of one name.
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(tidings.ErrLocked, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return func() {
		// Closing is not enough: a program that this process is just starting has the open file too, until its exec(2).
		_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
		_ = f.Close()
	}, nil
}

// sends reports whether a process holds LockSender for the file of that name, without symbolic links. Where that cannot be told, none
// does.
func sends(database string) bool {
	f, err := os.Open(database + lockSuffix)
	if err != nil {
		return false
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) // shared: two who look do not see each other
	if err == nil {
		_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	}
	return errors.Is(err, syscall.EWOULDBLOCK)
}
