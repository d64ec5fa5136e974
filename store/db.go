package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidings/tidings"
)

// DB is an open database.
type DB struct {
	path    string  // without symbolic links
	writer  *sql.DB // one connection: writes queue here
	readers *sql.DB // cannot write

	withdrawals *sql.Stmt // lastWithdrawal
	excerpts    *sql.Stmt // excerptQuery
	senders     *sql.Stmt // senderQuery

	keys   tidings.Keyring
	keyed  bool // there are keys
	posted func()
	alarm  func(tidings.BounceRecord)
	sent   sentMail
	sender atomic.Pointer[string] // the id under which this process began to send; nil: it did not

	kept      kept         // statements of the writer's
	planning  sync.Mutex   // one run at a time
	parts     int          // how many subscriptions a run settles at once
	unemptied atomic.Bool  // what was erased may stand in the log still: readers were busy
	atEnd     atomic.Int64 // the last entry of the audit log when no immediate reader had anything to get: see standingsQuery
}

// Option changes how Open opens.
type Option func(*options)

type options struct {
	volatile, check, keyed bool
	keys                   tidings.Keyring
	posted                 func()
	alarm                  func(tidings.BounceRecord)
	parts                  int
}

// OnPost has f called whenever letters were posted by this process, so that they leave at once; it must not wait. Of letters that
// another process posts nobody is told.
func OnPost(f func()) Option { return func(o *options) { o.posted = f } }

// OnAlarm has f called with each alarm that is raised by what the relay said at once, when it is written down; it must not wait. Who takes
// a report is told by TakeBounce.
func OnAlarm(f func(tidings.BounceRecord)) Option { return func(o *options) { o.alarm = f } }

// Keyed gives the keys that addresses are known by where they are not kept, as suppressed ones are: whoever has the file alone
// cannot try addresses against it. An address is written down by the newest key and found by all. Whatever deals with
// subscribers needs it; a file that was opened without knows none of the suppressions that were made with it.
func Keyed(keys tidings.Keyring) Option {
	return func(o *options) { o.keys, o.keyed = keys, true }
}

// Volatile gives up durability: after a power cut the file may be gone. It makes tests fast, and is for nothing else.
func Volatile() Option { return func(o *options) { o.volatile = true } }

// Parts says how many subscriptions a run settles in one transaction, in place of 16,000. It shows in tests what happens between two.
func Parts(n int) Option { return func(o *options) { o.parts = n } }

// QuickCheck reads the whole file and refuses a damaged one. It is for what opens the file seldom and for long.
func QuickCheck() Option { return func(o *options) { o.check = true } }

// Open opens the database file, makes it if it isn't there and brings it to the newest schema. A file that a newer program
// wrote is tidings.ErrNewerDatabase; one that an older program sends mail from is tidings.ErrOlderSender, and stays as it is.
func Open(ctx context.Context, path string, opts ...Option) (*DB, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	writer, err := openWriter(path, !o.volatile)
	if err != nil {
		return nil, notOpened(path, err)
	}
	db := &DB{path: path, writer: writer, keys: o.keys, keyed: o.keyed, posted: o.posted, alarm: o.alarm, parts: cmp.Or(o.parts, partSize)}
	if !o.volatile {
		db.sent.durable = onDisk
	}
	err = db.prepare(ctx)
	if err == nil && o.check {
		err = verify(ctx, db.readers, "quick_check")
	}
	if err != nil {
		return nil, errors.Join(notOpened(path, err), db.Close())
	}
	return db, nil
}

// prepare touches the file with the writer only after it has been looked at.
func (db *DB) prepare(ctx context.Context) error {
	p, err := migrator(db.writer)
	if err != nil {
		return err
	}
	if _, err := inspect(ctx, db.path, newestVersion(p)); err != nil {
		return err
	}
	if err := create(db.path); err != nil {
		return err
	}
	// Now that it is there for certain: by another name the same database would have another sender's lock.
	if db.path, err = filepath.EvalSymlinks(db.path); err != nil {
		return err
	}
	if err := refuseUnderSender(ctx, db.path, newestVersion(p)); err != nil {
		return err
	}
	if err := claimFile(ctx, db.writer); err != nil {
		return err
	}
	if err := migrate(ctx, p); err != nil {
		return err
	}
	if db.readers, err = openReaders(db.path); err != nil {
		return err
	}
	if db.withdrawals, err = db.readers.PrepareContext(ctx, lastWithdrawal); err != nil {
		return err
	}
	if db.senders, err = db.readers.PrepareContext(ctx, senderQuery); err != nil {
		return err
	}
	if db.excerpts, err = db.readers.PrepareContext(ctx, excerptQuery); err != nil {
		return err
	}
	if db.keyed {
		if err := db.rekey(ctx); err != nil {
			return err
		}
	}
	return db.listDue(ctx)
}

// Close waits for what is under way and closes the file.
func (db *DB) Close() error {
	var err error
	if db.readers != nil {
		err = db.readers.Close()
	}
	return errors.Join(err, db.writer.Close(), db.sent.close())
}

// Ping reads once from the file.
func (db *DB) Ping(ctx context.Context) error {
	var n int
	return explain(db.readers.QueryRowContext(ctx, `SELECT count(*) FROM meta`).Scan(&n))
}

// NoteConfiguration gives the instant at which the configuration with this hash came into force: now, when it is not the
// one noted last. The instant never goes backwards.
func (db *DB) NoteConfiguration(ctx context.Context, hash string, now time.Time) (since time.Time, err error) {
	var at int64
	err = db.readers.QueryRowContext(ctx,
		`SELECT at FROM meta WHERE key = 'configuration' AND value = ?`, hash).Scan(&at)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return instant(sql.NullInt64{Int64: at, Valid: err == nil}), explain(err)
	}
	err = db.write(ctx, now, "configuration", func(tx *tx) error {
		return tx.QueryRowContext(ctx, `
			INSERT INTO meta (key, value, at) VALUES ('configuration', ?, ?)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = max(excluded.at, meta.at)
			RETURNING at`, hash, now.UnixMilli()).Scan(&at)
	})
	return time.UnixMilli(at).UTC(), err
}

// tx is a write transaction. It carries its instant and who asked for it, and prepares each statement once: those of a
// batch come back for every release.
type tx struct {
	*sql.Tx
	db         *DB
	now        time.Time
	actor      string
	statements map[string]*sql.Stmt   // closed with the transaction
	changed    []int64                // releases that the public sees otherwise now: at its end, lists and search follow
	heard      bool                   // a source said something new, though nothing may have come of it
	posted     bool                   // a letter was
	look       int                    // so many deliveries are looked at by whoever claims
	behind     bool                   // some of them were put behind others
	alarms     []tidings.BounceRecord // that the relay's words raised
	entry      int64                  // the newest in the record of consent that it wrote; 0: none
}

// ExecContext hides that of sql.Tx, as QueryContext and QueryRowContext do.
func (tx *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement, err := tx.statement(ctx, query) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

// QueryContext gives rows that must be closed before the same query is asked again.
func (tx *tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	statement, err := tx.statement(ctx, query) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

// QueryRowContext asks for one row.
func (tx *tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	statement, err := tx.statement(ctx, query) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return tx.Tx.QueryRowContext(ctx, query, args...) // whose Scan gives the error
	}
	return statement.QueryRowContext(ctx, args...)
}

func (tx *tx) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if known := tx.statements[query]; known != nil {
		return known, nil
	}
	if kept := tx.db.keptFor(query); kept != nil {
		tx.statements[query] = tx.StmtContext(ctx, kept)
		return tx.statements[query], nil
	}
	prepared, err := tx.PrepareContext(ctx, query)
	if err == nil {
		tx.statements[query] = prepared
	}
	return prepared, err
}

// querier is what reads need: a pool of readers, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// errUnchanged rolls a transaction back without being an error.
var errUnchanged = errors.New("nothing to write")

// write runs f in one write transaction: all of it happens, or none. When f returns errUnchanged, none of it
// happens, and that is well.
func (db *DB) write(ctx context.Context, now time.Time, actor string, f func(*tx) error) error {
	db.keepWanted(ctx)
	begun, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	t := &tx{Tx: begun, db: db, now: now, actor: actor, statements: map[string]*sql.Stmt{}}
	if err = f(t); err == nil {
		err = t.list(ctx)
	}
	if err != nil {
		undone := begun.Rollback()
		if errors.Is(undone, sql.ErrTxDone) {
			undone = nil // the context ended it
		}
		if errors.Is(err, errUnchanged) {
			return explain(undone)
		}
		return explain(errors.Join(err, undone))
	}
	if err = begun.Commit(); err == nil {
		t.announce()
	}
	return explain(err)
}

// emptyLog moves what was written into the file and cuts the log beside it to nothing: what was erased would stand there
// for as long as nobody needs the room. It waits for readers as long as the busy timeout says. That they are still busy
// then is no error: the next one who writes much, the next Forget, or the last one who closes the file, does it.
func (db *DB) emptyLog(ctx context.Context) error {
	var busy, pages, moved int
	err := db.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if is(err, resultBusy) || is(err, resultLocked) {
		busy, err = 1, nil
	}
	db.unemptied.Store(busy != 0 || err != nil)
	return explain(err)
}

// snapshot runs f against one unchanging state of the database.
func (db *DB) snapshot(ctx context.Context, f func(querier) error) error {
	begun, err := db.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return explain(err)
	}
	err = f(begun)
	if undone := begun.Rollback(); !errors.Is(undone, sql.ErrTxDone) {
		err = errors.Join(err, undone)
	}
	return explain(err)
}
