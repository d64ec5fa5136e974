package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// instanceFile holds the id that the database has too. It is no part of any copy of the database, so that a copy is known by it.
func (db *DB) instanceFile() string { return db.path + "-instance" }

// whyCopy says in what a file differs from the one and only instance; "": in nothing.
func (db *DB) whyCopy(ctx context.Context, q querier) (string, error) {
	id, err := metaOf(ctx, q, "instance")
	if err != nil {
		return "", err
	}
	// The next id first: whoever renews the instance gives it its name only when the database has it.
	next, err := readID(db.instanceFile() + ".new")
	if err != nil {
		return "", err
	}
	beside, err := readID(db.instanceFile())
	name := filepath.Base(db.instanceFile())
	garbled := name + ", which lies beside this database, is damaged: whether this is a copy cannot be told"
	switch {
	case err != nil:
		return "", err
	case id == beside || id != "" && id == next:
		return "", nil
	case beside == "":
		return "this database is a copy: " + name + ", which lies beside the original, is not here", nil
	case id == "":
		var known int // a new one that took the place of another knows nobody yet
		err := q.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM subscribers LIMIT 1)`).Scan(&known)
		if err != nil || known == 0 {
			return "", err
		}
		if !isID(beside) {
			return garbled, nil
		}
		return "this database is older than " + name + ", which lies beside it", nil
	}
	if !isID(beside) {
		return garbled, nil
	}
	return "this database is a copy: it is not the one that " + name + " was written for", nil
}

// HeldNow is the hold over all runs as whoever is about to send would find it: for a file that is a copy of another and was not sent from
// yet, one since now. It changes nothing.
func (db *DB) HeldNow(ctx context.Context, now time.Time) (tidings.Hold, error) {
	held, err := db.HeldAll(ctx)
	if err != nil || held.By == tidings.HeldAsCopy {
		return held, err
	}
	why, err := db.whyCopy(ctx, db.readers)
	if err != nil || why == "" {
		return held, err
	}
	return tidings.Hold{By: tidings.HeldAsCopy, Reason: why, Since: now.UTC()}, nil
}

// BeInstance is for who makes runs and sends nothing: beside what CheckInstance does, a file that has no id yet gets one, so that a copy of
// it is known by the runs that are made now. Where somebody sends, there is one.
func (db *DB) BeInstance(ctx context.Context, now time.Time) (held tidings.Hold, err error) {
	if held, err = db.CheckInstance(ctx, now); err != nil || held.By == tidings.HeldAsCopy {
		return held, err
	}
	id, err := metaOf(ctx, db.readers, "instance")
	if err != nil || id != "" {
		return held, err
	}
	return held, db.renew(ctx, now, "instance", func(*tx) error { return nil })
}

// CheckInstance is for who makes runs: a file that is a copy of another is held from now on. It gives the hold, if there is one.
func (db *DB) CheckInstance(ctx context.Context, now time.Time) (held tidings.Hold, err error) {
	err = db.write(ctx, now, "instance", func(tx *tx) error {
		if held, err = tx.checkInstance(ctx); err != nil {
			return err
		}
		if held.Since.Equal(cut(now)) {
			return nil // made by this
		}
		return errUnchanged
	})
	return held, err
}

// TakeInstance is for the start of a sender, and only the holder of LockSender may call it: a file that is a copy is held from now
// on; any other becomes the one and only instance by a new id, in the database and beside it. So does one that has none yet, which
// is new, or was made by a program that knew no instances. It gives the hold, if there is one. What the last one left is put right too.
func (db *DB) TakeInstance(ctx context.Context, now time.Time) (held tidings.Hold, err error) {
	if held, err = db.CheckInstance(ctx, now); err != nil {
		return held, err
	}
	if err := db.putRight(ctx, now); err != nil {
		return held, err
	}
	if held.By == tidings.HeldAsCopy {
		return held, nil
	}
	return held, db.renew(ctx, now, "instance", func(*tx) error { return nil })
}

func (tx *tx) checkInstance(ctx context.Context) (tidings.Hold, error) {
	held, err := heldAll(ctx, tx)
	if err != nil || held.By == tidings.HeldAsCopy {
		return held, err
	}
	why, err := tx.db.whyCopy(ctx, tx)
	if err != nil || why == "" {
		return held, err
	}
	if err := tx.hold(ctx, tidings.Hold{By: tidings.HeldAsCopy, Reason: why}); err != nil {
		return held, err
	}
	return heldAll(ctx, tx)
}

// renew gives this file a new id, in one transaction with what do does. The id is beside the database before the database has it,
// and gets its name after: whatever cuts this off, however often, one of the two files beside the database agrees with it. At the end the
// id is in the file itself and not in the log alone, or a copy of the file would have none.
func (db *DB) renew(ctx context.Context, now time.Time, actor string, do func(*tx) error) error {
	err := db.write(ctx, now, actor, func(tx *tx) error {
		if err := tx.nameInstance(ctx); err != nil { // of one that was cut off
			return err
		}
		id := newID()
		if err := writeLasting(db.instanceFile()+".new", id+"\n"); err != nil {
			return beside(db.instanceFile()+".new", fmt.Errorf("the instance: %w", err))
		}
		return errors.Join(tx.setMeta(ctx, "instance", id), do(tx))
	})
	if err != nil {
		return err
	}
	err = db.write(ctx, now, actor, func(tx *tx) error { // or it might be another's file by now
		return cmp.Or(tx.nameInstance(ctx), errUnchanged)
	})
	// As far as readers and a full disk let it: it waits for neither, and is no error.
	_, _ = db.writer.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
	return err
}

// nameInstance gives the next id beside the database its name, if the database has it.
func (tx *tx) nameInstance(ctx context.Context) error {
	name := tx.db.instanceFile()
	id, err := metaOf(ctx, tx, "instance")
	if err != nil || id == "" {
		return err
	}
	if next, err := readID(name + ".new"); err != nil || next != id {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("the instance: %w", err)
	}
	return syncFolder(filepath.Dir(name))
}

// isID reports whether a text is one that newID made.
func isID(text string) bool {
	id, err := hex.DecodeString(text)
	return err == nil && len(id) == 16
}

func newID() string {
	id := make([]byte, 16)
	rand.Read(id) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(id)
}

// readID reads an id; "" when there is no such file.
func readID(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", beside(path, fmt.Errorf("the instance: %w", err))
	}
	return strings.TrimSpace(string(text)), nil
}

// writeLasting writes a file that its owner alone may read, over an older one, and has it on the disk when it returns.
func writeLasting(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}
