package ingest

import (
	"io/fs"
	"iter"

	"github.com/tidings/tidings"
)

// FolderOptions are what a folder does not say of itself.
type FolderOptions struct {
	Options
	Languages []string // of the site: content/ko/ and name.ko.md are known by them
	Within    string   // only what is below this folder becomes releases: "content/news"; empty: all
	Permalink string   // how pages were addressed where the tool's own configuration does not say: "/:year/:month/:day/:slug/"
}

// Folder reads the releases of a whole site of Markdown files.
func Folder(fsys fs.FS, opts FolderOptions) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		_ = fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				err = tidings.Invalidf(path, "cannot be read: %v", err)
			case entry.IsDir():
				return nil
			}
			item := Item{File: path, Err: err}
			if err == nil {
				item.Skipped = "not Markdown"
			}
			if !yield(item) {
				return fs.SkipAll
			}
			return nil
		})
	}
}
