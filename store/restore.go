package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tidings/tidings"
)

// Restoration is a backup on its way into the place of a database. Until Place has given it the name, the database is what it was.
type Restoration struct {
	MadeAt time.Time // when the backup was made; of a file that is no backup of ours, when it was last written
	Summed bool      // its checksum lay beside it, and is right

	from, to, stage string
	release         func()             // of the sender's lock
	step            func(string) error // tests cut it off here; nil: they do not
}

// PrepareRestore makes a copy of the file beside the database, brings it to the newest schema, holds it and checks all of it:
// that it is ours, no newer than this program, and sound, with every file's octets and no trigger or view of somebody else's. It holds the sender's lock until Close, and is
// tidings.ErrLocked while a daemon runs.
func PrepareRestore(ctx context.Context, from, to string, now time.Time) (*Restoration, error) {
	if path, err := filepath.EvalSymlinks(to); err == nil {
		to = path
	}
	release, err := lockSender(to)
	if err != nil {
		return nil, err
	}
	r := &Restoration{from: from, to: to, stage: to + ".restore", release: release}
	if err := r.prepare(ctx, now); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Restoration) prepare(ctx context.Context, now time.Time) error {
	st, err := os.Stat(r.from)
	if err != nil {
		return fmt.Errorf("the backup: %w", err)
	}
	if there, err := os.Stat(r.to); err == nil && os.SameFile(st, there) {
		return tidings.Invalidf(r.from, "is the database itself")
	}
	if !st.Mode().IsRegular() || st.Size() == 0 {
		return tidings.Invalidf(r.from, "is no file with a database in it")
	}
	if log, err := os.Stat(r.from + "-wal"); err == nil && log.Size() > 0 {
		return tidings.Invalidf(r.from, "has %s-wal beside it, so it is not whole by itself: give a file that tidings backup made", filepath.Base(r.from))
	}
	if err := errors.Join(r.clear(), copyWhole(r.from, r.stage)); err != nil {
		return fmt.Errorf("copying the backup: %w", err)
	}
	if err := r.sum(); err != nil {
		return err
	}
	if err := r.look(ctx); err != nil {
		return err
	}
	switch err := r.hold(ctx, st.ModTime(), now); {
	case errors.As(err, new(*tidings.InvalidError)):
		return err // it has the name
	case err != nil:
		return fmt.Errorf("%s: %w", r.from, err)
	}
	return syncPath(r.stage)
}

// sum refuses a copy that is not what the checksum beside the backup says: SQLite has none of its own, and takes a changed text for the
// text. A backup without one is a backup all the same.
func (r *Restoration) sum() error {
	want, err := sumBeside(r.from)
	if err != nil || want == "" {
		return err
	}
	got, err := sumOf(r.stage)
	if err == nil && got != want {
		return tidings.Invalidf(r.from, "is not what it was when it was made: its SHA-256 is not that in %[1]s. Take another backup; or, to "+
			"restore this one as it is, move %[1]s away", filepath.Base(r.from)+ChecksumEnd)
	}
	r.Summed = err == nil
	return err
}

// look refuses what is not ours, is newer, or is damaged, before anything is written to the copy.
func (r *Restoration) look(ctx context.Context) (err error) {
	writer, err := openWriterIn(r.stage, true, "DELETE") // opens nothing yet
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	p, err := migrator(writer)
	if err != nil {
		return err
	}
	invalid := (*tidings.InvalidError)(nil)
	switch _, err := inspect(ctx, r.stage, newestVersion(p)); {
	case errors.As(err, &invalid):
		return tidings.Invalidf(r.from, "%s", invalid.Reason)
	case err != nil:
		return fmt.Errorf("%s: %w", r.from, explain(err))
	}
	readers, err := openReaders(r.stage)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, readers.Close()) }()
	if err := verify(ctx, readers, "integrity_check"); err != nil {
		return fmt.Errorf("%s: %w", r.from, explain(err))
	}
	if _, err := metaOf(ctx, readers, "instance"); err != nil {
		return tidings.Invalidf(r.from, "holds no tidings database")
	}
	return nil
}

// hold opens the copy as every command would, and holds and checks it.
func (r *Restoration) hold(ctx context.Context, written, now time.Time) (err error) {
	db, err := Open(ctx, r.stage)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.refuseForeign(ctx, r.from); err != nil {
		return err
	}
	held, err := db.HeldAll(ctx)
	if err != nil {
		return err
	}
	made := "last written at"
	if r.MadeAt = written; held.By == tidings.HeldAsCopy {
		made, r.MadeAt = "made at", held.Since
	}
	reason := fmt.Sprintf("restored from %s, %s %s", filepath.Base(r.from), made, utc(r.MadeAt))
	err = db.write(ctx, now, "restore", func(tx *tx) error {
		if err := tx.forgetRelaysAway(ctx); err != nil {
			return err
		}
		if err := tx.hold(ctx, tidings.Hold{By: tidings.HeldAsCopy, Reason: reason}); err != nil {
			return err
		}
		// Since now, and not since the backup was made: all that is in it is of before. Later than that in any case, where clocks differ.
		_, err := tx.ExecContext(ctx, `UPDATE holds SET at = max(at, ?) WHERE run_id = 0 AND kind = ?`, now.UnixMilli(), string(tidings.HeldAsCopy))
		return err
	})
	return errors.Join(err, db.Check(ctx))
}

// Place gives the copy the database's name. What was there is moved aside, and only when replace is true; the name it then has is
// given back. Cut off anywhere, the name leads to the old database or to the new one, complete.
func (r *Restoration) Place(ctx context.Context, now time.Time, replace bool) (aside string, err error) {
	kept := r.to + ".before-" + now.UTC().Format("20060102T150405.000Z")
	st, err := os.Stat(r.to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	case st.Size() > 0 && !replace:
		return "", tidings.Invalidf(r.to, "is there already: with --replace it is moved aside, and not deleted")
	default:
		if err := r.settle(ctx); err != nil {
			return "", err
		}
		if err := keepAside(r.to, kept); err != nil {
			return "", fmt.Errorf("moving the old database aside: %w", err)
		}
		aside = kept
	}
	if err := r.cut("aside"); err != nil {
		return aside, err
	}
	// The log of a state is written over whatever lies beside it, so it must be gone before. Only what could not be settled has one.
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Rename(r.to+end, kept+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return aside, fmt.Errorf("moving the old database aside: %w", err)
		}
	}
	if err := errors.Join(syncFolder(filepath.Dir(r.to)), r.cut("log")); err != nil {
		return aside, err
	}
	if err := os.Rename(r.stage, r.to); err != nil {
		return aside, err
	}
	if err := r.cut("placed"); err != nil {
		return aside, err
	}
	return aside, syncFolder(filepath.Dir(r.to))
}

// settle makes one file of the old database and its log, which takes that nobody else has it open. What is damaged stays as it is.
func (r *Restoration) settle(ctx context.Context) error {
	if !isSQLite(r.to) { // of a file that it does not know, SQLite would delete the log
		return r.cut("settled")
	}
	old, err := openWriterIn(r.to, true, "DELETE")
	if err != nil {
		return err
	}
	err = errors.Join(old.PingContext(ctx), old.Close())
	if is(err, resultBusy) || is(err, resultLocked) {
		return fmt.Errorf("%s: %w: end what has it open", r.to, tidings.ErrBusy)
	}
	return errors.Join(ctx.Err(), r.cut("settled"))
}

// isSQLite: https://sqlite.org/fileformat.html §1.3.
func isSQLite(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [16]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && string(head[:]) == "SQLite format 3\x00"
}

// Close lets the lock go, and removes the copy if it was not placed.
func (r *Restoration) Close() error {
	defer r.release()
	return r.clear()
}

// clear removes the copy: this one, or what a restore that was cut off left.
func (r *Restoration) clear() error {
	var all []error
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		all = append(all, removeThere(r.stage+end))
	}
	return errors.Join(all...)
}

func (r *Restoration) cut(at string) error {
	if r.step == nil {
		return nil
	}
	return r.step(at)
}

// keepAside gives a file a second name. Where the file system knows no such thing, it is copied.
func keepAside(path, aside string) error {
	err := os.Link(path, aside)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return copyWhole(path, aside)
}

// copyWhole copies a file under a name that must be free, readable by its owner alone, and has it on the disk when it returns.
func copyWhole(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
