package tidings

import (
	"errors"
	"fmt"
)

// Sentinels that cross a package border. Test for them with errors.Is.
var (
	// ErrNotFound: nothing public (or, for the press office, nothing at all) has this name.
	ErrNotFound = errors.New("not found")
	// ErrWithdrawn: the release was public once and has been withdrawn; pages answer 410.
	ErrWithdrawn = errors.New("withdrawn")
	// ErrExists: the name or address is taken.
	ErrExists = errors.New("already there")
	// ErrSuppressed: this address must not be written to.
	ErrSuppressed = errors.New("suppressed")
	// ErrBadToken: a token that we did not make, or not for this purpose.
	ErrBadToken = errors.New("this link is not one of ours")
	// ErrExpired: a token of ours whose time is over.
	ErrExpired = errors.New("this link has expired")
	// ErrNewerDatabase: the file was written by a newer program than this one.
	ErrNewerDatabase = errors.New("the database was made by a newer version of tidings")
	// ErrOlderSender: a process of an older program sends mail from this database, which a newer one would change under it.
	ErrOlderSender = errors.New("a process of an older version of tidings still sends mail from this database")
	// ErrLocked: another process sends mail from this database.
	ErrLocked = errors.New("another process sends mail from this database")
	// ErrNotSender: this process was the sender, and another has begun to send since.
	ErrNotSender = errors.New("another process has begun to send mail from this database, so this one has stopped")
	// ErrBusy: another process writes for longer than one waits. It may well be over a moment later.
	ErrBusy = errors.New("another process keeps the database busy")
	// ErrFull: there is no room to write anything down. Reading goes on, and writing does once there is room again.
	ErrFull = errors.New("the disk is full")
)

// InvalidError is a fault of the input, one that the person who gave it can mend. It is shown as it stands.
type InvalidError struct {
	Field  string // what was wrong, as the person knows it: "language", "filter", "front matter, line 3"
	Reason string // why, and where it helps, what to write instead
}

func (e *InvalidError) Error() string { return e.Field + ": " + e.Reason }

// Invalidf makes an InvalidError.
func Invalidf(field, format string, args ...any) error {
	return &InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
}
