package store

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// journal is a file of lines that is only ever added to. Every line is on the disk when add returns, and starts with its own
// checksum, so that half a line is none. It is readable, to people and to grep.
//
// Room is written ahead, as NULs: an overwritten block is durable sooner than a file that grows, and what the relay has taken
// can still be noted on a full disk.
type journal struct {
	file    *os.File
	path    string
	id      string
	durable int   // onDisk; 0: tests that need not survive the machine
	end     int64 // of the lines
	room    int64 // of the file
	limit   int64 // a longer one is put aside
	cut     bool  // the last writer was stopped within a line
	line    []byte
	runs    map[int64]struct{} // those of which this file says all, as far as this process knows
}

const (
	journalAhead = 256 << 10
	journalLimit = 32 << 20 // of a line's some 130 octets: a quarter of a million mails
	journalsKept = 8        // put aside, besides the one that is written
	journalFirst = "tidings journal of sent mail "
)

// errOtherJournal: the file is not the one that the database knows.
var errOtherJournal = errors.New("the journal beside the database is another database's")

func journalPath(db string) string { return db + ".sent" }

// openJournal opens the journal with this id, to add to it. errOtherJournal when the file is another, or is not there.
func openJournal(path, id string, durable int) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|durable, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errOtherJournal
	}
	if err != nil {
		return nil, beside(path, err)
	}
	text, err := io.ReadAll(file)
	if err == nil && !strings.HasPrefix(string(text), journalFirst+id+"\n") {
		err = errOtherJournal
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	j := &journal{file: file, path: path, id: id, durable: durable, room: int64(len(text)), limit: journalLimit}
	j.end = int64(len(bytes.TrimRight(text, "\x00")))
	j.cut = text[j.end-1] != '\n'
	return j, nil
}

// makeJournal makes an empty journal; the one that has its place is put aside, once the new one is on the disk. There is a journal under
// that name at all times.
func makeJournal(path, id string, durable int) (*journal, error) {
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_TRUNC|durable, 0o600)
	if err != nil {
		return nil, beside(part, err)
	}
	j := &journal{file: file, path: path, id: id, durable: durable, limit: journalLimit}
	err = j.write([]byte(journalFirst + id + "\n"))
	if err == nil {
		err = putAside(path)
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

// putAside gives the journal a second name among the old ones: path.1, and so on; the oldest goes.
func putAside(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for n := journalsKept; n > 1; n-- {
		if err := os.Rename(asidePath(path, n-1), asidePath(path, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Link(path, asidePath(path, 1)); err != nil {
		return os.Rename(path, asidePath(path, 1)) // a file system without links
	}
	return nil
}

func asidePath(path string, n int) string {
	if n == 0 {
		return path
	}
	return path + "." + strconv.Itoa(n)
}

// add writes lines, and returns when they are on the disk. A full journal is put aside first, if that is possible now. The first mail of
// a run in a file has before it what about says of the run, in the same write.
func (j *journal) add(traces []tidings.Trace, about func(run int64) (tracedRun, error)) error {
	if j.end > j.limit {
		j.turn()
	}
	j.line = j.line[:0]
	if j.cut {
		j.line = append(j.line, '\n')
	}
	for i := range traces {
		if err := j.introduce(traces[i].Run, about); err != nil {
			return err
		}
		j.line = appendTrace(j.line, &traces[i])
	}
	err := j.write(j.line)
	if err != nil {
		clear(j.runs)
	}
	j.cut = j.cut && err != nil
	return err
}

func (j *journal) introduce(run int64, about func(run int64) (tracedRun, error)) error {
	if _, known := j.runs[run]; known || run == 0 {
		return nil
	}
	r, err := about(run)
	if err != nil {
		clear(j.runs) // what came before it in these lines is not written either
		return err
	}
	if j.runs == nil {
		j.runs = map[int64]struct{}{}
	}
	j.runs[run] = struct{}{}
	if r.ID != 0 {
		j.line = appendRun(j.line, &r)
	}
	return nil
}

func (j *journal) turn() {
	next, err := makeJournal(j.path, j.id, j.durable)
	if err != nil {
		return // it takes some more lines
	}
	_ = j.file.Close() // all of it is on the disk
	next.limit = j.limit
	*j = *next
}

func (j *journal) write(lines []byte) error {
	if j.end+int64(len(lines)) > j.room {
		// That there is no more room is no error as long as the lines themselves find some.
		n, _ := j.file.WriteAt(make([]byte, journalAhead), j.room)
		j.room += int64(n)
	}
	if _, err := j.file.WriteAt(lines, j.end); err != nil {
		return err
	}
	j.end += int64(len(lines))
	j.room = max(j.room, j.end)
	return nil
}

func (j *journal) close() error { return j.file.Close() }

// appendTrace writes "checksum step message-id", and of a sent mail "at attempts reply" after it.
func appendTrace(to []byte, t *tidings.Trace) []byte {
	start := len(to)
	to = append(to, "00000000 "...)
	to = append(to, byte(t.Step), ' ')
	to = append(to, t.MessageID...)
	if t.Step == tidings.TraceSent {
		to = append(strconv.AppendInt(append(to, ' '), t.At.UnixMilli(), 10), ' ')
		to = append(strconv.AppendInt(to, int64(t.Attempts), 10), ' ')
		to = append(to, t.Reply...)
	}
	return endLine(to, start)
}

// endLine puts the checksum before a line that begins at start.
func endLine(to []byte, start int) []byte {
	sum := checksum(to[start+9:])
	copy(to[start:], sum[:])
	return append(to, '\n')
}

func checksum(line []byte) (hex [8]byte) {
	sum := crc32.Checksum(line, crc32.MakeTable(crc32.Castagnoli))
	for i := range hex {
		hex[i] = "0123456789abcdef"[sum>>(28-4*i)&15]
	}
	return hex
}

// parseTrace reads a line without its end, and reports whether it is whole. Of one about a run, all it says stands in the place of the
// Message-ID: see parseRun.
func parseTrace(line []byte) (t tidings.Trace, ok bool) {
	if len(line) < 11 || line[8] != ' ' || line[10] != ' ' {
		return t, false
	}
	if sum := checksum(line[9:]); !bytes.Equal(sum[:], line[:8]) {
		return t, false
	}
	t.Step = tidings.TraceStep(line[9])
	rest := string(line[11:])
	if t.Step != tidings.TraceSent {
		t.MessageID = rest
		return t, true
	}
	words := strings.SplitN(rest, " ", 4)
	if len(words) != 4 {
		return t, false
	}
	at, err := strconv.ParseInt(words[1], 10, 64)
	attempts, other := strconv.Atoi(words[2])
	t.MessageID, t.At, t.Attempts, t.Reply = words[0], time.UnixMilli(at).UTC(), attempts, words[3]
	return t, err == nil && other == nil
}
