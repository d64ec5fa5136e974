package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings/store"
)

// backupTime is how the time stands in the name of a backup, UTC: in the order of names, the oldest comes first.
const backupTime = "20060102T150405Z"

// backupBase is what the names of a database's backups begin with.
func backupBase(database string) string {
	name := filepath.Base(database)
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// rotation are the backups of a folder that are named by their time: base-20260317T030000Z.db, with .key behind it for the keys,
// and .sha256 for the checksum.
type rotation struct{ dir, base string }

func (r rotation) at(now time.Time) string {
	return r.base + "-" + now.UTC().Format(backupTime) + ".db"
}

// ours is the backup that a file belongs to; false for whatever we have not named.
func (r rotation) ours(name string) (backup string, ok bool) {
	if part, hidden := strings.CutPrefix(name, "."); hidden { // what a killed backup left: .NAME.123.part
		stem, end := strings.CutSuffix(part, ".part")
		if dot := strings.LastIndexByte(stem, '.'); end && dot > 0 {
			return r.ours(stem[:dot])
		}
		return "", false
	}
	backup = name
	for _, end := range []string{".key", store.ChecksumEnd} {
		if stem, has := strings.CutSuffix(name, end); has {
			backup = stem
		}
	}
	text, named := strings.CutPrefix(backup, r.base+"-")
	text, ends := strings.CutSuffix(text, ".db")
	t, err := time.Parse(backupTime, text)
	return backup, named && ends && err == nil && r.at(t) == backup
}

// rotate deletes all but the newest backups, up to the one that was made now, and what belongs to none, because its making was cut off;
// but nothing of the latter that is newer than a day: another process may be making it. It gives the backups that it has deleted, and
// those of a later time than now, which it leaves alone and does not count: the clock ran ahead when they were made.
func (r rotation) rotate(keep int, now time.Time) (deleted, later []string, err error) {
	parts, whole, err := r.found()
	if err != nil {
		return nil, nil, err
	}
	made, young := r.at(now), r.at(now.Add(-24*time.Hour))
	var complete, broken []string
	for backup := range parts {
		switch {
		case backup > made:
			if slices.Contains(parts[backup], backup) {
				later = append(later, filepath.Join(r.dir, backup))
			}
		case whole[backup]:
			complete = append(complete, backup)
		case backup < young:
			broken = append(broken, backup)
		}
	}
	slices.Sort(later)
	slices.Sort(complete)
	old := complete[:max(0, len(complete)-keep)]
	for _, backup := range slices.Concat(old, broken) {
		if err := r.remove(parts[backup]); err != nil {
			return deleted, later, err
		}
		if whole[backup] {
			deleted = append(deleted, filepath.Join(r.dir, backup))
		}
	}
	return deleted, later, nil
}

// found are the files of each backup in the folder, and of which the database itself is there, with something in it.
func (r rotation) found() (parts map[string][]string, whole map[string]bool, err error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, nil, err
	}
	parts, whole = map[string][]string{}, map[string]bool{}
	for _, e := range entries {
		if backup, ours := r.ours(e.Name()); ours && e.Type().IsRegular() {
			parts[backup] = append(parts[backup], e.Name())
			whole[backup] = whole[backup] || e.Name() == backup && hasContent(filepath.Join(r.dir, backup))
		}
	}
	return parts, whole, nil
}

// remove deletes the files of a backup, the database first: what is cut off here is whole no more, and goes the next time.
func (r rotation) remove(names []string) error {
	slices.SortFunc(names, func(a, b string) int { return len(a) - len(b) })
	for _, name := range names {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
