package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// maxFileSize is how many octets a file may have: it is written, read and served in one piece.
const maxFileSize = 32 << 20

// File is the file with this hash, while the current revision of a public release shows it; else ErrNotFound.
func (db *DB) File(ctx context.Context, hash string) (tidings.File, error) {
	f := tidings.File{Hash: hash}
	err := db.readers.QueryRowContext(ctx, fileQuery, hash).Scan(&f.Name, &f.MediaType, &f.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return tidings.File{}, tidings.ErrNotFound
	}
	if err != nil {
		return tidings.File{}, explain(err)
	}
	return f, nil
}

const fileQuery = `
	SELECT f.name, f.media_type, f.data FROM files f WHERE f.hash = ? AND EXISTS (
		SELECT 1 FROM release_files s JOIN public_releases r ON r.id = s.release_id WHERE s.hash = f.hash)`

// largeFile is from how many octets on a file is stored in a transaction of its own, before that of its release: who waits for
// the writer meanwhile, as a release does that is due, waits for one file and not for all of them.
const largeFile = 1 << 20

// luggage is what came of the files of a filing before its own transaction.
type luggage struct {
	stored []string // hashes of large files that were not here
	fault  error    // an *InvalidError: a file that cannot be kept
}

// takeIn checks the files of a filing and stores the large ones.
func (db *DB) takeIn(ctx context.Context, files []tidings.File, now time.Time, actor string) (l luggage) {
	for i := range files {
		f := &files[i]
		if l.fault = fileFault(f); l.fault != nil {
			return l
		}
		if len(f.Data) < largeFile {
			continue
		}
		known, err := fileKnown(ctx, db.readers, f.Hash)
		if err == nil && !known {
			err = db.write(ctx, now, actor, func(tx *tx) error { return tx.keepFile(ctx, f) })
			l.stored = append(l.stored, f.Hash)
		}
		if err != nil {
			l.fault = explain(err)
			return l
		}
	}
	return l
}

// fileFault is why a file cannot be kept. It reads every octet: not for a write transaction.
func fileFault(f *tidings.File) error {
	if len(f.Data) > maxFileSize {
		return tidings.Invalidf("file", "%s has %d MB, and %d are allowed; make it smaller, or link to where it is",
			f.Name, len(f.Data)>>20, maxFileSize>>20)
	}
	if tidings.HashOf(f.Data) != f.Hash {
		return tidings.Invalidf("file", "%s is not what its hash says, %q; read it again", f.Name, f.Hash)
	}
	return nil
}

func fileKnown(ctx context.Context, q querier, hash string) (known bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM files WHERE hash = ?)`, hash).Scan(&known)
	return known, err
}

// keepFile stores a file that has no fileFault, unless it is there: octets never change under their hash, and the first name
// stays.
func (tx *tx) keepFile(ctx context.Context, f *tidings.File) error {
	known, err := fileKnown(ctx, tx, f.Hash)
	if err != nil || known {
		return err
	}
	data := f.Data
	if data == nil {
		data = []byte{} // nil would be NULL
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO files (hash, name, media_type, size, at, data) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		f.Hash, f.Name, f.MediaType, len(data), tx.now.UnixMilli(), data)
	return err
}

// dropFiles removes files that came with a filing of which nothing came, unless a release shows them by now.
func (tx *tx) dropFiles(ctx context.Context, hashes []string) error {
	for _, hash := range hashes {
		if _, err := tx.ExecContext(ctx, `
			DELETE FROM files WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM release_files s WHERE s.hash = files.hash)`, hash); err != nil {
			return err
		}
	}
	return nil
}

// checkFiles compares every file with its hash. One at a time is in memory.
func (db *DB) checkFiles(ctx context.Context) error {
	hashes, err := list(ctx, db.readers, scanString, `SELECT hash FROM files ORDER BY rowid`)
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		var name string
		var data []byte
		if err := db.readers.QueryRowContext(ctx,
			`SELECT name, data FROM files WHERE hash = ?`, hash).Scan(&name, &data); err != nil {
			return explain(err)
		}
		if tidings.HashOf(data) != hash {
			return fmt.Errorf("%w: the file %s (%s) has other octets than it came with", errDamaged, name, hash)
		}
	}
	return nil
}

// writeFiles makes the files that r shows public for as long as r is: those of its text and its attachments.
func (tx *tx) writeFiles(ctx context.Context, r *tidings.Release) error {
	hashes := r.Files
	for _, a := range r.Attachments {
		if a.Hash != "" {
			hashes = append(hashes[:len(hashes):len(hashes)], a.Hash)
		}
	}
	for _, hash := range hashes {
		known, err := fileKnown(ctx, tx, hash)
		if err != nil {
			return err
		}
		if !known {
			return tidings.Invalidf("files", "nothing is kept here under %q; give the file's octets with the release", hash)
		}
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO release_files (hash, release_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, hash, r.ID); err != nil {
			return err
		}
	}
	return nil
}
