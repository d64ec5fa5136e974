package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/tidings/tidings"
)

// SentMail is what the journals beside a database know to have been taken by the relay. The zero value knows of nothing.
type SentMail struct {
	Journals int      // files that were read; 0: what was sent is not known
	Odd      []string // the names of files that should be journals, and are none

	ids map[[16]byte]struct{} // two million Message-IDs as they are take half a gigabyte
}

// Has reports whether the mail with this Message-ID, without angle brackets, was sent.
func (s *SentMail) Has(messageID string) bool {
	_, is := s.ids[shortened(messageID)]
	return is
}

func shortened(messageID string) [16]byte {
	sum := sha256.Sum256([]byte(messageID))
	return [16]byte(sum[:])
}

// Sent gives the mails that were taken by the relay, as far as journals beside the database reach back: also of a database that was in
// its place, since no two mails have the same Message-ID.
func (db *DB) Sent() (*SentMail, error) {
	sent := &SentMail{ids: map[[16]byte]struct{}{}}
	files, err := openJournals(journalPath(db.path))
	if err != nil {
		return nil, err
	}
	defer closeAll(files)
	for _, file := range files {
		found := tracesIn(file, "", func(t tidings.Trace, fault error) bool {
			if err = fault; err == nil && t.Step == tidings.TraceSent {
				sent.ids[shortened(t.MessageID)] = struct{}{}
			}
			return err == nil
		})
		switch {
		case err != nil:
			return nil, err
		case found:
			sent.Journals++
		default:
			sent.Odd = append(sent.Odd, filepath.Base(file.Name()))
		}
	}
	return sent, nil
}

// traces reads the journal at path with this id, the oldest of its files first. What is no whole line is passed
// over; a file of another id is, too. No id: journals of any.
func traces(path, id string) iter.Seq2[tidings.Trace, error] {
	return func(yield func(tidings.Trace, error) bool) {
		files, err := openJournals(path)
		if err != nil {
			yield(tidings.Trace{}, err)
			return
		}
		defer closeAll(files)
		more := true
		for _, file := range files {
			if tracesIn(file, id, func(t tidings.Trace, err error) bool {
				more = yield(t, err)
				return more
			}); !more {
				return
			}
		}
	}
}

// openJournals opens all files of the journal, and gives the oldest first. They are opened from the newest on: when another process puts the
// journal aside meanwhile, one is met twice, and none is missed.
func openJournals(path string) (files []*os.File, err error) {
	var known []fs.FileInfo
	for n := range journalsKept + 1 {
		file, info, err := openRegular(asidePath(path, n))
		if err != nil {
			closeAll(files)
			return nil, fmt.Errorf("the journal of sent mail: %w", err)
		}
		switch {
		case file == nil:
		case slices.ContainsFunc(known, func(k fs.FileInfo) bool { return os.SameFile(k, info) }):
			_ = file.Close()
		default:
			files, known = append(files, file), append(known, info)
		}
	}
	slices.Reverse(files)
	return files, nil
}

// openRegular opens a file to read it; nil: it is not there. Anything else of that name is an error: opening it could take for ever.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file; move it away", path)
	}
	if err != nil {
		return nil, nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, info, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		_ = file.Close() // only read
	}
}

// tracesIn reads one file, until it is at the end or is told to stop, and reports whether it is the journal with this id.
func tracesIn(file *os.File, id string, yield func(tidings.Trace, error) bool) (found bool) {
	lines := bufio.NewReaderSize(file, 64<<10)
	for n := 0; ; n++ {
		line, err := lines.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) { // the room that was written ahead, or nothing of ours
			line = nil
			_, err = lines.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			yield(tidings.Trace{}, fmt.Errorf("the journal of sent mail: %w", err))
			return found
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if n == 0 {
			whose, is := bytes.CutPrefix(line, []byte(journalFirst))
			if found = is && (id == "" || string(whose) == id); !found {
				return false
			}
		} else if t, ok := parseTrace(line); ok && !yield(t, nil) {
			return true
		}
		if err != nil {
			return true
		}
	}
}
