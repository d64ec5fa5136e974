//go:build !unix

package store

import (
	"errors"
	"runtime"
)

// LockSender needs flock(2): without it nothing can promise that only one process sends, and sending twice is worse than
// not at all.
func (db *DB) LockSender() (release func(), err error) { return lockSender(db.path) }

func lockSender(string) (release func(), err error) {
	return nil, errors.New("sending mail needs a file lock that this program has not got on " + runtime.GOOS)
}

// sends: nobody does where there is no lock.
func sends(string) bool { return false }
