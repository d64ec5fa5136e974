package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// Options are what a file does not say of itself.
type Options struct {
	Zone     *time.Location // of dates that name none; nil: UTC
	Language string         // of releases that name none: BCP 47
	Base     *url.URL       // what references without a host are relative to; nil: such links are dropped
}

func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// Item is one release of a file, or the reason why there is none.
type Item struct {
	Release tidings.Release
	File    string
	Line    int            // where it begins
	Files   []tidings.File // octets of Release.Files
	Terms   []string       // what the file calls its topics, as written; Import finds the topics that they name
	Notes   []string       // what was changed or left out to take it: told in the report
	Skipped string         // why this file is no release, and that is well: "a list of a section"; nothing else is set then
	Err     error          // *tidings.InvalidError: this record is broken, others may follow; anything else: the file cannot be read on
}

// Kind is how a file holds its releases.
type Kind string

// The kinds of file that Detect tells apart.
const (
	KindArchive  Kind = "archive"  // see Archive
	KindDocument Kind = "document" // see Document
	KindTable    Kind = "table"    // see CSV
	KindLines    Kind = "lines"    // see JSONLines
	KindFeed     Kind = "feed"     // see Feed
)

// Detect tells from a file's name and its first bytes (the more, the better; 4 KB suffice) how to read it.
func Detect(name string, head []byte) Kind {
	switch strings.ToLower(path.Ext(filepath.ToSlash(name))) {
	case ".md", ".markdown":
		return KindDocument
	case ".csv", ".tsv":
		return KindTable
	case ".jsonl", ".ndjson":
		return KindLines
	case ".xml", ".rss", ".atom", ".rdf":
		return KindFeed
	}
	head = bytes.TrimLeftFunc(bytes.TrimPrefix(head, []byte(byteOrderMark)), unicode.IsSpace)
	first, _, _ := bytes.Cut(head, []byte("\n"))
	switch {
	case string(bytes.TrimSpace(first)) == recordMark:
		return KindArchive
	case bytes.HasPrefix(head, []byte("{")) && looksLikeLines(head):
		return KindLines
	case bytes.HasPrefix(head, []byte("{")), bytes.HasPrefix(head, []byte("<")) && feedRoot.Match(head):
		return KindFeed
	}
	return KindDocument
}

const byteOrderMark = "\ufeff"

// largestFile is in octets, for files that are read whole.
const largestFile = 8 << 20

// readAll reads a text file whole: valid UTF-8 with LF line ends, composed (NFC), without a byte order mark.
func readAll(r io.Reader, name string) (string, error) {
	raw, err := readOctets(r, name)
	if err != nil {
		return "", err
	}
	if line := firstInvalid(raw); line > 0 {
		return "", fault(name, line, notUTF8)
	}
	return unified(string(raw)), nil
}

func readOctets(r io.Reader, name string) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, largestFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(raw) > largestFile {
		return nil, tidings.Invalidf(name, "is larger than %d MB: this is no text of one release", largestFile>>20)
	}
	return raw, nil
}

// unified is a text without its mark, whose lines end as Unix has them, whatever machine wrote it.
func unified(s string) string {
	return norm.NFC.String(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(s, byteOrderMark)))
}

const notUTF8 = "has octets that are not UTF-8: save the file as UTF-8 and import it again"

// firstInvalid is the first line that is not UTF-8; 0: all are.
func firstInvalid(raw []byte) int {
	if utf8.Valid(raw) {
		return 0
	}
	for i, line := range bytes.Split(raw, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 0
}

// fault says what is wrong with a line of a file.
func fault(file string, line int, format string, args ...any) error {
	return tidings.Invalidf(fmt.Sprintf("%s:%d", file, line), format, args...)
}

// relocate gives an InvalidError of a release's part the place in the file where this part stands.
func relocate(err error, file string, line int) error {
	var invalid *tidings.InvalidError
	if errors.As(err, &invalid) {
		return fault(file, line, "%s", invalid.Error())
	}
	return err
}

// longestTitle is in characters.
const longestTitle = 300

// cleanTitle makes one line of a title; the error says what a title may not be.
func cleanTitle(s string) (string, error) {
	s = strings.Join(strings.Fields(composed(s)), " ")
	switch {
	case s == "":
		return "", errors.New("the title is missing")
	case strings.ContainsFunc(s, isNoText):
		return "", errors.New("the title holds a control character: delete it")
	case strings.ContainsFunc(s, turnsText):
		return "", errors.New("the title holds a character that turns the direction of the text behind it (bidi): delete it")
	case !strings.ContainsFunc(s, isVisible):
		return "", errors.New("the title has no character that can be seen")
	case utf8.RuneCountInString(s) > longestTitle:
		return "", fmt.Errorf("the title is longer than %d characters: is a line break missing behind it?", longestTitle)
	}
	return s, nil
}
