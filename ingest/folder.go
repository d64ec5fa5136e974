package ingest

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// FolderOptions are what a folder does not say of itself.
type FolderOptions struct {
	Options
	Languages []string // of the site: content/ko/ and name.ko.md are known by them
	Within    string   // only what is below this folder becomes releases: "content/news"; empty: all
	Permalink string   // how pages were addressed where the tool's own configuration does not say: "/:year/:month/:day/:slug/"
}

// Folder reads the releases of a whole site of Markdown files, as Hugo, Jekyll, Zola, Eleventy and those of Next's kind have
// them. It yields an Item for every file, in the order of their paths: a release, why it is broken, or why it is none. A
// folder that is not looked into is one Item.
//
// The files are read one by one, and no body is held longer than its Item. fsys must not lead out of the folder: os.Root's
// FS does not, whatever links the folder holds.
func Folder(fsys fs.FS, opts FolderOptions) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		f := &folder{
			fsys: fsys, opts: opts, renderer: NewRenderer(), tongues: newTongues(opts),
			addresses: map[string]string{}, people: map[string]string{}, told: map[string]bool{}, facts: map[string]value{},
		}
		f.take()
		_ = fs.WalkDir(fsys, ".", func(p string, entry fs.DirEntry, err error) error {
			item, given := f.visit(p, entry, err)
			switch {
			case given && !yield(item):
				return fs.SkipAll
			case entry != nil && entry.IsDir() && (err != nil || closed(p) != ""):
				return fs.SkipDir
			}
			return nil
		})
	}
}

// folder is one reading of a site.
type folder struct {
	fsys      fs.FS
	opts      FolderOptions
	renderer  *Renderer
	tongues   *tongues
	tool      tool
	survey    survey
	addresses map[string]string // of pages that others link to, by path; "" where one has none
	people    map[string]string // names of authors by their key
	facts     map[string]value  // files of the site's data, by their name
	told      map[string]bool   // keys of front matter that a note has named
	homes     map[string]string // folders of bundles by the addresses that these had; nil: nobody has asked yet
}

// visit makes an Item of whatever the walk comes by; a folder that is looked into gives none.
func (f *folder) visit(p string, entry fs.DirEntry, err error) (item Item, given bool) {
	item = Item{File: p}
	switch {
	case err != nil:
		item.Err = tidings.Invalidf(p, "cannot be read: %v", err)
	case entry.IsDir():
		item.Skipped = closed(p)
		return item, item.Skipped != ""
	default:
		if item.Skipped = f.passed(p, entry); item.Skipped == "" {
			return f.read(p), true
		}
	}
	return item, true
}

// read makes a release of a page.
func (f *folder) read(p string) Item {
	item := Item{File: p, Line: 1}
	text, note, err := f.page(p)
	if err != nil {
		item.Err = err
		return item
	}
	m, err := splitLoose(text)
	if err != nil {
		item.Err = located(err, p)
		return item
	}
	if note != "" {
		m.notes = append(m.notes, note)
	}
	pg := f.newPage(p, m)
	pg.readMatter()
	item.Skipped = pg.skip
	if item.Skipped != "" {
		return item
	}
	if len(pg.troubles) == 0 {
		pg.readBody()
	}
	pg.tellUnknown()
	item.Release, item.Notes, item.Terms, item.Files = pg.release, slices.Compact(pg.notes), pg.terms, pg.kept
	if len(pg.troubles) > 0 {
		item.Files = nil
		item.Err = located(pg.err(), p)
	}
	return item
}

// page is the text of a file. note says how it was read where it is not UTF-8.
func (f *folder) page(p string) (text, note string, err error) {
	file, err := f.fsys.Open(p)
	if err != nil {
		return "", "", tidings.Invalidf(p, "cannot be opened: %v", err)
	}
	defer func() { _ = file.Close() }()
	raw, err := readOctets(file, p)
	var invalid *tidings.InvalidError
	if err != nil && !errors.As(err, &invalid) {
		err = tidings.Invalidf(p, "%v", err)
	}
	text = string(raw)
	if line := firstInvalid(raw); line > 0 {
		var ok bool
		if text, note, ok = oldText(raw); !ok {
			return "", "", fault(p, line, notUTF8)
		}
	}
	return unified(text), note, err
}

// page is one file of a folder on its way to become a release.
type page struct {
	fields  // gathers troubles
	luggage // what it brings along

	folder  *folder
	path    string
	neutral string // the path without what says its language
	bundle  bool   // index.md, whose folder is its own
	matter  matter
	tables  []map[string]value // where keys are looked for: the top, and what the tools put below it
	asked   map[string]bool    // keys that mean something here
	release tidings.Release
	terms   []string
	notes   []string
	skip    string

	name    string // as addresses have it: without date, language and extension
	ownDate string // in the file's name or path
	address string // that the tool gave it: a path, decoded; "" where nobody can tell

	unsaid   []string // expressions that only the tool could compute
	includes int      // files that were put in so far
}

func (f *folder) newPage(p string, m matter) *page {
	pg := &page{folder: f, path: p, matter: m, asked: map[string]bool{}, notes: m.notes}
	pg.fields = fields{release: &pg.release, opts: f.opts.Options}
	pg.luggage = luggage{fsys: f.fsys, base: f.opts.Base, of: &pg.release, room: mostKept}
	pg.release.Language, pg.neutral = f.tongues.of(p)
	pg.name = path.Base(pg.neutral)
	if pg.name == "index" && path.Dir(pg.neutral) != "." {
		pg.bundle, pg.name = true, path.Base(path.Dir(pg.neutral))
	}
	pg.ownDate, pg.name = nameDate(pg.name)
	if pg.ownDate == "" {
		pg.ownDate = pathDate(p)
	}
	pg.tables = append(pg.tables, flatKeys(m.value))
	for _, below := range []string{"extra", "params", "metadata", "meta"} {
		if v, ok := pg.tables[0][below]; ok && v.kind == aTable {
			pg.tables = append(pg.tables, flatKeys(v))
		}
	}
	return pg
}

// note tells a reader of the report what was done to take the file, each thing once.
func (pg *page) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(pg.notes, n) {
		pg.notes = append(pg.notes, n)
	}
}

// flatKeys are a table's values by their keys in lower case and without what joins words: last_modified_at, lastModifiedAt.
func flatKeys(v value) map[string]value {
	out := map[string]value{}
	for key, e := range loweredKeys(v) {
		out[strings.NewReplacer("-", "", "_", "", " ", "").Replace(key)] = e
	}
	return out
}

// first is the value of the first key that is there and holds something. The keys are as flatKeys writes them.
func (pg *page) first(keys ...string) (v value, found bool) {
	for _, key := range keys {
		pg.asked[key] = true
	}
	for _, key := range keys {
		for _, table := range pg.tables {
			if v, ok := table[key]; ok && !v.empty() {
				return v, true
			}
		}
	}
	return value{}, false
}

// word is the first of the keys that holds one line of text.
func (pg *page) word(keys ...string) string {
	v, found := pg.first(keys...)
	if !found || v.kind != aScalar {
		return ""
	}
	return oneLine(v.text)
}

// oneLine is text in one line, without what is no text.
func oneLine(s string) string { return strings.Join(strings.Fields(readable(composed(s))), " ") }

func (v value) empty() bool {
	return strings.TrimSpace(v.text) == "" && len(v.list) == 0 && len(v.table) == 0
}
