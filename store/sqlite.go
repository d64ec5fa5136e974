package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/tidings/tidings"
)

// applicationID marks our files (PRAGMA application_id): "tidg" in ASCII.
const applicationID = 0x74696467

// dsn is the name of a connection. Settings travel in it, because a PRAGMA by Exec reaches one pooled connection only;
// and it starts with "file:", because the driver drops mode=ro from any other name.
func dsn(path string, settings ...string) string {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	return name.String() + "?" + strings.Join(settings, "&")
}

// common are the settings of every connection: no double-quoted strings, no writes to the schema by trickery, errors that
// name what happened, and five seconds of patience with another process.
func common() []string {
	return []string{
		"_busy_timeout=5000", "_foreign_keys=on", "_defensive=1", "_dqs=0", "_error_rc=1", "_pragma=temp_store(memory)",
	}
}

// openWriter gives the one connection that writes. Transactions begin IMMEDIATE: a deferred one that turns to writing
// late fails at once, whatever the busy timeout says.
func openWriter(path string, durable bool) (*sql.DB, error) {
	return openWriterIn(path, durable, "WAL")
}

// openWriterIn is openWriter with another journal than the log beside the file.
func openWriterIn(path string, durable bool, journal string) (*sql.DB, error) {
	synchronous := "FULL" // a commit is on the disk when it returns: the outbox leans on it
	if !durable {
		synchronous = "OFF"
	}
	pool, err := sql.Open("sqlite", dsn(path, append(common(),
		"_txlock=immediate", "_journal_mode="+journal, "_synchronous="+synchronous,
		"_pragma=secure_delete(on)")...)) // what is erased is overwritten, not just forgotten
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	pool.SetMaxIdleConns(1)
	return pool, nil
}

// openReaders gives connections that cannot write.
func openReaders(path string) (*sql.DB, error) {
	pool, err := sql.Open("sqlite", dsn(path, append(common(), "mode=ro", "_query_only=1")...))
	if err != nil {
		return nil, err
	}
	n := max(4, runtime.GOMAXPROCS(0))
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return pool, nil
}

// inspect looks at an existing file without writing to it, and refuses what is not ours or newer than we are.
func inspect(ctx context.Context, path string, newest int64) (older bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return false, nil // a new one
	}
	if err != nil {
		return false, err
	}
	if info.IsDir() {
		return false, tidings.Invalidf(path, "is a folder; give the path of a file, such as %s", filepath.Join(path, "tidings.db"))
	}
	file, err := openReaders(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	var id, tables int64
	err = file.QueryRowContext(ctx,
		`SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id`).Scan(&id, &tables)
	switch {
	case is(err, resultNotADatabase):
		return false, tidings.Invalidf(path, "this file is not a database; give the path of a tidings database, or of a new one")
	case err != nil:
		return false, err
	case id != applicationID && (id != 0 || tables > 0):
		return false, tidings.Invalidf(path, "this database belongs to another program")
	case tables == 0:
		return false, nil // marked as ours, and no further
	}
	var version int64
	err = file.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable).Scan(&version)
	if err != nil {
		return false, err
	}
	if version > newest {
		return false, fmt.Errorf("%w: it has schema version %d, this program knows up to %d",
			tidings.ErrNewerDatabase, version, newest)
	}
	return version < newest, nil
}

// create makes the file if it is not there, readable by its owner alone: it holds people's addresses. SQLite gives
// the files beside it the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// claimFile marks a new file as ours. Where several processes make the file at once, one gives it its log, for which SQLite lets the
// others wait no busy timeout.
func claimFile(ctx context.Context, writer *sql.DB) error {
	end := time.After(5 * time.Second)
	for {
		err := claimOnce(ctx, writer)
		if !is(err, resultBusy) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-end:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func claimOnce(ctx context.Context, writer *sql.DB) error {
	var id int64
	if err := writer.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil || id == applicationID {
		return err
	}
	_, err := writer.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, applicationID))
	return err
}

// verify runs quick_check or integrity_check.
func verify(ctx context.Context, db *sql.DB, check string) error {
	found, err := list(ctx, db, scanString, `PRAGMA `+check)
	if err != nil {
		return fmt.Errorf("checking the database: %w", err)
	}
	if len(found) == 1 && found[0] == "ok" {
		return nil
	}
	return fmt.Errorf("%w: %s", errDamaged, strings.Join(found, "; "))
}

// errDamaged: what is in the file contradicts itself.
var errDamaged = errors.New("the database is damaged")

func scanString(row *sql.Rows) (s string, err error) { return s, row.Scan(&s) }

// QuickCheck reads the whole file, and sees less than Check, in a fraction of the time.
func (db *DB) QuickCheck(ctx context.Context) error { return verify(ctx, db.readers, "quick_check") }

// Check reads the whole file: integrity_check, then that every reference has its row, and every file its octets.
func (db *DB) Check(ctx context.Context) error {
	if err := verify(ctx, db.readers, "integrity_check"); err != nil {
		return err
	}
	broken, err := list(ctx, db.readers, scanString, `
		SELECT format('%d rows of %s refer to rows that are not there', count(*), "table")
		FROM pragma_foreign_key_check GROUP BY "table"`)
	if err != nil {
		return err
	}
	if len(broken) > 0 {
		return fmt.Errorf("%w: %s", errDamaged, strings.Join(broken, "; "))
	}
	if broken, err = list(ctx, db.readers, scanString, strayQuery); err != nil {
		return err
	}
	if len(broken) > 0 {
		return fmt.Errorf("%w: %s", errDamaged, strings.Join(broken, "; "))
	}
	return db.checkFiles(ctx)
}

// SQLite's result codes (https://sqlite.org/rescode.html) that a person can do something about.
const (
	resultBusy         = 5
	resultLocked       = 6
	resultReadOnly     = 8
	resultIOError      = 10
	resultCorrupt      = 11
	resultFull         = 13
	resultCannotOpen   = 14
	resultNotADatabase = 26

	resultNoRoomForIndex = 10 | 19<<8 // SQLITE_IOERR_SHMSIZE: of the log beside the file, which every connection needs
)

// is reports whether err is SQLite's, with that primary result code.
func is(err error, code int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == code
}

// explained is an error of SQLite's behind plain words.
type explained struct {
	words string
	err   error
}

func (e *explained) Error() string { return e.words + ": " + e.err.Error() }
func (e *explained) Unwrap() error { return e.err }

// Is finds what all rooms know by a name of ours.
func (e *explained) Is(target error) bool {
	return (target == tidings.ErrBusy || target == tidings.ErrFull) && e.words == target.Error()
}

// explain puts plain words before an error of SQLite's, or of the disk, that an operator can mend, once.
func explain(err error) error {
	var (
		e    *sqlite.Error
		done *explained
	)
	switch {
	case errors.As(err, &done):
		return err
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT): // of the files beside the database
		return &explained{tidings.ErrFull.Error(), err}
	case !errors.As(err, &e):
		return err
	case e.Code() == resultNoRoomForIndex:
		return &explained{tidings.ErrFull.Error(), err}
	}
	var words string
	switch e.Code() & 0xff {
	case resultFull:
		words = tidings.ErrFull.Error()
	case resultBusy, resultLocked:
		words = tidings.ErrBusy.Error()
	case resultReadOnly:
		words = "the database may not be written to: its file, its folder or its disk is read-only to this user"
	case resultIOError:
		words = "the disk failed"
	case resultCorrupt, resultNotADatabase:
		words = errDamaged.Error()
	case resultCannotOpen:
		words = "the database cannot be opened"
	default:
		return err
	}
	return &explained{words, err}
}
