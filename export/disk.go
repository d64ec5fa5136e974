package export

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/tidings/tidings"
)

// claim makes a file ours before it is written. One that somebody else has put there is left alone.
func (f *folder) claim(name string) error {
	if f.owned[name] {
		return nil
	}
	if _, err := os.Lstat(f.at(name)); err == nil {
		return tidings.Invalidf(f.at(name), "is in the way, and no export wrote it; move it elsewhere")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if f.dry {
		return nil
	}
	if f.journal == nil {
		if err := os.MkdirAll(f.dir, 0o755); err != nil { //nolint:gosec // a web server reads it
			return err
		}
		var err error
		if f.journal, err = os.OpenFile(f.at(journalName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil { //nolint:gosec // likewise
			return err
		}
	}
	if _, err := fmt.Fprintln(f.journal, name); err != nil {
		return err
	}
	f.owned[name] = true
	return nil
}

// differs: whether the file is not there, or holds other octets.
func (f *folder) differs(name string, data []byte) (bool, error) {
	info, err := os.Stat(f.at(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case info.Size() != int64(len(data)):
		return true, nil
	}
	old, err := os.ReadFile(f.at(name))
	return !bytes.Equal(old, data), err
}

// has: whether the file of an entry is there, of the size that it should have.
func (f *folder) has(e *entry) bool {
	if e.File == "" {
		return true
	}
	info, err := os.Stat(f.at(e.File))
	return err == nil && info.Mode().IsRegular() && info.Size() == e.Size
}

// put writes a file that is ours, in one step.
func (f *folder) put(name string, data []byte) error {
	if f.dry {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(f.at(name)), 0o755); err != nil { //nolint:gosec // a web server reads it
		return err
	}
	return replace(f.at(name), data)
}

// replace puts a file in the place of another, or of none: readers see the one or the other.
func replace(name string, data []byte) error {
	if err := os.WriteFile(name+unfinished, data, 0o644); err != nil { //nolint:gosec // a web server reads it
		return err
	}
	if err := os.Rename(name+unfinished, name); err != nil {
		return errors.Join(err, os.Remove(name+unfinished))
	}
	return nil
}

// sweep removes what is ours and not among those to keep, with the folders that are empty then, and what an unfinished
// run left half written.
func (f *folder) sweep(keep map[string]bool) (removed []string, err error) {
	var faults []error
	for name := range f.owned {
		if !f.dry {
			if err := f.remove(name + unfinished); err != nil {
				faults = append(faults, err)
			}
		}
		if keep[name] {
			continue
		}
		if _, err := os.Lstat(f.at(name)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		removed = append(removed, name)
		if !f.dry {
			if err := f.remove(name); err != nil {
				faults = append(faults, err)
			}
		}
	}
	slices.Sort(removed)
	return removed, errors.Join(faults...)
}

func (f *folder) remove(name string) error {
	err := os.Remove(f.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if os.Remove(f.at(dir)) != nil {
			break // something is in it
		}
	}
	return err
}
