package templates

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// Origin says where a file of the theme comes from.
type Origin string

// The origins.
const (
	BuiltIn Origin = "built in"
	Equal   Origin = "laid over, equal to the built-in one"
	Over    Origin = "laid over"
	Stale   Origin = "laid over, and the built-in one has changed since it was copied"
	Added   Origin = "added" // a language of the operator's
)

// ThemeFile is one file that pages and mails are made of.
type ThemeFile struct {
	Name   string `json:"file"` // "pages/error.html"
	Origin Origin `json:"origin"`
}

// Theme is every file, the built-in ones and those that the operator's folder lays over them; overlay may be nil. A file
// that can be none of them is refused, as by New.
func Theme(overlay fs.FS) ([]ThemeFile, error) {
	if _, err := layered(overlay); err != nil {
		return nil, err
	}
	ours, err := readAll(embedded)
	if err != nil {
		return nil, err
	}
	theirs := sources{}
	if overlay != nil {
		if theirs, err = readAll(overlay); err != nil {
			return nil, err
		}
	}
	var files []ThemeFile
	for _, name := range ours.names() {
		files = append(files, ThemeFile{Name: name, Origin: originOf(name, ours[name], theirs)})
	}
	for _, name := range theirs.names() {
		if ours[name] == nil {
			files = append(files, ThemeFile{Name: name, Origin: Added})
		}
	}
	slices.SortFunc(files, func(a, b ThemeFile) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

func originOf(name string, ours []byte, theirs sources) Origin {
	text, ok := theirs[name]
	if !ok {
		return BuiltIn
	}
	made := copied.FindSubmatch(text)
	switch {
	case bytes.Equal(text, ours), bytes.Equal(text, signed(name, ours)):
		return Equal
	case made != nil && string(made[1]) != edition(ours):
		return Stale
	}
	return Over
}

// Copy is a built-in file for the operator's folder. A comment at its head says which edition it was made of, so that
// Theme can tell when a later version of the program brings another.
func Copy(name string) ([]byte, error) {
	ours, err := readAll(embedded)
	if err != nil {
		return nil, err
	}
	text, ok := ours[name]
	if !ok {
		return nil, tidings.Invalidf("theme", "there is no file %q; there are %s", name, strings.Join(ours.names(), ", "))
	}
	return signed(name, text), nil
}

// copied finds the comment that Copy writes.
var copied = regexp.MustCompile(`Copied from the built-in edition ([0-9a-f]{12})`)

// edition names the content of a built-in file.
func edition(text []byte) string { return tidings.HashOf(text)[:12] }

// signed is a file with the comment at its head, in the file's own language.
func signed(name string, text []byte) []byte {
	comment := map[string]string{
		".html": "{{/* %s */ -}}\n", ".txt": "{{/* %s */ -}}\n", ".css": "/* %s */\n", ".js": "// %s\n", ".toml": "# %s\n",
	}
	head := fmt.Sprintf(comment[path.Ext(name)], "Copied from the built-in edition "+edition(text)+". Leave this line: it tells when that changes.")
	return append([]byte(head), text...)
}
