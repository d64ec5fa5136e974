package export

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// The names of our own records in the folder.
const (
	manifestName = ".tidings-export.json"
	journalName  = ".tidings-export.journal" // the files that an unfinished run was about to write
	unfinished   = ".tidings~"               // ends the name of a file that is being written
)

// format is that of the manifest. Another one is not read, and all is asked for anew.
const format = 1

// manifest says what is in the folder.
type manifest struct {
	Format      int                 `json:"format"`
	Base        string              `json:"base"`
	Fingerprint string              `json:"fingerprint"`
	Headers     []map[string]string `json:"headers"` // each set once
	Entries     map[string]*entry   `json:"entries"` // by decoded path
	Server      []string            `json:"server"`  // files that are there for web servers to read
}

// entry is what is known of one URL.
type entry struct {
	Status  int      `json:"status"`
	File    string   `json:"file,omitempty"` // empty: To is set
	Hash    string   `json:"hash,omitempty"` // SHA-256 of the file
	Size    int64    `json:"size,omitempty"`
	Type    string   `json:"type,omitempty"`    // media type
	To      string   `json:"to,omitempty"`      // where it has moved
	Headers int      `json:"headers,omitempty"` // place among the manifest's
	Stamp   string   `json:"stamp,omitempty"`
	Page    bool     `json:"page,omitempty"`
	Needs   []string `json:"needs,omitempty"` // paths that a stamped page shows, and which are no pages
	links   []string
}

// immutable: what is at the URL never changes.
func (m *manifest) immutable(e *entry) bool {
	return e.Status == 200 && strings.Contains(m.Headers[e.Headers]["Cache-Control"], "immutable")
}

// note gives the place of a set of headers.
func (m *manifest) note(headers map[string]string) int {
	i := slices.IndexFunc(m.Headers, func(h map[string]string) bool { return maps.Equal(h, headers) })
	if i < 0 {
		i = len(m.Headers)
		m.Headers = append(m.Headers, headers)
	}
	return i
}

// sort brings the sets of headers into an order of their own, so that the same export is the same manifest.
func (m *manifest) sort() {
	sets := slices.Clone(m.Headers)
	text := func(h map[string]string) string { return fmt.Sprint(h) } // fmt writes maps in the order of their keys
	slices.SortFunc(m.Headers, func(a, b map[string]string) int { return cmp.Compare(text(a), text(b)) })
	for _, e := range m.Entries {
		e.Headers = slices.IndexFunc(m.Headers, func(h map[string]string) bool { return maps.Equal(h, sets[e.Headers]) })
	}
}

// files are all that the manifest knows of.
func (m *manifest) files() map[string]bool {
	all := map[string]bool{}
	for _, e := range m.Entries {
		if e.File != "" {
			all[e.File] = true
		}
	}
	for _, name := range m.Server {
		all[name] = true
	}
	return all
}

func newManifest(plan *Plan) *manifest {
	return &manifest{Format: format, Base: plan.Site.URL(), Fingerprint: plan.Fingerprint, Entries: map[string]*entry{}}
}

// folder is the one that is exported into.
type folder struct {
	dir     string
	dry     bool
	old     *manifest
	owned   map[string]bool // files that we have written, now or before
	journal *os.File        // nil: not opened yet
}

// openFolder reads what is known of the folder. One that holds files of others and nothing of ours is refused.
func openFolder(dir string, opts Options) (*folder, error) {
	f := &folder{dir: dir, dry: opts.DryRun, old: &manifest{}, owned: map[string]bool{}}
	data, err := os.ReadFile(f.at(manifestName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case json.Unmarshal(data, f.old) != nil || f.old.Format != format || !f.old.whole():
		return nil, tidings.Invalidf(f.at(manifestName), "is not a manifest that this version can read; "+
			"export into an empty folder, or empty this one")
	}
	f.owned = f.old.files()
	journal, err := os.ReadFile(f.at(journalName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	begun := err == nil
	for line := range strings.Lines(string(journal)) {
		if name := strings.TrimSuffix(line, "\n"); name != line { // the last line may be cut off
			f.owned[name] = true
		}
	}
	if f.old.Format != 0 || begun || opts.Force {
		return f, nil
	}
	names, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(names) > 0 {
		return nil, tidings.Invalidf(dir, "is not empty, and no export wrote what is in it; name another folder, or say --force "+
			"to write beside it")
	}
	return f, nil
}

// whole: nothing in it points to where nothing is.
func (m *manifest) whole() bool {
	for _, e := range m.Entries {
		if e == nil || e.Headers < 0 || e.Headers >= len(m.Headers) || e.File != "" && !fits(e.File) {
			return false
		}
	}
	return !slices.ContainsFunc(m.Server, func(name string) bool { return !filepath.IsLocal(name) })
}

func (f *folder) at(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// finish writes the manifest, when it differs from what is there, and forgets the journal.
func (f *folder) finish(m *manifest) error {
	m.sort()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return err
	}
	if f.dry {
		return nil
	}
	if old, err := os.ReadFile(f.at(manifestName)); err != nil || !bytes.Equal(old, b.Bytes()) {
		if err := replace(f.at(manifestName), b.Bytes()); err != nil {
			return fmt.Errorf("writing the manifest: %w", err)
		}
	}
	if f.journal != nil {
		if err := f.journal.Close(); err != nil {
			return err
		}
	}
	if err := os.Remove(f.at(journalName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
